package import MerganserSync
package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What can be synced: a replica, or a store that no replica has open.
package protocol Peer: Sendable {
  /// What it says of itself, now. What is not yet durable does not show in it.
  func greeting() async throws -> Greeting

  /// Compares its histories with those that go through the given versions, as far as its log and its spine
  /// know.
  func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison

  /// Reads what its log holds beyond `vector`, in batches, each version after those that it depends on.
  func versions(beyond vector: VersionVector) -> AsyncThrowingStream<[StoredVersion], any Error>

  /// Takes versions in, and returns when they are as safe as its storage makes them.
  func apply(_ versions: [StoredVersion]) async throws -> Database.Reception

  /// As ``apply(_:)-([StoredVersion])``, of a peer that is known, as it says itself.
  ///
  /// The peers share the room for what cannot be applied yet.
  func apply(
    _ versions: [StoredVersion], of meeting: Meeting
  ) async throws -> Database.Reception

  /// Hands over what it holds now, for who lacks versions that its log no longer has.
  func state() async throws -> StateStream

  /// Joins a state in, all of it or nothing, and returns when that is as safe as its storage makes it.
  func adopt(_ state: StateStream) async throws

  /// Takes over a schema that grew from its own, and returns when that is as safe as its storage makes it.
  ///
  /// - Throws: ``/MerganserModel/SchemaError/unknownType(table:type:)``, if it cannot keep a table's rows.
  func grow(to schema: SchemaDescription) async throws

  /// The last version of each origin that is as safe as its storage makes it.
  func heads() async throws -> [ReplicaID: Head]

  /// Takes notice of what another peer says that it holds, now that the two have met.
  ///
  /// Only what is of the history here counts: the log is kept for a peer on another branch.
  func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head])

  /// What tells its schema apart now.
  var fingerprint: UInt64 { get }

  /// Calls `body` whenever there may be versions or a schema that were not there before, and once at the beginning; returns
  /// when it is closed, or the task is cancelled.
  func forEachNews(_ body: @Sendable () -> Void) async
}

extension Peer {
  /// Takes versions in, whoever offers them.
  package func apply(
    _ versions: [StoredVersion], of meeting: Meeting
  ) async throws -> Database.Reception {
    try await apply(versions)
  }

  /// As its greeting has them.
  package func heads() async throws -> [ReplicaID: Head] { try await greeting().heads }

  /// Does nothing.
  package func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head]) {}

  /// Its schema stays as it is.
  package var fingerprint: UInt64 { 0 }

  /// There is never anything new.
  package func forEachNews(_ body: @Sendable () -> Void) async {}
}

/// Lets two peers exchange what either lacks, until both hold what either held when they began.
///
/// Each is one side of a sync, and a pipe lies between them. Where the schema of one grew from the other's, the
/// other takes it over first, and from then on keeps the tables that it does not have in code, and hands them on.
///
/// - Parameters:
///   - first: one of them.
///   - second: the other.
///   - removals: how many rows a state may remove that one of the two is handed, as the user has accepted
///     (``/MerganserModel/ReplicationError/removesRows(_:)``).
///   - faults: what the pipe does to what is sent.
///   - silence: how long a side waits that hears nothing, where something can be lost.
/// - Returns: what came of it.
/// - Throws: ``/MerganserModel/ReplicationError``, if they cannot sync, or one cannot read what the
///   other wrote (``/MerganserModel/ReplicationError/unreadable(origin:sequence:row:)``), or does not adopt the
///   other's state;
///   ``/MerganserModel/SchemaError``, if one cannot keep what the other has; what their storages
///   throw; ``/MerganserSync/SyncError``. What was exchanged until then stays.
package func sync(
  _ first: some Peer, with second: some Peer, acceptingRemovals removals: Int = 0,
  faults: LocalPipe.Faults? = nil, silence: Duration = .seconds(86_400)
) async throws -> SyncReport {
  // What came by others meanwhile is compared when the two meet again.
  for _ in 1..<mostMeetings {
    do {
      return try await meet(
        first, with: second, acceptingRemovals: removals, faults: faults, silence: silence)
    } catch ReplicationError.notCompared {}
  }
  return try await meet(
    first, with: second, acceptingRemovals: removals, faults: faults, silence: silence)
}

/// How often two replicas meet in one sync, where others bring something to them each time.
private let mostMeetings = 16

private func meet(
  _ first: some Peer, with second: some Peer, acceptingRemovals removals: Int,
  faults: LocalPipe.Faults?, silence: Duration
) async throws -> SyncReport {
  let (here, there) = LocalPipe.ends(faults: faults)
  // Both sides are of this process: neither has to find out whether the other is there, nor does its memory grow by
  // what the other sends.
  var limits = SyncLimits()
  limits.messageSize = StatePart.maximumSize
  limits.silence = silence
  limits.work = .seconds(86_400)
  let sides: [any Peer] = [first, second]
  let exchanges = zip(sides, [here, there]).map { [limits] side, end in
    Exchange(peer: side, transport: end, limits: limits, acceptedRemovals: removals)
  }
  async let answer = Result(catching: exchanges[1].run)
  let results = [await Result(catching: exchanges[0].run), await answer]
  let errors = results.compactMap { if case .failure(let error) = $0 { error } else { nil } }
  if let error = errors.first(where: \.isFork) ?? errors.first(where: { !$0.isEcho })
    ?? errors.first
  {
    throw error
  }
  let both = try results.map { try $0.get() }
  let report = SyncReport(
    (both[0].replica, both[0].result.intake), second: (both[1].replica, both[1].result.intake))
  try report.refused.throwIfPeersPart()
  return report
}

extension Error {
  /// Whether it says where a history parts, of which the other side may know less.
  fileprivate var isFork: Bool {
    if case .forkedHistory? = self as? ReplicationError { true } else { false }
  }

  /// Whether it only tells that the other side has ended the sync, for a reason of its own.
  fileprivate var isEcho: Bool { (self as? SyncError)?.isEcho == true }
}

extension Result where Failure == any Error {
  /// What an asynchronous function returns or throws.
  init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
