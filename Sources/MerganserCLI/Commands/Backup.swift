import ArgumentParser
import MerganserLog

/// `merganser backup`.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy a store as it is at one moment, while it is in use or not.",
    discussion: """
      The backup is a store of its own, without free pages, and on disk when the command ends. To \
      restore it, open it, or copy its folder: it then takes a replica of its own before its first \
      write, since the replica that it was made of may have gone on. A store that is open must not \
      be copied by any other means.
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "The folder of the backup; it holds no store yet.", completion: .directory)
  var backup: String

  func run() throws {
    let reading = try LogStore.openForReading(at: store)
    let bar = FileProgress(of: backup, expecting: try reading.statistics().usedSize)
    let result = Result { try reading.backup(to: backup) }
    bar.end()
    try result.get()
    let copy = try LogStore.openForReading(at: backup).statistics()
    print("\(backup) holds what \(store) held: \(copy.size.grouped) B")
  }
}

extension StoreStatistics {
  /// About how many bytes a copy without free pages has.
  var usedSize: Int { max(0, size - free) }
}
