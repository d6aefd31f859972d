import CLMDB
import MerganserDatabase
import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A transaction that is being written.
///
/// It lives inside ``Environment/write(reserving:body:)`` only,
/// because LMDB ties it to the thread that it began on.
final class WriteTransaction {
  private let pointer: OpaquePointer
  private let environment: Environment
  private let databases: Environment.Databases

  fileprivate init(_ pointer: OpaquePointer, environment: Environment) {
    self.pointer = pointer
    self.environment = environment
    databases = environment.databases
  }

  private func number(of database: Environment.Database) throws(StorageError) -> MDB_dbi {
    guard let number = databases[database] else {
      throw .damaged(
        place: environment.path, reason: "it has no database \"\(database.rawValue)\"")
    }
    return number
  }

  /// How many entries a database has, and how many bytes its pages take.
  func statistics(of database: Environment.Database) throws(StorageError) -> MDB_stat {
    var statistics = MDB_stat()
    try check(
      mdb_stat(pointer, try number(of: database), &statistics), operation: "measure",
      path: environment.path)
    return statistics
  }

  /// This transaction's number: what a snapshot taken after its commit sees as its last.
  var number: Int { mdb_txn_id(pointer) }

  /// Hands the value of `key` to `body`, where LMDB has it; `nil` if there is none.
  func get<Value>(
    _ database: Environment.Database, key: UnsafeRawBufferPointer,
    body: (UnsafeRawBufferPointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    var key = MDB_val(key)
    var value = MDB_val()
    let code = mdb_get(pointer, try number(of: database), &key, &value)
    if code == MDB_NOTFOUND { return nil }
    try check(code, operation: "read", path: environment.path)
    return try body(value.bytes)
  }

  /// Gives `key` a value of `count` bytes, which `fill` must write, all of them.
  func put(
    _ database: Environment.Database, key: UnsafeRawBufferPointer, count: Int,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StorageError) {
    var key = MDB_val(key)
    var value = MDB_val(mv_size: count, mv_data: nil)
    try check(
      mdb_put(pointer, try number(of: database), &key, &value, UInt32(MDB_RESERVE)),
      operation: "write", path: environment.path)
    fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: count))
  }

  /// Gives `key` a value.
  func put(
    _ database: Environment.Database, key: UnsafeRawBufferPointer, bytes: [UInt8]
  ) throws(StorageError) {
    try put(database, key: key, count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// Takes a key out, and tells whether it was there.
  @discardableResult
  func delete(
    _ database: Environment.Database, key: UnsafeRawBufferPointer
  ) throws(StorageError) -> Bool {
    var key = MDB_val(key)
    let code = mdb_del(pointer, try number(of: database), &key, nil)
    if code == MDB_NOTFOUND { return false }
    try check(code, operation: "delete from", path: environment.path)
    return true
  }

  /// The key and value of the last entry before `key`.
  func last<Value>(
    _ database: Environment.Database, before key: UnsafeRawBufferPointer,
    body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    try seek(database, key: key, isBefore: true, body: body)
  }

  /// The key and value of the first entry that is `key` or behind it.
  func first<Value>(
    _ database: Environment.Database, from key: UnsafeRawBufferPointer,
    body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    try seek(database, key: key, isBefore: false, body: body)
  }

  private func seek<Value>(
    _ database: Environment.Database, key: UnsafeRawBufferPointer, isBefore: Bool,
    body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(StorageError) -> Value
  ) throws(StorageError) -> Value? {
    var opened: OpaquePointer?
    try check(
      mdb_cursor_open(pointer, try number(of: database), &opened), operation: "open a cursor in",
      path: environment.path)
    guard let cursor = opened else { return nil }
    defer { mdb_cursor_close(cursor) }
    var found = MDB_val(key)
    var value = MDB_val()
    var code = mdb_cursor_get(cursor, &found, &value, MDB_SET_RANGE)
    if isBefore, code == 0 || code == MDB_NOTFOUND {
      code = mdb_cursor_get(cursor, &found, &value, code == 0 ? MDB_PREV : MDB_LAST)
    }
    if code == MDB_NOTFOUND { return nil }
    try check(code, operation: "read", path: environment.path)
    return try body(found.bytes, value.bytes)
  }
}

extension Environment {
  /// Runs `body` in a write transaction and commits it; nothing of it stays if anything throws, but for
  /// ``/MerganserModel/StorageError/inDoubt(path:reason:)``.
  ///
  /// It begins and ends inside this call, and so on one thread, as LMDB requires.
  ///
  /// The file is first made long enough for as many more pages as `body` may come to write.
  func write<Value>(
    reserving pages: Int, body: (WriteTransaction) throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    let environment = try open().pointer
    try extendFile(environment, pages: pages)
    var begun: OpaquePointer?
    try check(mdb_txn_begin(environment, nil, 0, &begun), operation: "begin to write", path: path)
    guard let pointer = begun else { throw .closed(path: path) }
    let value: Value
    do {
      value = try body(WriteTransaction(pointer, environment: self))
    } catch {
      mdb_txn_abort(pointer)
      throw error
    }
    let code = mdb_txn_commit(pointer)
    guard code != 0, !isUsable(environment) else {
      try check(code, operation: "commit to", path: path)
      return value
    }
    throw .inDoubt(path: path, reason: String(cString: mdb_strerror(code)))
  }

  /// Whether LMDB takes another write: no more, once it could not write what makes a commit valid.
  private func isUsable(_ environment: OpaquePointer) -> Bool {
    var begun: OpaquePointer?
    guard mdb_txn_begin(environment, nil, 0, &begun) != MDB_PANIC else { return false }
    if let begun { mdb_txn_abort(begun) }
    return true
  }

  /// Sees to it that the file is longer than all the pages that the next transaction could use.
  ///
  /// LMDB may count a page as used that it never wrote. Kept longer than that, a file that is shorter
  /// than its header says has certainly been cut.
  private func extendFile(_ environment: OpaquePointer, pages: Int) throws(StorageError) {
    let (size, extent, descriptor) = try checkedSize(environment)
    let needed = extent + (pages + pages / 8 + 64) * pageSize
    guard needed > size else { return }
    // By a share of what there is, so that it happens seldom. No disk is taken before it is written.
    let unit = 1 << 20
    let length = (needed + min(needed / 2, 64 * unit) + unit - 1) / unit * unit
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw .fromSystem(errno, operation: "ftruncate", path: path)
    }
    var flags: UInt32 = 0
    mdb_env_get_flags(environment, &flags)
    if flags & UInt32(MDB_NOSYNC) == 0 { try FileSystem.synchronize(descriptor, path: path) }
  }

  /// Returns the file's size and how much of it is in use, both in bytes, and its descriptor.
  ///
  /// Called before each transaction. LMDB maps the file: touching a page behind the file's end is a SIGBUS, which
  /// ends the process. If the file were made longer again, such pages would be zeros.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if the file has become shorter than what is in use.
  func checkedSize(
    _ environment: OpaquePointer
  ) throws(StorageError) -> (size: Int, extent: Int, descriptor: FileSystem.Descriptor) {
    var descriptor: FileSystem.Descriptor = -1
    mdb_env_get_fd(environment, &descriptor)
    var size = try FileSystem.size(of: descriptor, path: path)
    var extent = 2 * pageSize
    if size >= extent {
      // LMDB's two headers are there.
      var information = MDB_envinfo()
      mdb_env_info(environment, &information)
      extent = (information.me_last_pgno + 1) * pageSize
      // Another process may have made it longer, and then used that.
      if size < extent { size = try FileSystem.size(of: descriptor, path: path) }
    }
    guard size >= extent else {
      throw .damaged(
        place: path,
        reason: """
          it was cut short to \(size) bytes while it was open, and \(extent) are in use; close the store, and \
          restore a backup
          """)
    }
    return (size, extent, descriptor)
  }
}
