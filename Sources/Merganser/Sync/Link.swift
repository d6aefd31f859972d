import MerganserDatabase
import MerganserModel
public import MerganserSync
public import MerganserTypes

/// A connection by which two replicas stay in sync: what becomes durable at one goes to the other, until the link ends.
///
/// ```swift
/// let link = replica.link(over: socket)
/// try await link.run()
/// ```
///
/// Both sides first exchange what either lacks, as in a sync. From then on versions go to the other side as they become durable,
/// also those that came from other replicas, but for those that it is known to hold. A side that is slow
/// bounds what is sent to it (``/MerganserSync/SyncLimits/window``), and is behind; nothing grows. Now and then
/// (``/MerganserSync/SyncLimits/meeting``), and whenever it is necessary, both compare anew all that they hold. So a state is
/// handed over, and a schema grows, without another connection.
///
/// A replica may have any number of links and syncs at a time.
public final class Link: Sendable {
  /// How a link ends that does not fail.
  public enum End: Hashable, Sendable {
    /// One of the two sides drained, and each has sent all that it had.
    case drained
    /// The other side only syncs; both hold what either held.
    case synced
  }

  private let linked: any Peer
  private let exchange: Exchange
  private let control: LinkControl
  private let failure: @Sendable (any Error) -> Void

  /// A link that has not begun.
  ///
  /// - Parameters:
  ///   - peer: what is linked.
  ///   - transport: what carries the bytes.
  ///   - limits: how much is taken at a time, and how long the other side may stall.
  ///   - removals: how many rows a state may remove.
  ///   - replica: the identity of `peer`.
  ///   - telling: is told what came and went since it was told last, whenever both sides hold what either held, and in between.
  ///   - greeting: is told who the other side says it is, before anything of it is taken, and throws what ends the link.
  ///   - failure: is told what has ended the link.
  init(
    of peer: any Peer, over transport: any Transport, limits: SyncLimits,
    acceptingRemovals removals: Int, as replica: ReplicaID,
    telling: @escaping @Sendable (SyncReport, _ isMeeting: Bool) -> Void,
    greeting: @escaping @Sendable (ReplicaID) throws -> Void,
    failure: @escaping @Sendable (any Error) -> Void = { _ in }
  ) {
    linked = peer
    control = LinkControl(of: replica, telling: telling, greeting: greeting)
    exchange = Exchange(
      peer: peer, transport: transport, limits: limits, acceptedRemovals: removals, link: control)
    self.failure = failure
  }

  /// Keeps both sides in sync until the link ends; it runs once.
  ///
  /// Where its task is cancelled, the connection is closed at once. What was exchanged until then stays.
  ///
  /// - Returns: how it ended.
  /// - Throws: ``/MerganserSync/SyncError``; ``/MerganserModel/ReplicationError``, if the two cannot sync;
  ///   ``/MerganserModel/SchemaError``; ``/MerganserModel/StorageError``; what the transport throws.
  @discardableResult
  public func run() async throws -> End {
    guard control.take() else { throw SyncError.inUse }
    do {
      let (_, result) = try await exchange.run()
      guard result.isLinked else {
        try control.note(result, isMeeting: true)
        return .synced
      }
      return .drained
    } catch {
      failure(error)
      throw error
    }
  }

  /// What came and went by the link until now: also what was refused on either side, and why.
  ///
  /// What is refused is told at once, here and at the other side (``ReplicaEvent/linked(_:)``). A link lists as many refusals as a sync
  /// does, and after ``/MerganserSync/SyncLimits/meeting`` as many again; what more there is it counts.
  public var report: SyncReport { control.report }

  /// Who the other side says it is; `nil` before it has said so.
  ///
  /// What proves it is the transport's (``Replica/link(over:limits:acceptingRemovals:greeting:)``).
  public var peer: ReplicaID? { control.peer }

  /// How many numbers of versions are durable here that the other side has not said it has stored: how far it is behind.
  ///
  /// A number counts a dot, of which a version has one or more. A side that has greeted and lacks nothing has a lag of 0.
  ///
  /// - Complexity: O(*n*) for *n* origins.
  /// - Returns: how many there are; `nil` before the two sides have met.
  /// - Throws: ``/MerganserModel/StorageError``.
  public func lag() async throws -> UInt64? {
    guard let held = control.heads else { return nil }
    return try await linked.heads().reduce(0) { lag, head in
      let known = held[head.key]?.sequence ?? 0
      return lag.adding(atMost: head.value.sequence - min(head.value.sequence, known))
    }
  }

  /// Has the link end once what is durable here was sent, and what the other side had to send has come.
  ///
  /// It returns at once, and may be called before the link runs, and more than once.
  public func drain() { control.drain() }
}

extension Replica {
  /// A link with whoever links at the other end of a transport; ``Link/run()`` begins it.
  ///
  /// A transport does not prove who is at its other end: a member of the database is trusted with what it hands
  /// over, so let nobody connect who is none.
  ///
  /// - Parameters:
  ///   - transport: the transport, which is closed at the end.
  ///   - limits: how much is taken at a time, and how long the other side may stall.
  ///   - removals: how many rows a state may remove that is handed over here.
  ///   - greeting: is told who the other side says it is, before anything of it is taken; what it throws ends the link, and the
  ///     other side is told.
  /// - Returns: the link, which has not begun.
  public func link(
    over transport: some Transport, limits: SyncLimits = SyncLimits(),
    acceptingRemovals removals: Int = 0,
    greeting: @escaping @Sendable (ReplicaID) throws -> Void = { _ in }
  ) -> Link {
    Link(
      of: self, over: transport, limits: limits, acceptingRemovals: removals, as: id,
      telling: { [observers = writer.observers] report, isMeeting in
        observers.tell(isMeeting ? .synced(report) : .linked(report))
      },
      greeting: greeting,
      failure: { [observers = writer.observers] error in observers.tell(.syncFailed(error)) })
  }
}

extension StorePeer {
  /// A link with whoever links at the other end of a transport, as of a replica: a relay, which stores and hands on what
  /// comes without having any program's types.
  ///
  /// - Parameters:
  ///   - transport: the transport, which is closed at the end.
  ///   - limits: how much is taken at a time, and how long the other side may stall.
  ///   - removals: how many rows a state may remove that is handed over here.
  ///   - meeting: is told what came and went whenever both sides hold what either held.
  ///   - passing: is told what came and went in between, at once where something was refused.
  ///   - greeting: is told who the other side says it is, before anything of it is taken; what it throws ends the link, and the
  ///     other side is told.
  /// - Returns: the link, which has not begun.
  public func link(
    over transport: some Transport, limits: SyncLimits = SyncLimits(),
    acceptingRemovals removals: Int = 0,
    meeting: @escaping @Sendable (SyncReport) -> Void = { _ in },
    passing: @escaping @Sendable (SyncReport) -> Void = { _ in },
    greeting: @escaping @Sendable (ReplicaID) throws -> Void = { _ in }
  ) -> Link {
    Link(
      of: self, over: transport, limits: limits, acceptingRemovals: removals, as: replica,
      telling: { report, isMeeting in isMeeting ? meeting(report) : passing(report) },
      greeting: greeting)
  }
}
