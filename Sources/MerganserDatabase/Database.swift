public import MerganserTypes

/// A replica of a database, without disk, network, clock or threads: what it holds, and what becomes of
/// it by transactions of its own and versions of others.
///
/// A value: whoever holds it may keep a copy and go back to it. It takes in what has happened;
/// ``MerganserDatabase/VersionStorage`` keeps it.
public struct Database: Sendable {
  /// The schema.
  public let catalog: Catalog
  /// Which replica this is.
  public let replica: ReplicaID
  /// The database's first replica.
  public let founder: ReplicaID
  /// Which times of other replicas are accepted.
  public var tolerance = TimeTolerance()

  /// What was read of the stored rows lately; nothing where it is not kept.
  package var cache: RowCache? {
    didSet { state.cached = cache?.generation() }
  }
  var state: DatabaseState
  private(set) var clock = HybridClock()
  /// What of other replicas our own last version had seen.
  private(set) var declared = VersionVector()
  /// How many bytes of versions memory has taken in since the last checkpoint began.
  var uncheckpointed = 0
  /// The state of another replica that is being taken in.
  var adoption: Adoption?
  /// The checkpoint that is under way.
  var checkpoint: CheckpointProgress?
  /// Versions that came before something that they depend on.
  private var early = WaitingRoom()

  /// The database in which nothing has happened yet.
  public init(catalog: Catalog, replica: ReplicaID, founder: ReplicaID) {
    self.catalog = catalog
    self.replica = replica
    self.founder = founder
    state = DatabaseState(catalog)
  }

  /// The database as its readers see it now.
  public var snapshot: Snapshot {
    Snapshot(catalog: catalog, founder: founder, state: state, time: clock.latest)
  }

  /// Takes notice of a time that another replica gave.
  mutating func observe(_ time: HybridTime) { clock.observe(time) }

  /// The last version of each origin that has been taken in.
  public var heads: [ReplicaID: Head] { state.heads }

  /// How many versions wait for others that they depend on.
  public var waitingCount: Int { early.count }
}

// Transactions.
extension Database {
  /// Runs a transaction, and commits what it wrote.
  ///
  /// - Parameters:
  ///   - scope: where the invariants are known to hold afterwards.
  ///   - wall: what the wall clock shows.
  ///   - body: the transaction. If it throws, nothing has happened.
  /// - Returns: what `body` returned, and the version to be stored; none if nothing was written.
  /// - Throws: what `body` throws; ``InvariantViolation``; ``TransactionError/needsCoordination(invariant:table:remedy:)``.
  public mutating func transact<Value>(
    scope: Scope = .everywhere, wall: HybridTime,
    _ body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    try transact(clearance: Clearance(scope: scope), wall: wall, body)
  }

  /// Runs a transaction, and commits what it wrote, if what is known of it beforehand lets it.
  package mutating func transact<Value>(
    clearance: Clearance, wall: HybridTime, _ body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    try run(request: nil, clearance: clearance, wall: wall, body)
  }

  /// Runs a transaction that counts once, however often its request is sent to this replica.
  ///
  /// An ``InvariantViolation`` refuses the request for good. Any other error that `body` throws is
  /// thrown, and the request may be tried again.
  public mutating func transact<Value>(
    request: RequestID, scope: Scope = .everywhere, wall: HybridTime,
    _ body: (borrowing Transaction) throws -> Value
  ) throws -> (result: RequestResult<Value>, version: StoredVersion?) {
    try transact(request: request, clearance: Clearance(scope: scope), wall: wall, body)
  }

  /// Runs a transaction that counts once, if what is known of it beforehand lets it.
  package mutating func transact<Value>(
    request: RequestID, clearance: Clearance, wall: HybridTime,
    _ body: (borrowing Transaction) throws -> Value
  ) throws -> (result: RequestResult<Value>, version: StoredVersion?) {
    if let outcome = try snapshot[requestTable, request]?.value {
      return (.repeated(outcome), nil)
    }
    do {
      let (value, version) = try run(request: request, clearance: clearance, wall: wall) { tx in
        let value = try body(tx)
        try tx[requestTable, request].set(.committed)
        return value
      }
      return (.committed(value), version)
    } catch let violation as InvariantViolation {
      let (_, version) = try run(request: request, clearance: clearance, wall: wall) { tx in
        try tx[requestTable, request].set(.refused(violation))
      }
      return (.refused(violation), version)
    }
  }

  private mutating func run<Value>(
    request: RequestID?, clearance: Clearance, wall: HybridTime,
    _ body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    var clock = clock
    let author = Author(
      replica, nextSequence: state.vector[replica] + 1, time: clock.now(wall: wall))
    let workspace = Workspace(catalog: catalog, founder: founder, base: state, author: author)
    defer { workspace.end() }
    let value = try body(Transaction(workspace))
    guard let written = try state.commit(workspace, clearance: clearance) else {
      return (value, nil)
    }
    let first = author.nextSequence
    let version = StoredVersion(
      origin: replica, sequences: first...max(first, workspace.author.nextSequence - 1),
      time: author.time, dependencies: state.vector.news(since: declared, except: replica),
      previousHash: state.head(of: replica)?.hash ?? 0, request: request,
      replicas: written.replicas,
      writes: written.rows)
    self.clock = clock
    declared = state.vector
    state.advance(replica, to: version.head)
    uncheckpointed += version.payload.count
    return (value, version)
  }
}

// Versions of other replicas, and our own when they are read back.
extension Database {
  /// What became of versions that were offered.
  public struct Reception: Sendable {
    /// What has been taken in, in an order in which it can be stored.
    public var applied: [StoredVersion] = []
    /// What cannot be taken in, and why.
    public var refused: [ReplicationError] = []

    /// What became of nothing.
    public init() {}
  }

  /// Takes in versions of other replicas: those whose dependencies are here, and what waited for them.
  ///
  /// A version that was taken in before changes nothing. One that comes too early waits, in memory, and
  /// is offered again by the next meeting if it is forgotten.
  ///
  /// - Throws: ``StorageError``, if stored rows cannot be read. Nothing has been taken in then.
  public mutating func receive(
    _ versions: [StoredVersion], wall: HybridTime
  ) throws(StorageError) -> Reception {
    var reception = Reception()
    let before = self
    do throws(StorageError) {
      var lately = LatelyRead()
      for version in versions { try receive(version, wall: wall, &reception, &lately) }
    } catch {
      self = before
      throw error
    }
    return reception
  }

  private mutating func receive(
    _ version: StoredVersion, wall: HybridTime, _ reception: inout Reception,
    _ lately: inout LatelyRead
  ) throws(StorageError) {
    var open = [version]
    while let candidate = open.popLast() {
      let decoded: Version
      do { decoded = try candidate.decoded() } catch {
        reception.refused.append(
          .malformed(
            origin: candidate.origin, sequence: candidate.sequences.lowerBound, reason: "\(error)"))
        continue
      }
      switch try apply(decoded, wall: wall, &lately) {
      case .applied:
        reception.applied.append(candidate)
        open += early.release(by: candidate.origin, vector: state.vector)
      case .known: break
      case .early(let needed): early.add(candidate, needing: needed, vector: state.vector)
      case .refused(let error): reception.refused.append(error)
      }
    }
  }

  /// Takes in what a storage holds: the rows of its last checkpoint, and the versions that came after
  /// it, in the order of their dependencies.
  ///
  /// - Throws: ``StorageError/damaged(place:reason:)``, if a version cannot be applied or is missing.
  public mutating func recover(from snapshot: any VersionSnapshot) throws(StorageError) {
    if let checkpoint = try state.rest(on: snapshot.state, catalog: catalog) {
      declared = checkpoint.declared
      clock.observe(checkpoint.time)
    }
    // The rows may hold some of what follows already.
    state.isRecovering = true
    defer { state.isRecovering = false }
    try recover(beyondCheckpointFrom: snapshot)
  }

  /// Takes in the versions that a storage holds beyond what is here.
  ///
  /// - Throws: as ``recover(from:)``.
  public mutating func recover(
    beyondCheckpointFrom snapshot: any VersionSnapshot
  ) throws(StorageError) {
    var merge = try CausalMerge(snapshot, beyond: state.vector)
    var lately = LatelyRead()
    while let version = try merge.next(after: state.vector) {
      if case .refused(let error) = try apply(version, wall: HybridTime(bits: .max), &lately) {
        throw .damaged(
          place: "version \(Dot(version.origin, version.sequences.lowerBound))", reason: "\(error)")
      }
    }
    if let stuck = merge.stuck {
      throw .damaged(
        place: "version \(stuck)", reason: "a version that it depends on is not in the log")
    }
  }

  private enum Application {
    case applied
    case known
    case early(VersionVector)
    case refused(ReplicationError)
  }

  private mutating func apply(
    _ version: Version, wall: HybridTime, _ lately: inout LatelyRead
  ) throws(StorageError) -> Application {
    let stored = version.stored
    let head = state.head(of: stored.origin)
    let last = head?.sequence ?? 0
    if stored.sequences.upperBound <= last {
      if stored.sequences.upperBound == last, stored.hash != head?.hash {
        return .refused(
          .forkedHistory(origin: stored.origin, sequence: stored.sequences.lowerBound))
      }
      return .known
    }
    guard version.isReady(after: state.vector) else { return .early(version.needed) }
    guard stored.sequences.lowerBound == last + 1, stored.previousHash == head?.hash ?? 0 else {
      return .refused(
        .forkedHistory(origin: stored.origin, sequence: stored.sequences.lowerBound))
    }
    if let error = refusal(of: version, wall: wall) { return .refused(error) }
    lately.latestStamp = .zero
    if let error = try state.apply(version, catalog: catalog, lately: &lately) {
      return .refused(error)
    }
    state.advance(stored.origin, to: stored.head)
    uncheckpointed += stored.payload.count
    clock.observe(max(version.time, lately.latestStamp))
    if stored.origin == replica { declared.merge(version.dependencies) }
    return .applied
  }
}
