import CLMDB
import MerganserDatabase
public import MerganserModel

/// What a store's file is used for, and how its last writer left it.
public struct StoreStatistics: Sendable, Hashable {
  /// The format that it is in.
  public var format: UInt64
  /// Whether its last writer has not closed it: it has it open now, or ended without closing it;
  /// ``LogReading/isInUse`` tells which.
  public var isOpen: Bool
  /// What the last writer's appends had survived when they returned.
  public var durability: Durability
  /// How many bytes of the data file are in use, or were at some time.
  ///
  /// The file is made longer in large steps: what is behind that is empty, and takes no disk.
  public var size: Int
  /// How many bytes of it versions take.
  public var log: Int
  /// How many bytes the rows take that checkpoints have stored.
  public var rows: Int
  /// How many bytes is taken by what invariants look up.
  public var index: Int
  /// How many bytes the spine takes: what is remembered of truncated versions.
  public var spine: Int
  /// How many bytes of pages are free to be used again; compacting gives them back.
  public var free: Int

  /// How many bytes are taken by everything else.
  public var other: Int { max(0, size - log - rows - index - spine - free) }
}

extension LogReading {
  /// What the store's file is used for now.
  ///
  /// - Complexity: O(1).
  public func statistics() throws(StorageError) -> StoreStatistics {
    let transaction = try environment.read()
    let session = try StoreRecords.session(transaction)
    var used = 2 * environment.pageSize
    // LMDB's own: the list of free pages, and the names of the databases.
    for number in [0, 1] as [MDB_dbi] {
      var statistics = MDB_stat()
      try transaction.read { pointer throws(StorageError) in
        try check(
          mdb_stat(pointer, number, &statistics), operation: "measure", path: environment.path)
      }
      used += statistics.size
    }
    for database in Environment.Database.allCases { used += try transaction.size(of: database) }
    let rows = try transaction.size(of: .state) + transaction.size(of: .parts)
    let size = try environment.extent()
    return StoreStatistics(
      format: try StoreRecords.checkFormat(transaction, path: path), isOpen: session.isOpen,
      durability: session.durability,
      size: size,
      log: try transaction.size(of: .log), rows: rows, index: try transaction.size(of: .index),
      spine: try transaction.size(of: .spine), free: max(0, size - used))
  }
}
