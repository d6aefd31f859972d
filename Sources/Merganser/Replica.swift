import MerganserSync
public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// One copy of a database, in memory or on disk: where an app reads and writes.
///
/// ```swift
/// let lisbon = try await Replica.open(Bank(), at: "lisbon")
/// let porto = try await Replica.open(Bank(), at: "porto", joining: lisbon.founder)
/// try await lisbon.write { tx in
///   try tx[bank.accounts, "alice"].increment(by: 100)
/// }
/// try await lisbon.sync(with: porto)
/// ```
///
/// A write commits here, without a message to anyone, and returns when it is as safe as the storage
/// makes it. Reads see the last state that is. All calls are safe from any task.
public final class Replica<S: Schema>: Sendable {
  /// The schema that the replica was opened with.
  public let schema: S
  /// The replica's identity.
  public let id: ReplicaID
  /// The database's first replica, by which others join it.
  public let founder: ReplicaID
  let writer: Writer
  let admission: Admission
  let wall: @Sendable () -> HybridTime
  /// Which states of other replicas are adopted.
  let policy: AdoptionPolicy
  let tentativeReader: TentativeReader

  init(
    _ schema: S, database: Database, admission: Admission, storage: any VersionStorage,
    adopting policy: AdoptionPolicy, wall: @escaping @Sendable () -> HybridTime
  ) {
    self.policy = policy
    self.schema = schema
    self.admission = admission
    self.wall = wall
    id = database.replica
    founder = database.founder
    writer = Writer(
      database, storage: storage, ordering: Ordering(admission, wall: wall), wall: wall)
    tentativeReader = TentativeReader(admission, above: writer.snapshotWithRequests, wall: wall)
  }

  /// A replica with a new identity, in memory unless it is given another storage.
  ///
  /// - Parameters:
  ///   - schema: the schema of the database.
  ///   - founder: the founder of the database that it joins; without one it founds a database.
  ///   - id: its identity, which nobody else has or had.
  ///   - running: how the schema's declared transactions run.
  ///   - storage: where its versions go; what it holds already is read first.
  ///   - options: what is taken of other replicas, and the clock; what is about a store on disk is not looked at.
  /// - Throws: ``/MerganserModel/SchemaError``; ``/MerganserModel/PlanError``; ``/MerganserModel/OptionError``;
  ///   ``/MerganserModel/TimeError``; ``/MerganserModel/StorageError``.
  public convenience init(
    _ schema: S, joining founder: ReplicaID? = nil, id: ReplicaID = .random(),
    running: Running = Running(), storage: some VersionStorage = MemoryStorage(),
    options: ReplicaOptions = ReplicaOptions()
  ) throws {
    try options.check()
    let catalog = try Catalog(schema)
    var database = Database(catalog: catalog, replica: id, founder: founder ?? id)
    database.tolerance = try TimeTolerance(drift: options.toleratedDrift)
    database.takesUnverifiedVersions = storage.takesUnverifiedVersions
    let held = try storage.snapshot()
    if !held.heads.isEmpty { try database.recover(from: held) }
    let admission = try running.admission(of: schema, catalog: catalog, founder: founder ?? id)
    try running.check(schema, in: catalog)
    let wall = options.wall ?? systemClock
    let versions = try running.found(schema, in: &database, wall: wall())
    if !versions.isEmpty {
      try storage.append(versions)
      database.noteStored()
    }
    self.init(
      schema, database: database, admission: admission, storage: storage,
      adopting: options.adoption, wall: wall)
  }
}

// Reading and writing.
extension Replica {
  /// The database as of the last write that is durable.
  public var snapshot: Snapshot { writer.current }

  /// The database as it changes: the current snapshot, and then a newer one whenever there is one.
  ///
  /// Who reads slowly is given the newest, and misses those between. The sequence ends when the replica
  /// is closed.
  public var snapshots: AsyncStream<Snapshot> { writer.snapshots() }

  /// Runs a transaction, and returns when what it wrote is as safe as the storage makes it.
  ///
  /// - Parameters:
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - body: the transaction; it neither waits nor keeps what it is given. It runs on the writer's queue, or in
  ///     memory on the thread of the task that calls this, which other tasks need: read and compute before you write.
  /// - Returns: what `body` returned.
  /// - Throws: what `body` throws; ``/MerganserModel/InvariantViolation``;
  ///   ``/MerganserModel/TransactionError``; ``/MerganserModel/TimeError``;
  ///   ``/MerganserModel/StorageError``. Nothing has happened then.
  @discardableResult
  public func write<Value: Sendable>(
    _ scope: Scope = .everywhere,
    body: @escaping @Sendable (borrowing Transaction) throws -> Value
  ) async throws -> Value {
    let wall = wall
    let clearance = admission.clearance(scope)
    let body = admission.timed(body)
    return try await run { database in
      try database.transact(clearance: clearance, wall: wall(), body: body)
    }
  }

  func run<Value: Sendable>(
    _ transact: @escaping @Sendable (inout Database) throws -> (Value, StoredVersion?)
  ) async throws -> Value {
    try Task.checkCancellation()
    return try await ValueJob { database, versions in
      let (value, version) = try transact(&database)
      if let version { versions.append(version) }
      return value
    }.done(by: writer)
  }
}

// What else is done with a replica.
extension Replica {
  /// Accepts times of other replicas up to the given one from now on, whatever the clocks here show.
  ///
  /// Where a clock was ahead once, other replicas refuse what was written by it
  /// (``/MerganserModel/ReplicationError/fromTheFuture(origin:sequence:_:)``), also after it was set right:
  /// hybrid time never goes back. Let each of them accept the time that the replica has reached
  /// (``/MerganserDatabase/Snapshot/time``) after its clock was set right. From then on what depends on these
  /// versions flows as before. Values that were written by the wrong clock still win over those written
  /// without having seen them.
  ///
  /// It is recorded before it counts, and cannot be taken back.
  ///
  /// - Throws: ``/MerganserModel/TimeError``; ``/MerganserModel/StorageError``.
  public func acceptTimes(upTo time: HybridTime) async throws {
    try await writer.onWriter { writer in
      try writer.database.withLock { database in
        var accepting = database
        try accepting.acceptTimes(upTo: time)
        try writer.storage.acceptTimes(upTo: time)
        database = accepting
      }
    }
  }

  /// Ends another replica's identity, with this one for its heir: for a replica that is lost for good.
  ///
  /// The cut is the last version of it that is here. What the lost replica wrote beyond counts nowhere from
  /// then on, and who has applied such versions cannot meet this replica any more: so sync with all that are
  /// left before. The rights of the ended identity count here, also those that it is given later; if it
  /// was the founder, this replica mints the rights of rows that are created.
  ///
  /// It cannot be taken back.
  ///
  /// - Throws: ``/MerganserDatabase/SuccessionError``; ``/MerganserModel/TransactionError``;
  ///   ``/MerganserModel/StorageError``.
  public func succeed(_ identity: ReplicaID) async throws {
    let wall = wall
    try await run { database in ((), try database.succeed(identity, wall: wall())) }
  }

  /// What other replicas are known to hold: those that were met, and not forgotten since.
  ///
  /// A replica on disk knows them again when it is opened.
  public var peers: KnownPeers { writer.storage.peers }

  /// Takes notice that a peer will not come again: the log keeps nothing for it any more, for good.
  ///
  /// Should it come nevertheless, it is handed the state, nothing that was removed returns, and what it
  /// wrote meanwhile is taken in. The rights that it holds stay with it. Who stays away for longer than
  /// ``/MerganserModel/Retention/absence`` is forgotten without being named.
  ///
  /// - Returns: whether it was known.
  /// - Throws: ``/MerganserModel/StorageError``.
  @discardableResult
  public func forget(_ peer: ReplicaID) async throws -> Bool { try await writer.forget(peer) }
}
