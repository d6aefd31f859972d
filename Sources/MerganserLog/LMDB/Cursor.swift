import CLMDB
import MerganserDatabase
import MerganserModel

/// A place in one database of a read transaction.
///
/// Used by one caller at a time.
final class Cursor {
  let transaction: ReadTransaction
  /// LMDB's cursor; `nil` if there is no such database, and so no entry.
  private let cursor: OpaquePointer?

  init(_ transaction: ReadTransaction, database: Environment.Database) throws(StorageError) {
    self.transaction = transaction
    let environment = transaction.environment
    guard let number = transaction.databases[database] else {
      cursor = nil
      return
    }
    cursor = try transaction.read { pointer throws(StorageError) in
      var opened: OpaquePointer?
      try check(
        mdb_cursor_open(pointer, number, &opened), operation: "open a cursor in",
        path: environment.path)
      guard let opened else { throw .closed(path: environment.path) }
      return opened
    }
  }

  /// How a cursor is to move.
  enum Move {
    /// To the key itself or the first behind it.
    case to(UnsafeRawBufferPointer)
    case next, previous, first, last

    fileprivate var operation: MDB_cursor_op {
      switch self {
      case .to: MDB_SET_RANGE
      case .next: MDB_NEXT
      case .previous: MDB_PREV
      case .first: MDB_FIRST
      case .last: MDB_LAST
      }
    }
  }

  /// Moves, and hands the key and the value found to `body`; `nil` if there is none.
  func move<Value>(
    _ move: Move,
    body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    var result: Value?
    try walk(move) { key, value throws(StorageError) in
      result = try body(key, value)
      return false
    }
    return result
  }

  /// Moves, and then to the next, and so on, and hands each key and value to `body`, until there is
  /// none or `body` returns false; all while nobody else uses the transaction.
  func walk(
    _ move: Move,
    body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Bool
  ) throws(StorageError) {
    guard let cursor else { return }
    try transaction.read { _ throws(StorageError) in
      var key = MDB_val()
      var value = MDB_val()
      if case .to(let bytes) = move { key = MDB_val(bytes) }
      var operation = move.operation
      while true {
        let code = mdb_cursor_get(cursor, &key, &value, operation)
        if code == MDB_NOTFOUND { return }
        try check(code, operation: "read", path: transaction.environment.path)
        guard try body(key.bytes, value.bytes) else { return }
        operation = MDB_NEXT
      }
    }
  }

  // A cursor of a read transaction may be closed before the transaction or after it.
  deinit { if let cursor { mdb_cursor_close(cursor) } }
}
