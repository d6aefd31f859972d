import CLMDB
import MerganserDatabase
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A moment of the store that stays as it is, whoever writes meanwhile.
///
/// It may be used from any thread: LMDB wants one at a time, so a lock is held for each access. It
/// ends when it is released, when the environment is closed, or when it has grown too old.
final class ReadTransaction: Sendable {
  let environment: Environment
  /// The number of the last transaction that it sees.
  let snapshotNumber: Int
  private let handle: ReadHandle
  private let number: UInt64

  init(environment: Environment, handle: ReadHandle, number: UInt64) {
    self.environment = environment
    self.handle = handle
    self.number = number
    snapshotNumber = handle.transactionNumber
  }

  /// Runs `body` with LMDB's pointer; what it finds in LMDB's memory is valid inside it only.
  func read<Value>(
    _ body: (OpaquePointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try handle.read(path: environment.path, body)
  }

  /// The value of `key`, copied.
  func get(
    _ database: Environment.Database, _ key: UnsafeRawBufferPointer
  ) throws(StorageError) -> [UInt8]? {
    try read { transaction throws(StorageError) in
      var key = MDB_val(key)
      var value = MDB_val()
      let code = mdb_get(transaction, environment.number(of: database), &key, &value)
      if code == MDB_NOTFOUND { return nil }
      try check(code, "read", environment.path)
      return Array(value.bytes)
    }
  }

  /// How many entries a database has.
  func count(of database: Environment.Database) throws(StorageError) -> Int {
    try read { transaction throws(StorageError) in
      var statistics = MDB_stat()
      try check(
        mdb_stat(transaction, environment.number(of: database), &statistics), "measure",
        environment.path)
      return statistics.ms_entries
    }
  }

  deinit {
    if getpid() == environment.process {
      handle.end()
      environment.forget(read: number)
    }
  }
}

/// LMDB's pointer to a read transaction, behind a lock, and gone once the transaction has ended.
final class ReadHandle: Sendable {
  let begun = ContinuousClock.now
  let transactionNumber: Int
  private let pointer: Mutex<Environment.Handle?>

  init(_ transaction: OpaquePointer) {
    transactionNumber = mdb_txn_id(transaction)
    pointer = Mutex(Environment.Handle(pointer: transaction))
  }

  func read<Value>(
    path: String, _ body: (OpaquePointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try pointer.withLock { handle throws(StorageError) in
      guard let transaction = handle?.pointer else { throw .closed(path: path) }
      return try body(transaction)
    }
  }

  func end() {
    pointer.withLock { handle in
      if let transaction = handle?.pointer { mdb_txn_abort(transaction) }
      handle = nil
    }
  }
}

extension MDB_val {
  /// A value for LMDB to read; it does not write to it.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
  }

  /// The bytes, where LMDB has them.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: mv_data, count: mv_size)
  }
}
