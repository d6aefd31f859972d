public import MerganserDatabase
public import MerganserModel
public import MerganserTypes
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A version log in a folder on disk.
///
/// ```
/// store/OWNER        the lock of the one process that writes
/// store/CURRENT      names the data file
/// store/OPENING      a number of the last opening, which the data file has too
/// store/000001.mdb   the data, an LMDB file, with LMDB's lock beside it; the number grows by each
///                    compaction
/// ```
///
/// One process, and one `LogStore` in it, writes; any number of processes read meanwhile
/// (``openForReading(at:options:)``). Calls may come from any thread: appends wait for each other, and each
/// begins and ends its LMDB transaction within the call. An append is one transaction and, with
/// ``/MerganserModel/Durability/onDisk``, two flushes of the disk, however many versions it brings: callers should
/// gather what is written at about the same time.
///
/// A store that was opened must not be used by a process forked off since: every call there throws
/// ``/MerganserModel/StorageError/closed(path:)``, reading from a snapshot too. The store stays open in the process that opened
/// it, however the other one ends. Nobody else can open it to write while either of them runs.
///
/// If somebody cuts the data file short while it is open, every later call throws
/// ``/MerganserModel/StorageError/damaged(place:reason:)``. Reading from a snapshot that was taken before may touch a page that
/// is gone: the system ends the process then (SIGBUS). Do not copy the folder while it is open: ``backup(to:)`` does that.
///
/// Besides the log it keeps the rows that checkpoints store (``store(_:)``), and what these cover can be
/// taken out of the log (``truncate()``). What that frees is used again, and is given back by
/// ``compact()``.
public final class LogStore: VersionStorage {
  /// The store's folder, as it was given.
  public let path: String
  /// How the store had been left when it was opened.
  public let lastClose: LastClose
  /// Why the store was given a new replica when it was opened; `nil` if it kept its own.
  ///
  /// One identity has one history: what another store may go on with, or the disk may have lost, is not
  /// gone on with here. What the old replica wrote stays in the log; rights that it held stay with it.
  /// Copies are noticed, backups, and earlier states of the data file that were put back in its place. A
  /// snapshot of a whole disk or machine cannot be.
  public let renewal: Renewal?

  package let options: ReplicaOptions
  let checksum: Checksum
  let writer: Mutex<Writer>
  private let published: Mutex<Published>
  /// What is known of peers; held for a moment only, and not while the disk is waited for.
  let knownPeers: Mutex<KnownPeers>
  let owner: OwnerLock?

  /// What only the writer touches.
  struct Writer {
    var environment: Environment
    /// Which of the folder's data files it is.
    var current: CurrentFile
    var identity: StoreIdentity
    var contents: LogContents
    /// The last block of origins that were written to, where it has room.
    var tails: [ReplicaID: LogTail?] = [:]
    var isClosed = false
    /// How it was opened; `nil` for a shadow, which is not.
    var opening: OpeningRecord?
    /// What the data file says of peers.
    var storedPeers: KnownPeers
    /// Environments of data files that were replaced and are not removed yet.
    var replaced: [Environment] = []
    /// The time up to which the replica was told to accept times of others.
    var acceptedTime: HybridTime
    /// What is noted for the shadow, while there is one.
    var shadow: ShadowNotes?
  }

  /// What snapshots are made from.
  private struct Published {
    var environment: Environment
    var contents: LogContents
  }

  // The owner is nothing for a shadow, whose folder is another store's.
  init(
    path: String, options: ReplicaOptions, owner: OwnerLock?, environment: Environment,
    current: CurrentFile, lastSession: LastSession?
  ) throws(StorageError) {
    let session = SessionRecord(
      isOpen: true, durability: options.durability, file: try environment.fileBirth())
    var opening: OpeningRecord?
    if owner == nil {
      renewal = nil
      try environment.writeSession(session)
    } else {
      let outside = try OpeningFile(in: path)
      let file = try environment.fileBirth()
      renewal = lastSession?.renewal(in: file, beside: outside)
      opening = try environment.write(session, in: path, renewing: renewal != nil).opening
    }
    environment.synchronizesCommits(options.durability == .onDisk)
    environment.keepReserve()
    let transaction = try environment.read()
    let (record, identity) = try StoreRecords.identity(transaction, path: path)
    let checksum = Checksum(storeID: record.storeID)
    let contents = try LogContents(transaction, checksum: checksum)
    let peers = try PeersRecord.read(transaction)
    let acceptedTime = try AcceptedTimeRecord.read(transaction)
    self.path = path
    self.options = options
    self.owner = owner
    self.checksum = checksum
    writer = Mutex(
      Writer(
        environment: environment, current: current, identity: identity, contents: contents,
        opening: opening, storedPeers: peers, acceptedTime: acceptedTime))
    knownPeers = Mutex(peers)
    published = Mutex(Published(environment: environment, contents: contents))
    if let last = lastSession?.session {
      lastClose =
        last.isOpen ? (last.isOfAnotherBoot ? .machineStopped : .processEnded) : .clean
    } else {
      lastClose = .created
    }
  }

  /// Whether versions of format 1 are taken from others, as ``/MerganserModel/ReplicaOptions/takesUnverifiedVersions`` says.
  public var takesUnverifiedVersions: Bool { options.takesUnverifiedVersions }

  /// Whose store it is.
  public var identity: StoreIdentity { writer.withLock { $0.identity } }

  /// How many bytes of disk the store takes.
  public var sizeOnDisk: Int {
    get throws(StorageError) {
      while true {
        let file = published.withLock { $0.environment.path }
        do throws(StorageError) {
          return Int(try FileSystem.status(of: file).st_blocks) * 512
        } catch {
          // The data file may have been replaced just now, and the old one removed.
          guard published.withLock({ $0.environment.path != file }) else { throw error }
        }
      }
    }
  }

  /// How many bytes the log takes in the file; asked for by the one who writes.
  ///
  /// - Complexity: O(1).
  public var logBytes: Int {
    get throws(StorageError) {
      try beginReading(isWriters: true).transaction.size(of: .log)
    }
  }

  /// What has been appended up to now.
  ///
  /// - Complexity: O(1) unless a writer is at work; then O(*n*) in the number of origins.
  public func snapshot() throws(StorageError) -> any VersionSnapshot {
    try logSnapshot()
  }

  /// What has been appended up to now, with what only a log on disk offers.
  public func logSnapshot() throws(StorageError) -> LogSnapshot {
    try logSnapshot(isWriters: false)
  }

  /// The stored rows as they are now, for the one who writes, who is kept a snapshot in reserve for.
  public func stateForWriter() throws(StorageError) -> any StoredState {
    try logSnapshot(isWriters: true).state
  }

  private func logSnapshot(isWriters: Bool) throws(StorageError) -> LogSnapshot {
    let (environment, transaction) = try beginReading(isWriters: isWriters)
    let published = published.withLock { $0 }
    if published.environment === environment,
      published.contents.snapshotNumber == transaction.snapshotNumber
    {
      return LogSnapshot(transaction, contents: published.contents, checksum: checksum)
    }
    return LogSnapshot(
      transaction, contents: try LogContents(transaction, checksum: checksum), checksum: checksum)
  }

  /// Begins to read from the data file that is the store's now; the file stays while the transaction does.
  ///
  /// Whoever takes the environment and reads from it later may find that it was replaced, and closed.
  func beginReading(
    isWriters: Bool
  ) throws(StorageError) -> (environment: Environment, transaction: ReadTransaction) {
    while true {
      let environment = published.withLock { $0.environment }
      do throws(StorageError) {
        return (environment, try environment.read(isWriters: isWriters))
      } catch {
        // The data file may have been replaced just now, and the old one closed.
        guard published.withLock({ $0.environment !== environment }) else { throw error }
      }
    }
  }

  /// The snapshots that this process keeps: how many, and for how long the oldest has been kept of those
  /// that do not show the last commit, and so keep pages from being used again; `nil` if all do.
  public var openSnapshots: (count: Int, oldestStale: Duration?) {
    writer.withLock { writer in
      let current = writer.environment.openReads(since: writer.contents.snapshotNumber)
      let reads = [current] + writer.replaced.map { $0.openReads(since: .max) }
      let oldest = reads.compactMap(\.oldestStale).min()
      return (reads.reduce(0) { $0 + $1.count }, oldest.map { ContinuousClock.now - $0 })
    }
  }

  /// Takes over what a transaction has written, once it is committed.
  func commit(_ contents: LogContents, writer: inout Writer) {
    writer.contents = contents
    published.withLock { $0 = Published(environment: writer.environment, contents: contents) }
    guard let limit = options.snapshotAgeLimit else { return }
    writer.environment.endReads(staleFor: limit, since: contents.snapshotNumber)
    writer.replaced.removeAll { $0.isRemoved }
    for environment in writer.replaced { environment.endReads(staleFor: limit, since: .max) }
  }

  /// Gives the store a new replica.
  public func changeReplica(to replica: ReplicaID) throws(StorageError) {
    try changeIdentity { $0.replica = replica }
  }

  /// Replaces the description of the schema.
  public func updateSchema(_ schema: SchemaDescription) throws(StorageError) {
    try changeIdentity { $0.schema = schema }
  }

  private func changeIdentity(
    _ change: (inout StoreIdentity) -> Void
  ) throws(StorageError) {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      var identity = writer.identity
      change(&identity)
      guard identity != writer.identity else { return }
      let number = try writer.environment.writeIdentity(identity, replacing: path)
      writer.identity = identity
      var contents = writer.contents
      contents.snapshotNumber = number
      commit(contents, writer: &writer)
    }
  }

  /// Writes out what the system still holds, and closes the store.
  ///
  /// Whatever still reads from it gets ``/MerganserModel/StorageError/closed(path:)``. Closing again does nothing.
  public func close() throws(StorageError) {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { return }
      writer.isClosed = true
      let environment = writer.environment
      guard environment.isOfThisProcess else {
        owner?.abandon()
        return
      }
      // A shadow has nowhere to go any more.
      writer.shadow?.store?.remove()
      writer.shadow = nil
      defer {
        for environment in writer.replaced { environment.endWaiting() }
        writer.replaced = []
        EnvironmentRegistry.release(environment)
        owner?.release()
      }
      try environment.synchronize()
      environment.synchronizesCommits(true)
      let session = SessionRecord(
        isOpen: false, durability: options.durability, file: try environment.fileBirth())
      if writer.opening == nil {
        try environment.writeSession(session)
      } else {
        _ = try environment.write(session, in: path, peers: unwrittenPeers(writer))
      }
    }
  }

  /// Closes a store that nobody refers to yet, and removes its file.
  func remove() {
    let environment = writer.withLock { writer in
      defer { writer.isClosed = true }
      return writer.isClosed ? nil : writer.environment
    }
    guard let environment, environment.isOfThisProcess else { return }
    EnvironmentRegistry.release(environment)
    environment.removeFile()
  }

  deinit { try? close() }
}
