import CLMDB
import MerganserDatabase
import MerganserModel
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
  /// The databases that were there when it began.
  let databases: Environment.Databases
  /// The number of the last transaction that it sees.
  let snapshotNumber: Int
  private let handle: ReadHandle
  private let number: UInt64

  init(
    environment: Environment, databases: Environment.Databases, handle: ReadHandle, number: UInt64
  ) {
    self.environment = environment
    self.databases = databases
    self.handle = handle
    self.number = number
    snapshotNumber = handle.transactionNumber
  }

  /// Runs `body` with LMDB's pointer; what it finds in LMDB's memory is valid inside it only.
  func read<Value>(
    _ body: (OpaquePointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    guard environment.isOfThisProcess else { throw .closed(path: environment.path) }
    return try handle.read(path: environment.path, body: body)
  }

  /// Runs `body`, during which what was found in LMDB's memory stays valid.
  func pinned<Value>(
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    guard environment.isOfThisProcess else { throw .closed(path: environment.path) }
    try handle.pin(path: environment.path)
    defer { handle.unpin() }
    return try body()
  }

  /// The value of `key`, copied.
  func get(
    _ database: Environment.Database, key: UnsafeRawBufferPointer
  ) throws(StorageError) -> [UInt8]? {
    try get(database, key: key) { Array($0) }
  }

  /// Hands the value of `key` to `body`, where LMDB has it; `nil` if there is none.
  func get<Value>(
    _ database: Environment.Database, key: UnsafeRawBufferPointer,
    body: (UnsafeRawBufferPointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    guard let number = databases[database] else { return nil }
    return try read { transaction throws(StorageError) in
      var key = MDB_val(key)
      var value = MDB_val()
      let code = mdb_get(transaction, number, &key, &value)
      if code == MDB_NOTFOUND { return nil }
      try check(code, operation: "read", path: environment.path)
      return try body(value.bytes)
    }
  }

  /// How many entries a database has.
  func count(of database: Environment.Database) throws(StorageError) -> Int {
    try statistics(of: database).ms_entries
  }

  /// How many bytes the pages take in which a database is kept.
  func size(of database: Environment.Database) throws(StorageError) -> Int {
    try statistics(of: database).size
  }

  private func statistics(of database: Environment.Database) throws(StorageError) -> MDB_stat {
    guard let number = databases[database] else { return MDB_stat() }
    return try read { transaction throws(StorageError) in
      var statistics = MDB_stat()
      try check(
        mdb_stat(transaction, number, &statistics), operation: "measure", path: environment.path)
      return statistics
    }
  }

  deinit {
    if environment.isOfThisProcess {
      handle.end(.closing)
      environment.forget(read: number)
    }
  }
}

/// LMDB's pointer to a read transaction, behind a lock, and gone once the transaction has ended.
///
/// While it is pinned, what was found in LMDB's memory stays where it is, without the lock.
final class ReadHandle: Sendable {
  /// Why a transaction ends.
  enum End {
    case closing, age

    func error(_ path: String) -> StorageError {
      switch self {
      case .closing: .closed(path: path)
      case .age: .snapshotTooOld(path: path)
      }
    }
  }

  private struct State {
    var handle: Environment.Handle?
    var pins = 0
    /// Why the transaction is to end, as soon as nothing pins it.
    var ending: End?
    /// When it was first seen that it does not show the latest commit.
    var staleSince: ContinuousClock.Instant?

    mutating func endIfUnused(in environment: Environment) {
      guard ending != nil, pins == 0, let transaction = handle.take() else { return }
      environment.end(transaction)
    }
  }

  let transactionNumber: Int
  /// When the transaction began.
  let start = ContinuousClock.now
  private let state: Mutex<State>
  /// It is kept by the environment, or by a transaction that keeps that.
  private unowned let environment: Environment

  init(_ transaction: OpaquePointer, of environment: Environment) {
    self.environment = environment
    transactionNumber = mdb_txn_id(transaction)
    state = Mutex(State(handle: Environment.Handle(pointer: transaction)))
  }

  func read<Value>(
    path: String, body: (OpaquePointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    try state.withLock { state throws(StorageError) in
      guard let transaction = state.handle?.pointer else {
        throw (state.ending ?? .closing).error(path)
      }
      return try body(transaction)
    }
  }

  /// Keeps the transaction's memory until ``unpin()``, unless it is to end already.
  func pin(path: String) throws(StorageError) {
    try state.withLock { state throws(StorageError) in
      if let ending = state.ending { throw ending.error(path) }
      state.pins += 1
    }
  }

  func unpin() {
    state.withLock { state in
      state.pins -= 1
      state.endIfUnused(in: environment)
    }
  }

  /// Ends the transaction, or has it end when it is last unpinned.
  ///
  /// - Returns: Whether it has ended.
  @discardableResult
  func end(_ reason: End) -> Bool {
    state.withLock { state in
      state.ending = state.ending ?? reason
      state.endIfUnused(in: environment)
      return state.handle == nil
    }
  }

  /// Whether it is `limit` or longer ago that this was first asked of a transaction that does not
  /// show the last commit, which has the given number.
  func isStale(
    for limit: Duration, since number: Int, at now: ContinuousClock.Instant
  ) -> Bool {
    guard transactionNumber < number else { return false }
    return state.withLock { state in
      let start = state.staleSince ?? now
      state.staleSince = start
      return now - start >= limit
    }
  }
}

extension MDB_stat {
  /// How many bytes the pages take.
  var size: Int { Int(ms_psize) * (ms_branch_pages + ms_leaf_pages + ms_overflow_pages) }
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
