import MerganserLog
import MerganserModel

// What is done to the store of a replica while it is in use.
extension Replica {
  /// Makes the store's file as small as what it holds, while reads and writes go on.
  ///
  /// Deleting rows and truncating the log leaves room in the file, which is written to again; this gives it
  /// back to the disk. For as long as it takes, the disk holds both files. Snapshots that were taken before
  /// keep the old one until they are let go of. A replica in memory has nothing to be done.
  ///
  /// - Complexity: O(*n*) in the bytes that the store holds.
  /// - Throws: ``/MerganserModel/StorageError``; the store is then what it was.
  public func compact() async throws {
    guard let store = writer.storage as? LogStore else { return }
    try await writer.compact(store)
  }

  /// Writes a copy of the store, as it is now, into a folder that holds none yet.
  ///
  /// Whoever opens the copy to write gets a replica of its own, with all that this one holds: what
  /// this one writes later is history of this one alone. Restoring a backup is opening it, or a copy.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; the folder then holds no store.
  public func backup(to location: some FileLocation) async throws {
    let path = try location.checkedPath()
    guard let store = writer.storage as? LogStore else {
      throw StorageError.unusable(path: path, reason: "a replica in memory has no store to copy")
    }
    try await onBlockingThread { try store.backup(to: path) }
  }
}
