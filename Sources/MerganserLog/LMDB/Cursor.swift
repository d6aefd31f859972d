import CLMDB
import MerganserDatabase

/// A place in one database of a read transaction.
///
/// Used by one caller at a time.
final class Cursor {
  let transaction: ReadTransaction
  private let cursor: OpaquePointer

  init(_ transaction: ReadTransaction, _ database: Environment.Database) throws(StorageError) {
    self.transaction = transaction
    let environment = transaction.environment
    cursor = try transaction.read { pointer throws(StorageError) in
      var opened: OpaquePointer?
      try check(
        mdb_cursor_open(pointer, environment.number(of: database), &opened), "open a cursor in",
        environment.path)
      guard let opened else { throw .closed(path: environment.path) }
      return opened
    }
  }

  /// How a cursor is to move.
  enum Move {
    /// To the key itself or the first behind it.
    case to(UnsafeRawBufferPointer)
    case next, previous, last
  }

  /// Moves, and hands the key and the value found to `body`; nothing where there is none.
  func move<Value>(
    _ move: Move,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
      throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    try transaction.read { _ throws(StorageError) in
      var key = MDB_val()
      var value = MDB_val()
      let operation: MDB_cursor_op
      switch move {
      case .to(let bytes):
        key = MDB_val(bytes)
        operation = MDB_SET_RANGE
      case .next: operation = MDB_NEXT
      case .previous: operation = MDB_PREV
      case .last: operation = MDB_LAST
      }
      let code = mdb_cursor_get(cursor, &key, &value, operation)
      if code == MDB_NOTFOUND { return nil }
      try check(code, "read", transaction.environment.path)
      return try body(key.bytes, value.bytes)
    }
  }

  // A cursor of a read transaction may be closed before the transaction or after it.
  deinit { mdb_cursor_close(cursor) }
}
