public import MerganserModel
public import MerganserTypes

/// A replica of a database, without disk, network, clock or threads: what it holds, and what becomes of
/// it by transactions of its own and versions of others.
///
/// A value: whoever holds it may keep a copy and go back to it. It takes in what has happened;
/// ``VersionStorage`` keeps it.
public struct Database: Sendable {
  /// The schema.
  public let catalog: Catalog
  /// Which replica this is.
  public let replica: ReplicaID
  /// The database's first replica.
  public let founder: ReplicaID
  /// Which times of other replicas are accepted.
  public var tolerance = TimeTolerance()
  /// Whether versions of format 1, which do not say which histories they rest on, are taken from others.
  public var takesUnverifiedVersions = false

  /// What was read of the stored rows lately; `nil` if it is not kept.
  package var cache: RowCache? {
    didSet { state.cached = cache?.generation() }
  }
  package internal(set) var state: DatabaseState
  var clock = HybridClock()
  /// By origin: how far our own last version had seen it, where more has been seen since.
  var unseenByOwn = ReplicaMap<UInt64>()
  /// How many bytes of versions memory has taken in since the last checkpoint began.
  var uncheckpointed = 0
  /// The state of another replica that is being taken in.
  var adoption: Adoption?
  /// The checkpoint that is under way.
  var checkpoint: CheckpointProgress?
  /// Versions that came before something that they depend on.
  var early = WaitingRoom()
  /// Versions that wait for rights, or for the end of an identity.
  var held = HeldVersions()
  /// The requests that are open in the order; `nil` until somebody asks, and after what changes more than versions do.
  var openRequests: OpenRequests?
  /// The versions that are set aside.
  package internal(set) var setAside = SetAsideIndex()
  /// The ends of versions that may not be in the log yet.
  package private(set) var recentEnds = RecentEnds()

  /// The database in which nothing has happened yet.
  public init(catalog: Catalog, replica: ReplicaID, founder: ReplicaID) {
    self.catalog = catalog
    self.replica = replica
    self.founder = founder
    state = DatabaseState(catalog)
  }

  /// Takes over what can be chosen from another database.
  package mutating func takeOptions(from other: Database) {
    tolerance = other.tolerance
    takesUnverifiedVersions = other.takesUnverifiedVersions
    guarantees = other.guarantees
    early.shares.limit = other.early.shares.limit
    held.shares.limit = other.held.shares.limit
    setAside.shares.limit = other.setAside.shares.limit
  }

  /// What is promised: all, but in simulations.
  package var guarantees: Guarantees {
    get { state.guarantees }
    set { state.guarantees = newValue }
  }

  /// The database as its readers see it now.
  public var snapshot: Snapshot {
    var snapshot = Snapshot(catalog: catalog, founder: founder, state: state, time: clock.latest)
    snapshot.open = openRequests
    if guarantees.contains(.namedDependencies) {
      snapshot.tips = (guarantees.contains(.wholeTokens) ? unseenByOwn.replicas : []) + [replica]
    }
    return snapshot
  }

  /// Takes notice of a time that another replica gave.
  mutating func observe(_ time: HybridTime) { clock.observe(time) }

  /// The last version of each origin that has been taken in.
  public var heads: [ReplicaID: Head] { state.heads }

  /// How many versions are set aside, as they rest on another branch of some replica's history.
  public var setAsideCount: Int { setAside.count }

  /// Notes that an origin's versions up to `head` have been applied, of which the last begins behind a number.
  mutating func advance(_ origin: ReplicaID, to head: Head, behind before: UInt64) {
    if origin != replica, unseenByOwn[origin] == nil {
      unseenByOwn[origin] = state.vector[origin]
    }
    state.advance(origin, to: head)
    recentEnds.append(head, behind: before, of: origin)
  }

  /// Takes notice that all versions that were applied or made are in the log.
  public mutating func noteStored() { recentEnds.removeAll() }

  /// What of other replicas our own last version had seen.
  var declared: VersionVector {
    if unseenByOwn.isEmpty { return state.vector }
    var declared = VersionVector()
    for (origin, sequence) in state.vector { declared[origin] = unseenByOwn[origin] ?? sequence }
    return declared
  }

  /// What our own next version depends on: the last version of each origin that is new since the last.
  private var news: [Dependency] {
    if !guarantees.contains(.namedDependencies) { return [] }
    return unseenByOwn.replicas.compactMap { origin in
      state.head(of: origin).map {
        Dependency(origin: origin, sequence: $0.sequence, hash: $0.hash)
      }
    }
  }

  /// How many versions wait: for others that they depend on, or for rights or roles of their origin.
  public var waitingCount: Int { early.count + held.count }

  /// How many bytes each of the rooms takes for what is not applied: of those that wait for others, for rights or roles, and
  /// of those that are set aside.
  package var roomSizes: [Int] { [early.shares.bytes, held.shares.bytes, setAside.shares.bytes] }

  /// Gives each of these rooms so many bytes at most, where they have more; nothing is to be there yet.
  package mutating func limitRooms(to bytes: Int) {
    early.shares.limit = min(early.shares.limit, bytes)
    held.shares.limit = min(held.shares.limit, bytes)
    setAside.shares.limit = min(setAside.shares.limit, bytes)
  }
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
  /// - Throws: what `body` throws; ``/MerganserModel/InvariantViolation``; ``/MerganserModel/TransactionError/needsCoordination(invariant:table:remedy:)``;
  ///   ``/MerganserModel/TimeError/clockBeyondEnd(_:end:)``.
  public mutating func transact<Value>(
    scope: Scope = .everywhere, wall: HybridTime,
    body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    try transact(clearance: Clearance(scope: scope), wall: wall, body: body)
  }

  /// Runs a transaction, and commits what it wrote, if what is known of it beforehand lets it.
  package mutating func transact<Value>(
    clearance: Clearance, wall: HybridTime, body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    try run(request: nil, clearance: clearance, wall: wall, body: body)
  }

  mutating func run<Value>(
    request: RequestID?, clearance: Clearance, wall: HybridTime,
    body: (borrowing Transaction) throws -> Value
  ) throws -> (value: Value, version: StoredVersion?) {
    if let cut = state.succession.cuts[replica] {
      throw TransactionError.identityEnded(replica, heir: cut.heir)
    }
    var clock = clock
    let time = clock.now(wall: wall)
    // Other replicas would never take it, whatever they are told to accept.
    guard tolerance.excess(of: time, wall: .zero, seen: TimeTolerance.end) == nil else {
      throw TimeError.clockBeyondEnd(time, end: TimeTolerance.end)
    }
    let author = Author(replica, nextSequence: state.vector[replica] + 1, time: time)
    let workspace = Workspace(catalog: catalog, founder: founder, base: state, author: author)
    defer { workspace.end() }
    let value = try body(Transaction(workspace))
    guard let written = try state.commit(workspace, clearance: clearance) else {
      return (value, nil)
    }
    let first = author.nextSequence
    let version = StoredVersion(
      origin: replica, sequences: first...max(first, workspace.author.nextSequence - 1),
      time: workspace.author.time,
      terms: VersionTerms(
        schema: catalog.fingerprint, plan: clearance.plan, scope: clearance.scope),
      dependencies: news, previousHash: state.head(of: replica)?.hash ?? 0, request: request,
      replicas: written.replicas,
      writes: written.rows)
    clock.observe(workspace.author.time)
    self.clock = clock
    unseenByOwn = ReplicaMap()
    advance(replica, to: version.head, behind: version.sequences.lowerBound - 1)
    uncheckpointed += version.payload.count
    if let request { try noteOpen(request) }
    return (value, version)
  }
}
