import CLMDB
import Dispatch
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

/// An LMDB environment, opened in the one way that is safe here.
///
/// What LMDB leaves to its callers, and where this sees to it:
/// - A process opens a file once (``EnvironmentRegistry``), since the second would break the locks of
///   the first.
/// - Read transactions are not tied to threads (`MDB_NOTLS`), so that tasks may carry them.
/// - A large map is reserved up front: growing it would pull the memory from under open snapshots.
/// - The file is kept longer than the pages in use, so that its size can be judged before mapping.
/// - No writable map, and room for the lock before it is mapped: a full disk is an error, not a SIGBUS.
/// - A process that was forked off is refused.
/// - If somebody cuts the file short while it is open, the next transaction throws. A transaction that began
///   before may touch a page that is gone: that is a SIGBUS, which ends the process.
final class Environment: Sendable {
  /// What an environment is opened with.
  struct Options: Sendable {
    /// How many bytes of address space to reserve; no memory and no disk is taken for it.
    var mapSize = 1 << 38
    /// How many snapshots may be open at a time, in all processes together.
    var maximumReaders: UInt32 = 1022
    /// Whether the file was just made and is still empty, so that LMDB has to set it up.
    var isNew = false
    /// Whether missing databases are created, for which the file must be writable.
    var createsDatabases = false
    /// Whether nothing is written, not even that there is a reader: nobody may write to the file meanwhile.
    var isReadOnly = false
  }

  let path: String
  let place: FileSystem.Place
  private let process: ProcessNumber
  let pageSize: Int
  private let state: Mutex<State>
  private let opening = Mutex(())

  private struct State {
    var handle: Handle?
    var databases: Databases
    var reads: [UInt64: ReadHandle] = [:]
    var nextRead: UInt64 = 0
    /// A read transaction that shows nothing and keeps its place among all readers, for the writer.
    var reserve: Handle?
    var keepsReserve = false
    /// What is done once nothing is being read any more.
    var waiting: (@Sendable () -> Void)?
    var isRemoved = false
  }

  /// LMDB's pointer to an environment; LMDB itself makes it safe to use from several threads.
  struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  /// Opens the file at `path`, which must exist.
  ///
  /// Called by the registry alone.
  init(path: String, place: FileSystem.Place, options: Options) throws(StorageError) {
    if !options.isNew { _ = try DataFileHeader(path: path) }
    if !options.isReadOnly {
      try LockFile.reserve(for: path, readers: options.maximumReaders)
    }
    let handle = try Self.open(path: path, options: options)
    let databases: Databases
    do {
      databases = try Self.openDatabases(
        handle.pointer, path: path, creates: options.createsDatabases)
    } catch {
      mdb_env_close(handle.pointer)
      throw error
    }
    var statistics = MDB_stat()
    mdb_env_stat(handle.pointer, &statistics)
    pageSize = Int(statistics.ms_psize)
    self.path = path
    self.place = place
    process = .current
    state = Mutex(State(handle: handle, databases: databases))
  }

  private static func open(path: String, options: Options) throws(StorageError) -> Handle {
    var mapSize = options.mapSize
    while true {
      var created: OpaquePointer?
      try check(mdb_env_create(&created), operation: "mdb_env_create", path: path)
      guard let pointer = created else {
        throw .system(operation: "mdb_env_create", path: path, code: ENOMEM, message: "no memory")
      }
      mdb_env_set_mapsize(pointer, mapSize)
      mdb_env_set_maxreaders(pointer, options.maximumReaders)
      mdb_env_set_maxdbs(pointer, 16)
      let flags = MDB_NOSUBDIR | MDB_NOTLS | (options.isReadOnly ? MDB_RDONLY | MDB_NOLOCK : 0)
      let code = mdb_env_open(pointer, path, UInt32(flags), 0o644)
      if code == 0 {
        var dead: Int32 = 0
        mdb_reader_check(pointer, &dead)
        return Handle(pointer: pointer)
      }
      mdb_env_close(pointer)
      // Where address space is rationed, a smaller map has to do.
      guard code == ENOMEM, mapSize > 1 << 30 else {
        throw .fromLMDB(code, operation: "open", path: path)
      }
      mapSize /= 4
    }
  }

  private static func openDatabases(
    _ environment: OpaquePointer, path: String, creates: Bool
  ) throws(StorageError) -> Databases {
    var begun: OpaquePointer?
    try check(
      mdb_txn_begin(environment, nil, creates ? 0 : UInt32(MDB_RDONLY), &begun), operation: "begin",
      path: path)
    guard let transaction = begun else { throw .closed(path: path) }
    var databases = Databases()
    for database in Database.allCases {
      var opened: MDB_dbi = 0
      let code = mdb_dbi_open(
        transaction, database.rawValue, creates ? UInt32(MDB_CREATE) : 0, &opened)
      if code == MDB_NOTFOUND, database.firstFormat > 1 { continue }
      if code != 0 {
        mdb_txn_abort(transaction)
        if code == MDB_NOTFOUND {
          throw .damaged(place: path, reason: "it has no database \"\(database.rawValue)\"")
        }
        throw .fromLMDB(code, operation: "open \(database.rawValue) in", path: path)
      }
      databases[database] = opened
    }
    try check(mdb_txn_commit(transaction), operation: "commit", path: path)
    return databases
  }

  /// LMDB's numbers for the databases, as far as they are there.
  var databases: Databases { state.withLock { $0.databases } }

  /// Looks for databases that were not there before, and creates them if asked to.
  func openMissingDatabases(creates: Bool) throws(StorageError) {
    // LMDB wants one at a time here.
    try opening.withLock { _ throws(StorageError) in
      let opened = try Self.openDatabases(try open().pointer, path: path, creates: creates)
      state.withLock { $0.databases = opened }
    }
  }

  /// Whether this process opened the environment; one that was forked off since did not.
  var isOfThisProcess: Bool { process == .current }

  /// LMDB's pointer, unless the environment is closed or this process was forked off.
  func open() throws(StorageError) -> Handle {
    guard isOfThisProcess, let handle = state.withLock({ $0.handle }) else {
      // The store is what was closed, whichever its data file is.
      throw .closed(path: path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path)
    }
    return handle
  }

  /// Keeps one read transaction in reserve for the writer from now on, when it can be had: other
  /// processes may take all that there are.
  func keepReserve() { state.withLock { $0.keepsReserve = true } }

  /// Begins a read transaction, with the one in reserve if it is the writer's.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)`` among others, if somebody has cut the file short.
  func read(isWriters: Bool = false) throws(StorageError) -> ReadTransaction {
    guard isOfThisProcess else { throw .closed(path: path) }
    return try state.withLock { state throws(StorageError) in
      guard let environment = state.handle?.pointer else { throw .closed(path: path) }
      _ = try checkedSize(environment)
      var begun: OpaquePointer?
      var code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
      if code == MDB_READERS_FULL, isWriters, let reserve = state.reserve.take() {
        begun = reserve.pointer
        code = mdb_txn_renew(reserve.pointer)
        if code != 0 { mdb_txn_abort(reserve.pointer) }
      }
      if code == MDB_READERS_FULL {
        // Slots of processes that died are free, once somebody looks.
        var dead: Int32 = 0
        mdb_reader_check(environment, &dead)
        code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
      }
      try check(code, operation: "begin to read", path: path)
      guard let pointer = begun else { throw .closed(path: path) }
      let handle = ReadHandle(pointer, of: self)
      state.nextRead += 1
      state.reads[state.nextRead] = handle
      return ReadTransaction(
        environment: self, databases: state.databases, handle: handle, number: state.nextRead)
    }
  }

  /// Ends a transaction, or puts it in reserve.
  func end(_ transaction: Handle) {
    state.withLock { state in
      if state.keepsReserve, state.reserve == nil, state.handle != nil {
        mdb_txn_reset(transaction.pointer)
        state.reserve = transaction
      } else {
        mdb_txn_abort(transaction.pointer)
      }
    }
  }

  func forget(read number: UInt64) {
    let action = state.withLock { state in
      state.reads[number] = nil
      return state.reads.isEmpty ? state.waiting.take() : nil
    }
    if let action { DispatchQueue.global(qos: .utility).async(execute: action) }
  }

  /// How many read transactions there are, and when the oldest began of those that do not show the
  /// commit with the given number.
  func openReads(
    since number: Int
  ) -> (count: Int, oldestStale: ContinuousClock.Instant?) {
    state.withLock { state in
      let stale = state.reads.values.filter { $0.transactionNumber < number }
      return (state.reads.count, stale.map(\.start).min())
    }
  }

  /// Has `action` run, by a thread that nobody waits for, as soon as nothing is being read, which may
  /// be now.
  func whenUnread(_ action: @escaping @Sendable () -> Void) {
    let isUnread = state.withLock { state in
      if !state.reads.isEmpty { state.waiting = action }
      return state.reads.isEmpty
    }
    if isUnread { DispatchQueue.global(qos: .utility).async(execute: action) }
  }

  /// Has the file that was replaced removed now, whoever still reads from it, and waits for that.
  func endWaiting() {
    state.withLock { $0.waiting.take() }?()
    while !isRemoved { usleep(100) }
  }

  /// Whether the file was removed.
  var isRemoved: Bool { state.withLock { $0.isRemoved } }

  /// Removes the data file and LMDB's lock beside it; who has them open keeps them.
  func removeFile() {
    FileSystem.remove(path)
    FileSystem.remove(LockFile.path(for: path))
    state.withLock { $0.isRemoved = true }
  }

  /// How many bytes of the file are in use, or were at some time.
  func extent() throws(StorageError) -> Int {
    var information = MDB_envinfo()
    try check(mdb_env_info(try open().pointer, &information), operation: "measure", path: path)
    return (information.me_last_pgno + 1) * pageSize
  }

  /// Writes what the environment holds to a new file, without its free pages, and waits for the disk.
  ///
  /// Whoever writes meanwhile goes on; the copy shows one moment of it.
  func copy(to destination: String) throws(StorageError) {
    // Pinned, so that whoever closes the environment waits.
    try read().pinned { () throws(StorageError) in
      let code = mdb_env_copy2(try open().pointer, destination, UInt32(MDB_CP_COMPACT))
      do throws(StorageError) {
        try check(code, operation: "copy \(path) to", path: destination)
        let file = try FileSystem.open(destination, flags: O_RDWR)
        defer { FileSystem.close(file) }
        try FileSystem.synchronize(file, path: destination)
        try FileSystem.synchronizeDirectory(FileSystem.parentDirectory(of: destination))
      } catch {
        FileSystem.remove(destination)
        throw error
      }
    }
  }

  /// Ends every read transaction that a newer commit has made stale, if that is longer ago than
  /// `limit`; who still uses one gets an error.
  ///
  /// Called after each commit, with its number.
  func endReads(staleFor limit: Duration, since number: Int) {
    let now = ContinuousClock.now
    let reads = state.withLock { Array($0.reads.values) }
    for read in reads where read.isStale(for: limit, since: number, at: now) { read.end(.age) }
  }

  /// Ends all read transactions and closes the environment.
  ///
  /// Called by the registry alone.
  func close() {
    let (handle, reads, reserve) = state.withLock { state in
      defer {
        state.handle = nil
        state.reads = [:]
      }
      return (state.handle, Array(state.reads.values), state.reserve.take())
    }
    // In a process that was forked off, LMDB's locks are the parent's, and stay untouched.
    guard isOfThisProcess, let handle else { return }
    if let reserve { mdb_txn_abort(reserve.pointer) }
    for read in reads {
      // Somebody is looking at a block of it; that takes no longer than what is done with the block.
      while !read.end(.closing) { usleep(100) }
    }
    mdb_env_close(handle.pointer)
  }
}
