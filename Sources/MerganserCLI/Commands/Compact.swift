import ArgumentParser
import MerganserLog

/// `merganser compact`.
struct Compact: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Give the free pages of a store back to the disk.",
    discussion: """
      The store is verified, and then copied without them; the copy takes its place. Until then the disk \
      has room for both. No program has the store open: a program that has can compact it itself. If \
      anything fails, the store is what it was.

      Example:
        merganser compact bank/branch-1
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  func run() throws {
    try VerificationProcess.refuseDamage(of: store)
    let before = try Self.statistics(of: store)
    let opened = try LogStore.open(at: store)
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    let bar = FileProgress(of: store, expecting: before.usedSize)
    let result = Result { try opened.compact() }
    bar.end()
    try result.get()
    try opened.close()
    let after = try Self.statistics(of: store)
    Terminal.say("\(store) had \(before.size.grouped) B, and has \(after.size.grouped) B")
  }

  private static func statistics(of store: String) throws -> StoreStatistics {
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    return try reading.statistics()
  }
}
