public import MerganserCoordination
public import MerganserDatabase
public import MerganserTypes

/// Something that versions can be exchanged with: a replica, or a store that no replica has open.
public protocol Peer: Sendable {
  /// What it says of itself, now. What is not yet durable does not show in it.
  func greeting() async throws -> Greeting

  /// Reads what its log holds beyond `vector`, in batches, each version after those that it depends on.
  func versions(beyond vector: VersionVector) -> AsyncThrowingStream<[StoredVersion], any Error>

  /// Takes versions in, and returns when they are as safe as its storage makes them.
  func takeIn(_ versions: [StoredVersion]) async throws -> Database.Reception
}

/// What a meeting of two peers came to.
public struct MeetingReport: Hashable, Sendable {
  /// How many versions went from the second to the first.
  public var received = 0
  /// How many versions went from the first to the second.
  public var sent = 0
  /// What was not taken in, and why.
  public var refused: [ReplicationError] = []

  /// The report of a meeting in which nothing was exchanged.
  public init() {}
}

/// Lets two peers exchange what either lacks, until both hold what either held when they met.
///
/// - Throws: ``MerganserDatabase/ReplicationError``, if they cannot meet; what their storages throw. What
///   was exchanged until then stays.
public func meet(_ first: some Peer, _ second: some Peer) async throws -> MeetingReport {
  let peers: [any Peer] = [first, second]
  var sides = [
    Meeting(greeting: try await first.greeting()), Meeting(greeting: try await second.greeting()),
  ]
  var report = MeetingReport()
  // What each side is to do, in the order in which it was said.
  var open = sides.indices.flatMap { side in sides[side].start().map { (side, $0) } }
  while !open.isEmpty {
    let (side, directive) = open.removeFirst()
    let other = 1 - side
    switch directive {
    case .send(let message):
      open += try sides[other].receive(message).map { (other, $0) }
    case .sendVersions(let vector):
      for try await batch in peers[side].versions(beyond: vector) {
        for case .takeIn(let versions) in try sides[other].receive(.versions(batch)) {
          let reception = try await peers[other].takeIn(versions)
          report.note(reception, firstReceives: other == 0)
        }
      }
      open.append((side, .send(.end)))
    case .takeIn(let versions):
      report.note(try await peers[side].takeIn(versions), firstReceives: side == 0)
    case .finish: break
    }
  }
  report.refused += sides[0].forks
  return report
}

extension MeetingReport {
  mutating func note(_ reception: Database.Reception, firstReceives: Bool) {
    if firstReceives {
      received += reception.applied.count
    } else {
      sent += reception.applied.count
    }
    refused += reception.refused
  }
}
