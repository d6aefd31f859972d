import ArgumentParser
import Foundation

/// `merganser verify`.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check everything in a store against what was written.",
    discussion: """
      It reads every block, and checks checksums, the link from each version to the one before, gaps \
      and the vector; then it makes the database of the versions, and checks its invariants. It says \
      which invariants and tables it could not check, and why: conditions and types that are code are \
      with the program that wrote the store.

      It prints a line for each fault and, if there is one, what to do next. The exit status is 0 if \
      there is none, and 1 otherwise. The store may be in use; what it held at the beginning is what is \
      checked. Nothing is changed.

      Example:
        merganser verify bank/branch-1
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

  @Flag(help: "Check the bytes only, and not what they come to.")
  var onlyBytes = false

  @Flag(help: "Print how far it has come before the report, a line each time.")
  var progress = false

  func run() throws {
    let report = try VerificationReport(ofStore: store, onlyBytes: onlyBytes) { read, all in
      guard progress else { return }
      Terminal.say("\(read) \(all)")
      fflush(nil)
    }
    try JSONOutput.print(report, onOneLine: true)
  }
}
