import ArgumentParser
import Foundation
import Merganser
import MerganserLog

/// `merganser backup`.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy a store as it is at one moment, while it is in use or not.",
    discussion: """
      The store is verified first; of a damaged one there is no backup. The backup is a store of its \
      own, without free pages, and on disk when it has its name. To restore it, open it, or make a backup \
      of it where the store was: it takes a replica of its own before its first write, since the one that \
      it was made of may have gone on. Do not copy a store that is open by any other means.

      Example:
        merganser backup bank/branch-1 backups/monday
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "The folder of the backup; it holds no store yet.", completion: .directory)
  var backup: String

  func run() throws {
    guard try !UserFile.isFolder(backup) || !LogStore.exists(at: backup) else {
      throw StorageError.unusable(
        path: backup, reason: "it holds a store already; name another folder")
    }
    try UserFile.requireRoom(forFolder: backup)
    try VerificationProcess.refuseDamage(of: store)
    let reading = try LogStore.openForReading(at: store)
    // The folder has its name when all of the backup is in it.
    let partial = PartialName.make(beside: LogStore.trimmed(backup))
    let bar = FileProgress(of: partial, expecting: try reading.statistics().usedSize)
    do {
      defer { bar.end() }
      try reading.backup(to: partial)
      try UserFile.rename(partial, to: backup)
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
    let copy = try LogStore.openForReading(at: backup).statistics()
    Terminal.say("\(backup) holds what \(store) held: \(copy.size.grouped) B")
  }
}

extension StoreStatistics {
  /// About how many bytes a copy without free pages has.
  var usedSize: Int { max(0, size - free) }
}
