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

  /// Runs `body`, during which what was found in LMDB's memory stays valid.
  func pinned<Value>(
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try handle.pin(path: environment.path)
    defer { handle.unpin() }
    return try body()
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
///
/// While it is pinned, what was found in LMDB's memory stays where it is, without the lock.
final class ReadHandle: Sendable {
  private struct State {
    var handle: Environment.Handle?
    var pins = 0
    /// Whether the transaction is to end as soon as nothing pins it.
    var isEnding = false

    mutating func endIfUnused() {
      guard isEnding, pins == 0 else { return }
      if let transaction = handle?.pointer { mdb_txn_abort(transaction) }
      handle = nil
    }
  }

  let begun = ContinuousClock.now
  let transactionNumber: Int
  private let state: Mutex<State>

  init(_ transaction: OpaquePointer) {
    transactionNumber = mdb_txn_id(transaction)
    state = Mutex(State(handle: Environment.Handle(pointer: transaction)))
  }

  func read<Value>(
    path: String, _ body: (OpaquePointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try state.withLock { state throws(StorageError) in
      guard let transaction = state.handle?.pointer else { throw .closed(path: path) }
      return try body(transaction)
    }
  }

  /// Keeps the transaction's memory until ``unpin()``, unless it is to end already.
  func pin(path: String) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      guard state.handle != nil, !state.isEnding else { throw .closed(path: path) }
      state.pins += 1
    }
  }

  func unpin() {
    state.withLock { state in
      state.pins -= 1
      state.endIfUnused()
    }
  }

  /// Ends the transaction, or has it end when it is last unpinned.
  ///
  /// - Returns: Whether it has ended.
  @discardableResult
  func end() -> Bool {
    state.withLock { state in
      state.isEnding = true
      state.endIfUnused()
      return state.handle == nil
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
