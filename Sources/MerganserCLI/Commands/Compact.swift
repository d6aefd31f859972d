import ArgumentParser
import MerganserLog

/// `merganser compact`.
struct Compact: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give the free pages of a store back to the disk.",
    discussion: """
      The store is copied without them, and the copy takes its place; until then the disk has room \
      for both. No program has the store open meanwhile: a program that has can compact it itself. If \
      anything fails, the store is what it was.
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  func run() throws {
    let before = try Self.statistics(of: store)
    let opened = try LogStore.open(at: store)
    if let renewal = opened.renewal { print("\(store) is a new replica now: \(renewal)") }
    let bar = FileProgress(of: store, expecting: before.usedSize)
    let result = Result { try opened.compact() }
    bar.end()
    try result.get()
    try opened.close()
    let after = try Self.statistics(of: store)
    print("\(store) had \(before.size.grouped) B, and has \(after.size.grouped) B")
  }

  private static func statistics(of store: String) throws -> StoreStatistics {
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    return try reading.statistics()
  }
}
