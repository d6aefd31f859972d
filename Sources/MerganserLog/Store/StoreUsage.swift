import MerganserDatabase
import MerganserModel

/// What the bytes of a store's data file are used for.
public struct StoreUsage: Sendable, Hashable {
  /// How many bytes the file has in pages that are in use, or were at some time.
  public var file: Int
  /// How many bytes are in pages that are in use.
  ///
  /// The rest is free for what is written next, and ``LogStore/compact()`` gives it back.
  public var used: Int
  /// How many bytes the log takes.
  public var log: Int
  /// How many bytes the stored rows take, with what invariants look up.
  public var rows: Int

  init(_ transaction: ReadTransaction) throws(StorageError) {
    log = try transaction.size(of: .log)
    rows = 0
    for database in [Environment.Database.state, .index, .counts, .parts] {
      rows += try transaction.size(of: database)
    }
    used = log + rows
    for database in [Environment.Database.meta, .replica, .vector, .checkpoint, .aside, .spine] {
      used += try transaction.size(of: database)
    }
    file = try transaction.environment.extent()
  }
}
