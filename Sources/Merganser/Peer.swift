public import MerganserSync
public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// Something that versions can be exchanged with: a replica, or a store that no replica has open.
public protocol Peer: Sendable {
  /// What it says of itself, now. What is not yet durable does not show in it.
  func greeting() async throws -> Greeting

  /// Compares its histories with those that go through the given versions, as far as its log and its spine
  /// know.
  func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison

  /// Reads what its log holds beyond `vector`, in batches, each version after those that it depends on.
  func versions(beyond vector: VersionVector) -> AsyncThrowingStream<[StoredVersion], any Error>

  /// Takes versions in, and returns when they are as safe as its storage makes them.
  func takeIn(_ versions: [StoredVersion]) async throws -> Database.Reception

  /// As ``takeIn(_:)-([StoredVersion])``, of a peer that is known, as it says itself.
  ///
  /// The peers share the room for what cannot be applied yet.
  func takeIn(
    _ versions: [StoredVersion], from peer: ReplicaID?
  ) async throws -> Database.Reception

  /// Hands over what it holds now, for who lacks versions that its log no longer has.
  func state() async throws -> StateStream

  /// Joins a state in, all of it or nothing, and returns when that is as safe as its storage makes it.
  func takeIn(_ state: StateStream) async throws

  /// Takes over a schema that grew from its own, and returns when that is as safe as its storage makes it.
  ///
  /// - Throws: ``MerganserDatabase/SchemaError/unknownType(table:type:)``, if it cannot keep a table's rows.
  func takeIn(_ schema: SchemaDescription) async throws

  /// Takes notice of what another peer says that it holds, now that the two have met.
  ///
  /// Only what is of the history here counts: the log is kept for a peer on another branch.
  func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head])
}

extension Peer {
  /// Takes versions in, whoever offers them.
  public func takeIn(
    _ versions: [StoredVersion], from peer: ReplicaID?
  ) async throws -> Database.Reception {
    try await takeIn(versions)
  }

  /// Does nothing.
  public func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head]) {}
}

/// What a meeting of two peers came to.
public struct MeetingReport: Hashable, Sendable {
  /// How many versions went from the second to the first.
  public var received = 0
  /// How many versions went from the first to the second.
  public var sent = 0
  /// Whether the second handed its state over to the first, as its log no longer had all that was lacking.
  public var receivedState = false
  /// Whether the first handed its state over to the second.
  public var sentState = false
  /// What was not taken in, and why; the first ``limit`` of these.
  public var refused: [ReplicationError] = []
  /// How much more was not taken in.
  public var furtherRefusals = 0
  /// What keeps the two from becoming equal, however often they meet, of what is listed.
  public var partings: [Parting] = []
  /// How many versions were set aside, as they rest on another branch of some replica's history.
  public var setAside = 0
  /// How many dependencies of versions that were taken in could not be verified by their hashes, and how many
  /// histories could not be compared, as neither a log nor its spine reaches that far back.
  public var unverified = 0

  /// How many refusals are listed: a peer that offers nonsense for ever fills no memory.
  public static let limit = 1000

  /// The report of a meeting in which nothing was exchanged.
  public init() {}
}

/// Lets two peers exchange what either lacks, until both hold what either held when they met.
///
/// Where the schema of one grew from the other's, the other takes it over first, and from then on keeps
/// the tables that it does not have in code, and hands them on.
///
/// - Parameters:
///   - first: one of them.
///   - second: the other.
///   - removals: how many rows a state may remove that one of the two is handed, as the user has accepted
///     (``MerganserDatabase/ReplicationError/removesRows(_:)``).
/// - Returns: what came of it.
/// - Throws: ``MerganserDatabase/ReplicationError``, if they cannot meet, or one cannot read what the
///   other wrote (``MerganserDatabase/ReplicationError/unreadable(origin:sequence:row:)``), or does not adopt the
///   other's state;
///   ``MerganserDatabase/SchemaError``, if one cannot keep what the other has; what their storages
///   throw. What was exchanged until then stays.
public func meet(
  _ first: some Peer, _ second: some Peer, acceptingRemovals removals: Int = 0
) async throws -> MeetingReport {
  let peers: [any Peer] = [first, second]
  let greetings = [try await first.greeting(), try await second.greeting()]
  for greeting in greetings { try greeting.check() }
  let comparisons = [
    try await first.comparison(with: greetings[1].heads),
    try await second.comparison(with: greetings[0].heads),
  ]
  if let fork = comparisons.lazy.compactMap(\.fork).first { throw fork }
  var sides = greetings.map { Meeting(greeting: $0) }
  var report = MeetingReport()
  report.unverified = comparisons.reduce(0) { $0 + $1.unknown.count }
  // What each side holds: what it said, and what it has taken in since.
  var held = greetings.map(\.heads)
  // What each side is to do, in the order in which it was said.
  var open = sides.indices.flatMap { side in sides[side].start().map { (side, $0) } }
  while !open.isEmpty {
    let (side, directive) = open.removeFirst()
    let other = 1 - side
    switch directive {
    case .send(let message):
      var answers = try sides[other].receive(message)
      // Before anything comes that it is needed for.
      if case .takeInSchema(let schema)? = answers.first {
        try await peers[other].takeIn(schema)
        answers.removeFirst()
      }
      open += answers.map { (other, $0) }
    case .sendVersions(let vector):
      do {
        for try await batch in peers[side].versions(beyond: vector) {
          for case .takeIn(let versions) in try sides[other].receive(.versions(batch)) {
            let reception = try await peers[other].takeIn(
              versions, from: greetings[side].replica)
            report.note(
              reception, of: greetings[side].replica, at: greetings[other].replica,
              firstReceives: other == 0)
            for version in reception.applied { held[other][version.origin] = version.head }
          }
        }
        open.append((side, .send(.end)))
      } catch StorageError.truncated {
        // The log was truncated after the greeting; the state has what it lacks now.
        open.insert((side, .sendState), at: 0)
      }
    case .sendState:
      var state = try await peers[side].state()
      (state.sender, state.acceptedRemovals) = (greetings[side].replica, removals)
      _ = try sides[other].receive(.state(state.header))
      try await peers[other].takeIn(state)
      held[other].merge(state.header.heads) { $0.sequence < $1.sequence ? $1 : $0 }
      if other == 0 { report.receivedState = true } else { report.sentState = true }
      open.append((side, .send(.end)))
    case .takeIn(let versions):
      report.note(
        try await peers[side].takeIn(versions, from: greetings[other].replica),
        of: greetings[other].replica, at: greetings[side].replica, firstReceives: side == 0)
    case .takeInSchema, .takeInState, .takeInRows: break
    case .finish: break
    }
  }
  first.note(greetings[1].replica, holds: held[1])
  second.note(greetings[0].replica, holds: held[0])
  try report.refused.throwIfPeersPart()
  return report
}

extension [ReplicationError] {
  /// Throws the first that keeps two peers from becoming equal, however often they meet.
  ///
  /// One cannot read what the other wrote. It must not be overlooked in a list.
  func throwIfPeersPart() throws(ReplicationError) {
    for error in self {
      if case .unreadable = error { throw error }
    }
  }
}

extension MeetingReport {
  /// Notes what became of versions that `sender` holds at `receiver`.
  mutating func note(
    _ reception: Database.Reception, of sender: ReplicaID, at receiver: ReplicaID,
    firstReceives: Bool
  ) {
    if firstReceives {
      received += reception.applied.count
    } else {
      sent += reception.applied.count
    }
    let room = max(0, Self.limit - refused.count)
    refused += reception.refused.prefix(room)
    for reason in reception.refused.prefix(room) where reason.isForGood {
      partings.append(Parting(holder: sender, refuser: receiver, reason: reason))
    }
    furtherRefusals += max(0, reception.refused.count - room) + reception.furtherRefusals
    setAside += reception.setAside.count
    unverified += reception.unverified
  }
}
