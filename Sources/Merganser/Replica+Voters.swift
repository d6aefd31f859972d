import MerganserDatabase
import MerganserModel
public import MerganserTypes

/// Who orders, as a replica knows it.
public struct OrderStatus: Hashable, Sendable {
  /// Where the order stands.
  public enum Standing: Hashable, Sendable {
    /// This replica is the primary, and runs what is submitted.
    case primary
    /// It has proposed what runs next, and these voters have not accepted that; of all voters a majority is needed.
    case waitsForVotes(of: [ReplicaID])
    /// It asks to be the primary, and these voters have not agreed; of all voters a majority is needed.
    case waitsForPromises(of: [ReplicaID])
    /// Another replica is the primary, as far as is known here.
    case follows(ReplicaID)
  }

  /// The primary, as far as is known here.
  public var primary: ReplicaID
  /// The replicas of which a majority chooses, in order.
  public var voters: [ReplicaID]
  /// Where this replica stands.
  public var standing: Standing
}

// The voters of an order, of whom a majority is needed.
extension Replica {
  /// Who orders, and by whose votes.
  ///
  /// A database begins with one voter, its founder: what that commits is as durable as its disk, and where it is lost, an
  /// operator has another one go on (``succeed(_:)``). With three voters the order goes on where one of them is lost or cut off, with five
  /// where two are.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  public func orderStatus() async throws -> OrderStatus {
    try await ValueJob { database, _ in
      let view = try database.orderView()
      let standing = try database.isSolePrimary ? .primary : view.status
      let primary =
        switch standing {
        case .primary, .waitsForVotes: database.replica
        case .waitsForPromises: view.applied.inOffice
        case .follows(let other): other
        }
      return OrderStatus(
        primary: primary, voters: view.applied.voters.members.sorted(), standing: standing)
    }.done(by: writer)
  }

  /// Has the order chosen by other voters: those before choose the change, and these all that comes behind it.
  ///
  /// Voters are replicas with stores on disk: a vote has to outlive its process. A store that was copied or restored has another
  /// identity, and is no voter before it is named.
  ///
  /// ```swift
  /// try await lisbon.changeVoters(to: [lisbon.id, porto.id, faro.id], within: .seconds(10))
  /// ```
  ///
  /// - Parameters:
  ///   - voters: an odd number, best: of four a majority is three, so that no more can be lost than of three.
  ///   - limit: how long to wait until it is chosen. It may be chosen later.
  /// - Throws: ``/MerganserModel/OrderError/notPrimary(_:primary:)``; ``/MerganserModel/OrderError/invalidVoters(reason:)``;
  ///   ``/MerganserModel/OrderError/notChosen(waitingFor:)``; ``/MerganserModel/StorageError``; `CancellationError`.
  public func changeVoters(to voters: Set<ReplicaID>, within limit: Duration) async throws {
    guard !voters.isEmpty else { throw OrderError.invalidVoters(reason: "there are none") }
    guard voters.count <= OrderVoters.maximumCount else {
      throw OrderError.invalidVoters(
        reason: "there are \(voters.count), and at most \(OrderVoters.maximumCount) may be")
    }
    let known = snapshot.vector
    if let unknown = voters.first(where: { $0 != id && known[$0] == 0 }) {
      throw OrderError.invalidVoters(
        reason:
          "nothing that \(unknown.shortDescription) wrote is known here; have it write, and sync with it"
      )
    }
    if let ended = voters.sorted().first(where: hasEnded) {
      throw OrderError.invalidVoters(
        reason: "\(ended.shortDescription) has ended, and votes no more; name another replica")
    }
    let next = OrderVoters(voters)
    let successor = voters.contains(id) ? nil : voters.min()
    try await change(Ordering.Change(voters: next, successor: successor), within: limit) {
      $0.voters == next
    }
  }

  /// Hands the office of the primary to another voter.
  ///
  /// - Parameters:
  ///   - voter: the next primary. It takes the office once it has met this replica.
  ///   - limit: how long to wait until that is chosen.
  /// - Throws: ``/MerganserModel/OrderError/notPrimary(_:primary:)``; ``/MerganserModel/OrderError/noVoter(_:)``;
  ///   ``/MerganserModel/OrderError/invalidVoters(reason:)``; ``/MerganserModel/OrderError/notChosen(waitingFor:)``;
  ///   ``/MerganserModel/StorageError``; `CancellationError`.
  public func handOver(to voter: ReplicaID, within limit: Duration) async throws {
    guard try await orderStatus().voters.contains(voter) else { throw OrderError.noVoter(voter) }
    if voter == id { return }
    if hasEnded(voter) {
      throw OrderError.invalidVoters(
        reason:
          "\(voter.shortDescription) has ended, and takes no office; hand it to another voter")
    }
    try await change(Ordering.Change(successor: voter), within: limit) {
      $0.successor == voter || $0.primary == voter
    }
  }

  /// Takes the office of the primary, where the last one is lost or cut off.
  ///
  /// This replica asks the other voters, and is the primary once a majority has agreed, which takes two meetings with each. What the
  /// last one has proposed and a majority may have accepted is proposed again first, so that nothing is lost that was chosen.
  ///
  /// - Parameter limit: how long to wait until it is the primary; it may still become it later.
  /// - Throws: ``/MerganserModel/OrderError/noVoter(_:)``; ``/MerganserModel/OrderError/notChosen(waitingFor:)``;
  ///   ``/MerganserModel/StorageError``; `CancellationError`.
  public func takeOver(within limit: Duration) async throws {
    let wall = wall
    let isPrimary = try await ValueJob { database, versions in
      if try database.isSolePrimary { return true }
      versions += try database.campaign(wall: wall())
      return false
    }.done(by: writer)
    if isPrimary { return }
    try await wait(within: limit) { $0.isInOffice }
  }

  /// Ends an order of which a majority of voters is lost for good: this replica is the only voter and the primary from then on.
  ///
  /// What was chosen and is not here is lost; whoever holds it cannot sync with this replica any more, until it is healed. So sync with
  /// all that are left before. Whoever ends it, a voter or not, ends it for all: two replicas that do so apart each go on with an
  /// order of their own, in which one request can commit twice, and cannot sync before one of them is healed. Where the founder has ordered alone, end its identity (``succeed(_:)``).
  ///
  /// - Throws: ``/MerganserDatabase/SuccessionError``; ``/MerganserModel/OrderError/notPrimary(_:primary:)``, if nobody has ever voted;
  ///   ``/MerganserModel/StorageError``.
  public func endOrder() async throws {
    let wall = wall
    try await ValueJob { database, versions in
      versions += try database.endOrder(wall: wall())
    }.done(by: writer)
  }

  /// Whether an identity has ended, as far as is known here.
  private func hasEnded(_ identity: ReplicaID) -> Bool {
    snapshot.state.succession.cuts[identity] != nil
  }

  private func change(
    _ change: Ordering.Change, within limit: Duration,
    until isDone: @escaping @Sendable (OrderState) -> Bool
  ) async throws {
    let wall = wall
    let ordering = writer.ordering
    try await ValueJob { database, versions in
      versions += try database.beginChange(wall: wall())
      ordering.change.withLock { $0 = change }
    }.done(by: writer)
    do {
      try await wait(within: limit) { isDone($0.applied) }
    } catch {
      ordering.change.withLock { if $0 == change { $0 = nil } }
      throw error
    }
  }

  /// Waits until something holds of the order.
  private func wait(
    within limit: Duration, until isDone: @escaping @Sendable (OrderView) -> Bool
  ) async throws {
    let writer = writer
    let snapshots = writer.snapshots()
    @Sendable func view() async throws -> OrderView {
      try await ValueJob { database, _ in try database.orderView() }.done(by: writer)
    }
    let isReached = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        for await _ in snapshots {
          if isDone(try await view()) { return true }
        }
        return false
      }
      group.addTask {
        try await Task.sleep(atMost: limit)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
    if isReached { return }
    try Task.checkCancellation()
    switch try await view().status {
    case .waitsForVotes(let voters), .waitsForPromises(let voters):
      throw OrderError.notChosen(waitingFor: voters)
    case .primary, .follows: throw OrderError.notChosen(waitingFor: [])
    }
  }
}

extension OrderView {
  /// Where this replica stands, as it is told.
  fileprivate var status: OrderStatus.Standing {
    switch standing {
    case .mayPropose, .mustRepeat: .primary
    case .waitsForVotes(let voters): .waitsForVotes(of: voters.sorted())
    case .waitsForPromises(let voters): .waitsForPromises(of: voters.sorted())
    case .notPrimary(let primary): .follows(primary)
    case .superseded(let epoch): .follows(epoch.candidate)
    case .handedOver(let successor): .follows(successor)
    case .behind: .follows(applied.inOffice)
    }
  }
}
