import Dispatch
package import MerganserSync
import MerganserDatabase
public import MerganserLog
package import MerganserModel
package import MerganserTypes
import Synchronization

/// A store that no replica has open, as something to meet: its log alone, whatever its schema.
///
/// What comes is asked the same as where a replica is open, as far as the schema that the store records tells: a
/// version whose bytes or types are wrong is refused, and nothing of it is kept. Invariants, and types that only a
/// program knows, are asked when a replica opens the store next, which sets aside what fails there. Where a state
/// is handed over instead of versions, the schema has to tell all of the store's tables.
public final class StorePeer: Peer {
  private let store: LogStore
  /// What it has seen, and the rows of the tables that every database has.
  private let database: Mutex<Database>
  private let wall: @Sendable () -> HybridTime
  private let policy: AdoptionPolicy
  private let states = IncomingStates()
  /// Where the store is written to: two links that judged the same state apart would each forget what the other took in.
  private let writing = DispatchQueue(label: "merganser.store-peer")
  private let bell = Bell()

  /// The store as a peer; nobody else appends to it meanwhile.
  ///
  /// Versions in its log that cannot be applied, and what rests on them, are set aside first.
  ///
  /// Which states and versions are taken, and by which clock, the options say with which the store was opened
  /// (``/MerganserModel/ReplicaOptions``).
  ///
  /// - Parameter store: the store.
  /// - Throws: ``/MerganserModel/StorageError``; ``/MerganserModel/TimeError``.
  public convenience init(_ store: LogStore) throws { try self.init(store, options: store.options) }

  /// As ``init(_:)``, by other options than those with which the store was opened.
  package init(_ store: LogStore, options: ReplicaOptions) throws {
    self.store = store
    policy = options.adoption
    wall = options.wall ?? systemClock
    var database = try Database(judgingIn: store)
    database.tolerance = try TimeTolerance(drift: options.toleratedDrift)
    try database.acceptTimes(upTo: store.acceptedTime)
    try store.recover(&database)
    self.database = Mutex(database)
  }

  /// The store's identity.
  var replica: ReplicaID { store.identity.replica }

  /// How many versions wait, in memory, for others that they name or depend on.
  public var waitingCount: Int { database.withLock { $0.waitingCount } }

  /// What the store says of itself.
  package func greeting() async throws -> Greeting {
    let store = store
    let cuts = database.withLock { $0.succession.cuts }
    return try await onBlockingThread {
      Greeting(
        replica: store.identity.replica, founder: store.identity.founder,
        schema: store.identity.schema, snapshot: try store.snapshot(), cuts: cuts)
    }
  }

  /// Compares the log's histories with those that go through the given versions.
  package func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
    let store = store
    return try await onBlockingThread { try store.snapshot().comparison(with: heads) }
  }

  /// Reads what the log holds beyond `vector`.
  package func versions(
    beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    VersionBatches.stream(of: store, beyond: vector)
  }

  /// Hands over what the store's rows and versions come to.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/needsReplica(_:reason:)``, if it has tables of types
  ///   that only a program knows.
  package func state() async throws -> StateStream {
    let store = store
    return try await onBlockingThread {
      StateStream(of: try Snapshot(of: try store.snapshot(), identity: store.identity))
    }
  }

  /// Joins a state into the store's rows and log, all of it or nothing.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/needsReplica(_:reason:)``, if it has tables of types,
  ///   or invariants that compare rows by code, which only a program knows; otherwise as
  ///   ``Replica/apply(_:)-(StateStream)``. Nothing has happened then.
  package func adopt(_ state: StateStream) async throws {
    let store = store
    let header = state.header
    let policy = policy
    let tolerance = database.withLock { $0.tolerance }
    let clock = wall
    let wall = clock()
    let accepted = state.acceptedRemovals
    try policy.check(state.meeting.peer)
    // Refused before anything is received.
    try await onBlockingThread { [self] in
      _ = try Catalog(takingRowsInto: store.identity)
      try database.withLock { $0 }.check(header, wall: wall, history: store)
    }
    let limit = try store.stateLimit(under: policy)
    let spool = try await states.receive(state, in: store.path, limit: limit)
    defer { spool.end() }
    let (removals, meeting) = (states.removals, state.meeting)
    try await states.run { [self] in
      let shadow = try store.shadowForAdoption()
      do {
        let identity = store.identity
        var database = Database(
          catalog: try Catalog(takingRowsInto: identity), replica: identity.replica,
          founder: identity.founder)
        database.tolerance = tolerance
        let copy = try AdoptingCopy(of: database, in: shadow, header: header, wall: wall)
        var parts = try spool.parts()
        while let part = try parts.next() { try copy.adopt(part) }
        let (removed, wasAccepted) = try copy.complete(
          under: policy, acceptingRemovals: accepted, after: removals, wall: clock())
        try writing.sync {
          try self.database.withLock { current in
            try copy.check(against: current, by: meeting, in: store)
            _ = try copy.takePlace(of: store)
          }
          try readAnew()
        }
        // Now, and not when it began to come: how long it takes is the sender's.
        removals.note(removed, wasAccepted: wasAccepted, at: clock())
      } catch {
        shadow.discard()
        throw error
      }
    }
    bell.ring()
  }

  /// The last versions in the log.
  package func heads() async throws -> [ReplicaID: Head] {
    let store = store
    return try await onBlockingThread { try store.snapshot().heads }
  }

  /// Takes notice of what a peer holds: the log keeps what it lacks.
  package func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head]) {
    store.note(peer, holds: heads, at: wall())
  }

  /// Records a schema that grew from the store's.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError``, if it did not;
  ///   ``/MerganserModel/SchemaError/unknownType(table:type:)``, if the store's program could not open it
  ///   any more, as a new table is of a type that only a newer program knows.
  package func grow(to schema: SchemaDescription) async throws {
    try await write { [self] in
      let own = store.identity.schema
      let later = try own.later(schema)
      // Types that are made stay in memory, so nothing is made of a schema that is refused.
      let known = try Catalog.tables(knownIn: later).union(own.tables.map(\.name))
      for table in later.tables where !known.contains(table.name) {
        throw SchemaError.unknownType(table: table.name, type: table.unknownTypes)
      }
      try store.updateSchema(later)
      try readAnew()
    }
    bell.ring()
  }

  /// Reads back what the store holds, which has changed by more than versions.
  private func readAnew() throws {
    var database = try Database(judgingIn: store)
    try database.recover(from: store.snapshot())
    self.database.withLock { current in
      database.takeOptions(from: current)
      current = database
    }
  }

  /// Does what writes to the store, one after the other.
  private func write<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      writing.async { continuation.resume(with: Result { try work() }) }
    }
  }

  /// What tells the schema apart.
  package var fingerprint: UInt64 { database.withLock { $0.catalog.fingerprint } }

  /// Calls `body` whenever versions were appended, or the schema has grown.
  package func forEachNews(_ body: @Sendable () -> Void) async {
    for await _ in bell.rings() { body() }
  }

  /// Appends versions that continue the log; what it has is passed over.
  ///
  /// What is refused is not kept, and what depends on it waits, in memory. What rests on another branch of some
  /// replica's history is set aside.
  package func apply(_ versions: [StoredVersion]) async throws -> Database.Reception {
    try await apply(versions, of: Meeting(with: nil))
  }

  /// Takes versions in that a peer offers.
  package func apply(
    _ versions: [StoredVersion], of meeting: Meeting
  ) async throws -> Database.Reception {
    let reception = try await write { [self] in
      var database = database.withLock { $0 }
      let reception = try database.receive(
        versions, of: meeting, wall: wall(), history: store)
      try store.append(reception.applied)
      database.noteStored()
      let step = try CheckpointStep(keeping: reception) { () throws(StorageError) in
        try store.stateForWriter()
      }
      if let step { try store.store(step) }
      self.database.withLock { $0 = database }
      return reception
    }
    if !reception.applied.isEmpty { bell.ring() }
    return reception
  }
}

extension Database {
  /// The database of a store that no program has open, in which nothing has happened yet: it judges what the
  /// schema tells, and keeps the rows of the tables that every database has.
  fileprivate init(judgingIn store: LogStore) throws {
    let identity = store.identity
    self.init(
      catalog: try Catalog(judging: identity.schema), replica: identity.replica,
      founder: identity.founder)
    takesUnverifiedVersions = store.takesUnverifiedVersions
  }
}
