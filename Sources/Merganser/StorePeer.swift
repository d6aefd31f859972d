public import MerganserCoordination
public import MerganserDatabase
public import MerganserLog
public import MerganserTypes
import Synchronization

/// A store that no replica has open, as something to meet: its log alone, whatever its schema.
///
/// It checks what a log can check: order, links, dependencies and times. What versions mean is checked by the
/// replica that opens the store next. Where a state is handed over instead of versions, the schema that the
/// store records has to tell all of its tables.
public final class StorePeer: Peer {
  /// What the store holds.
  private struct Held: HistoryHolder {
    let replica: ReplicaID
    let tolerance: TimeTolerance
    let takesUnverifiedVersions: Bool
    var vector: VersionVector
    var heads: [ReplicaID: Head]
    var latestTime: HybridTime
    var recentEnds = RecentEnds()
    var setAside: SetAsideIndex
    var succession: Succession
    /// Whether versions were appended that end identities.
    var hasNewCuts = false
    /// Whether a version was refused, so that others come before what they depend on.
    var lacksRefused = false

    func head(of origin: ReplicaID) -> Head? { heads[origin] }

    /// Notes that a version follows.
    mutating func append(_ version: Version) {
      heads[version.origin] = version.stored.head
      vector[version.origin] = version.sequences.upperBound
      latestTime = max(latestTime, version.time)
      recentEnds.append(version.stored.head, of: version.origin)
      hasNewCuts = hasNewCuts || version.writes.contains { $0.table == cutTable.name }
    }
  }

  private let store: LogStore
  private let held: Mutex<Held>
  private let wall: @Sendable () -> HybridTime
  private let policy: AdoptionPolicy
  private let states = IncomingStates()

  /// The store as a peer; nobody else appends to it meanwhile.
  ///
  /// Versions of format 1 are taken if the store was opened so
  /// (``MerganserLog/LogStore/Options/takesUnverifiedVersions``).
  ///
  /// - Parameters:
  ///   - store: the store.
  ///   - policy: which states of other replicas are adopted, and how much they may remove.
  ///   - toleratedDrift: how far ahead times of other replicas may lie; at most a year.
  ///   - wall: what the wall clock shows.
  /// - Throws: ``MerganserDatabase/StorageError``; ``MerganserDatabase/TimeError``.
  public init(
    _ store: LogStore, adopting policy: AdoptionPolicy = AdoptionPolicy(),
    toleratedDrift: Duration = TimeTolerance.standardDrift,
    wall: @escaping @Sendable () -> HybridTime = systemClock
  ) throws {
    (self.store, self.policy) = (store, policy)
    self.wall = wall
    var tolerance = try TimeTolerance(drift: toleratedDrift)
    try tolerance.accept(upTo: store.acceptedTime)
    let snapshot = try store.snapshot()
    held = Mutex(
      Held(
        replica: store.identity.replica, tolerance: tolerance,
        takesUnverifiedVersions: store.takesUnverifiedVersions, vector: snapshot.vector,
        heads: snapshot.heads, latestTime: try snapshot.latestTime,
        setAside: try SetAsideIndex(snapshot.state),
        succession: try Succession(of: snapshot, store.identity)))
  }

  /// What the store says of itself.
  public func greeting() async throws -> Greeting {
    let (store, cuts) = (store, held.withLock { $0.succession.cuts })
    return try await offThePool {
      Greeting(
        replica: store.identity.replica, founder: store.identity.founder,
        schema: store.identity.schema, snapshot: try store.snapshot(), cuts: cuts)
    }
  }

  /// Compares the log's histories with those that go through the given versions.
  public func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
    let store = store
    return try await offThePool { try store.snapshot().comparison(with: heads) }
  }

  /// Reads what the log holds beyond `vector`.
  public func versions(
    beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    VersionBatches.stream(of: store, beyond: vector)
  }

  /// Hands over what the store's rows and versions come to.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError/needsReplica(_:reason:)``, if it has tables of types
  ///   that only a program knows.
  public func state() async throws -> StateStream {
    let store = store
    return try await offThePool {
      StateStream(of: try Snapshot(of: try store.snapshot(), store.identity))
    }
  }

  /// Joins a state into the store's rows and log, all of it or nothing.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError/needsReplica(_:reason:)``, if it has tables of types,
  ///   or rules that compare rows by code, which only a program knows; otherwise as
  ///   ``Replica/takeIn(_:)-(StateStream)``. Nothing has happened then.
  public func takeIn(_ state: StateStream) async throws {
    let (store, header, policy) = (store, state.header, policy)
    let (tolerance, wall, accepted) = (
      held.withLock { $0.tolerance }, wall(), state.acceptedRemovals
    )
    try policy.check(state.sender)
    // Refused before anything is received.
    try await offThePool { _ = try Catalog(takingRowsInto: store.identity) }
    let spool = try await states.receive(state, in: store.path, limit: policy.maximumSize)
    defer { spool.end() }
    try await states.run {
      let shadow = try store.shadowForAdoption()
      do {
        let identity = store.identity
        var database = Database(
          catalog: try Catalog(takingRowsInto: identity), replica: identity.replica,
          founder: identity.founder)
        database.tolerance = tolerance
        let copy = try AdoptingCopy(of: database, in: shadow, header, wall: wall)
        var parts = try spool.parts()
        while let part = try parts.next() { try copy.adopt(part) }
        try copy.complete(under: policy, acceptingRemovals: accepted)
        _ = try copy.takePlace(of: store)
      } catch {
        shadow.discard()
        throw error
      }
    }
    held.withLock { held in
      for (origin, head) in header.heads where head.sequence > held.vector[origin] {
        held.heads[origin] = head
        held.vector[origin] = head.sequence
      }
      held.latestTime = max(held.latestTime, header.time)
    }
  }

  /// Takes notice of what a peer holds: the log keeps what it lacks.
  public func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head]) {
    store.note(peer, holds: heads, at: wall())
  }

  /// Records a schema that grew from the store's.
  ///
  /// - Throws: ``MerganserDatabase/ReplicationError``, if it did not;
  ///   ``MerganserDatabase/SchemaError/unknownType(table:type:)``, if the store's program could not open it
  ///   any more, as a new table is of a type that only a newer program knows.
  public func takeIn(_ schema: SchemaDescription) async throws {
    try await offThePool { [self] in
      let own = store.identity.schema
      let later = try own.later(schema)
      let known = try Catalog(describing: later).description.tables
      for table in later.tables
      where !own.tables.contains(where: { $0.name == table.name }) && !known.contains(table) {
        throw SchemaError.unknownType(table: table.name, type: table.types)
      }
      try store.updateSchema(later)
    }
  }

  /// Appends versions that continue the log; what it has is passed over.
  ///
  /// What is from the future is refused, and what depends on it left for the next exchange. What rests on
  /// another branch of some replica's history is set aside.
  public func takeIn(_ versions: [StoredVersion]) async throws -> Database.Reception {
    try await offThePool { [self] in
      var reception = Database.Reception()
      var held = held.withLock { $0 }
      let known = Set(store.identity.schema.tables.map(\.name))
      for version in versions { try receive(version, &held, &reception, tables: known) }
      try store.append(reception.applied)
      held.recentEnds.removeAll()
      if held.hasNewCuts {
        held.succession = try Succession(of: store.snapshot(), store.identity)
        held.hasNewCuts = false
      }
      let step = try CheckpointStep(keeping: reception) { () throws(StorageError) in
        try store.stateForWriter()
      }
      if let step { try store.store(step) }
      self.held.withLock { $0 = held }
      return reception
    }
  }

  private func receive(
    _ version: StoredVersion, _ held: inout Held, _ reception: inout Database.Reception,
    tables: Set<String>
  ) throws(StorageError) {
    func malformed(_ reason: String) -> ReplicationError {
      .malformed(origin: version.origin, sequence: version.sequences.lowerBound, reason: reason)
    }
    if let error = version.excess { return reception.refused.append(error) }
    let decoded: Version
    do { decoded = try version.decoded() } catch {
      return reception.refused.append(malformed("\(error)"))
    }
    let verdict = try held.judge(
      decoded, wall: wall(), history: store, unverified: &reception.unverified)
    switch verdict {
    case .known: break
    case .applicable:
      if let write = decoded.writes.first(where: { !tables.contains($0.table) }) {
        held.lacksRefused = true
        return reception.refused.append(
          .unknownTable(
            origin: version.origin, sequence: version.sequences.lowerBound, table: write.table))
      }
      held.append(decoded)
      reception.applied.append(version)
    case .early(let needed):
      if !held.lacksRefused {
        reception.refused.append(malformed("it comes before \(needed), which it depends on"))
      }
    case .otherBranch(let error):
      held.lacksRefused = true
      let aside = SetAsideVersion(version: version, reason: "\(error)")
      switch held.setAside.insert(aside) {
      case .new: reception.setAside.append(aside)
      case .noRoom: reception.refused.append(error)
      case .known: break
      }
    case .refused(let error):
      held.lacksRefused = true
      reception.refused.append(error)
    }
  }
}
