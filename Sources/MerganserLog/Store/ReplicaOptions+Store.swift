import MerganserModel
import MerganserTypes

extension ReplicaOptions {
  /// Checks that all are in their ranges, before a store is touched.
  func require() throws(StorageError) {
    do { try check() } catch { throw .invalidOption(error) }
  }

  /// The present, as far as a checkpoint's time and the wall clock tell: the earlier of the two.
  func present(at checkpoint: HybridTime) -> HybridTime {
    wall.map { min($0(), checkpoint) } ?? checkpoint
  }

  func environment(createsDatabases: Bool, isNew: Bool = false) -> Environment.Options {
    Environment.Options(
      mapSize: mapSize, maximumReaders: UInt32(clamping: maximumSnapshots),
      isNew: isNew, createsDatabases: createsDatabases)
  }
}

extension Retention {
  /// How many bytes the log may take for peers that have written nothing.
  var strangersBacklog: Int { min(backlog, max(history, backlog / 4)) }
}
