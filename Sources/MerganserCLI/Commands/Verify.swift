import ArgumentParser
import Foundation

/// `merganser verify`.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check everything in a store against what was written.",
    discussion: """
      Reads every block, and checks checksums, the links from each version to the one before, gaps \
      and the vector; then makes the database of the versions, and checks that its invariants hold. \
      Conditions that are code are with the program that wrote the store, and are not checked.

      One line for each fault found; the exit status is 0 if there is none, and 1 otherwise. The store \
      may be in use meanwhile; what it held at the beginning is what is checked. Nothing is changed.
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let report = try VerificationProcess(
      store: store, showsProgress: !json && Terminal.isInteractive
    ).run()
    if json {
      try JSONOutput.print(report)
    } else {
      report.print(path: store)
    }
    if !report.isSound { throw ExitCode.failure }
  }
}

/// `merganser verify-here`: what `merganser verify` runs in a process of its own, as a damaged page of
/// LMDB's own can end a process that reads it.
struct VerifyHere: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-here",
    abstract: "Check a store in this process, and print the report as JSON.", shouldDisplay: false)

  @Argument(help: "The store's folder.")
  var store: String

  @Flag(help: "Print how far it has come before the report, a line each time.")
  var progress = false

  func run() throws {
    let report = try VerificationReport(ofStore: store) { read, all in
      guard progress else { return }
      print("\(read) \(all)")
      fflush(nil)
    }
    try JSONOutput.print(report, onOneLine: true)
  }
}
