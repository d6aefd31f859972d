import MerganserDatabase
import MerganserModel
import MerganserSync
import MerganserTypes
import Synchronization

/// Drives one side of a sync, or of a link: it carries out what the machine says, and tells it what happened.
struct Exchange: Sendable {
  let peer: any Peer
  let transport: any Transport
  let limits: SyncLimits
  /// How many rows a state may remove that the peer is handed.
  let acceptedRemovals: Int
  /// What is done with a link; `nil` for a sync.
  var link: LinkControl?

  /// Syncs until both sides hold what either held.
  ///
  /// - Returns: who this side is, and what came of it.
  /// - Throws: what ended the sync. What was exchanged until then stays.
  func run() async throws -> (replica: ReplicaID, result: SyncMachine.Result) {
    let hands = Hands(peer: peer, acceptedRemovals: acceptedRemovals, isLink: link != nil)
    let greeting: Greeting
    do {
      greeting = try await hands.greeting()
      try greeting.check()
    } catch {
      await transport.close()
      throw error
    }
    let (events, sink) = AsyncStream.makeStream(of: SyncMachine.Event.self)
    link?.begin { sink.yield(.drain) }
    let start = ContinuousClock.now
    let alarm = Alarm(from: start) { sink.yield(.time) }
    let result = await withDiscardingTaskGroup { group in
      if link != nil {
        group.addTask {
          await hands.peer.forEachNews { hands.wake() }
          hands.endNews()
        }
      }
      var machine = SyncMachine(limits: limits, isLink: link != nil)
      var event: SyncMachine.Event? = .began(greeting)
      var coming = events.makeAsyncIterator()
      var result: Result<SyncMachine.Result, any Error>?
      while let happened = event, result == nil {
        for directive in machine.step(happened, at: ContinuousClock.now - start) {
          switch directive {
          case .finish(let finished): result = .success(finished)
          case .fail(let error): result = .failure(error)
          case .greeted(let replica):
            do { try link?.greet(replica) } catch { sink.yield(.failed(error)) }
          case .note(let replica, let heads):
            peer.note(replica, holds: heads)
            link?.note(heads)
          case .met(let result):
            do { try link?.note(result, isMeeting: true) } catch { sink.yield(.failed(error)) }
          case .report(let result):
            do { try link?.note(result, isMeeting: false) } catch { sink.yield(.failed(error)) }
          case .stopWatching: hands.stopWatching()
          case .send(let bytes):
            group.addTask { [transport] in
              do {
                try await transport.send(bytes)
                sink.yield(.sent)
              } catch { sink.yield(.unsent(error)) }
            }
          case .receive:
            group.addTask { [transport] in
              do {
                sink.yield(try await transport.receive().map { .received($0) } ?? .ended)
              } catch { sink.yield(.disconnected(error)) }
            }
          default:
            group.addTask { await sink.yield(hands.event(carryingOut: directive)) }
          }
        }
        if result == nil {
          alarm.set(to: machine.deadline)
          event = await coming.next()
        }
      }
      alarm.set(to: nil)
      // Who waits in the transport waits no more; a state that has not come as a whole is dropped.
      await transport.close()
      await hands.drop()
      group.cancelAll()
      return result ?? .failure(CancellationError())
    }
    return (greeting.replica, try result.get())
  }
}

/// Carries out what a machine says about the replica.
///
/// Reading is asked for one directive at a time, and so is work on what came.
private final class Hands: @unchecked Sendable {
  let peer: any Peer
  private let acceptedRemovals: Int
  private let isLink: Bool
  /// What is being read for the other side.
  private var versions: AsyncThrowingStream<[StoredVersion], any Error>.Iterator?
  private var parts: StateStream.Iterator?
  /// The state that is being received, which is dropped by whoever ends the sync.
  private let handover = Mutex<StateHandover?>(nil)
  /// What tells the schema apart that the other side was last told.
  private let fingerprint = Mutex<UInt64?>(nil)
  /// Told whenever there may be something new, or nothing is to be waited for.
  private let (wakes, waker) = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let isStopping = Mutex(false)

  init(peer: any Peer, acceptedRemovals: Int, isLink: Bool) {
    self.peer = peer
    self.isLink = isLink
    self.acceptedRemovals = acceptedRemovals
  }

  func event(carryingOut directive: SyncMachine.Directive) async -> SyncMachine.Event {
    do {
      return try await carryOut(directive)
    } catch {
      // What reads versions goes on with the state; work that fails is no reading.
      switch (directive, error) {
      case (.readVersions, StorageError.truncated), (.readOn, StorageError.truncated):
        return .truncated
      default: return .failed(error)
      }
    }
  }

  private func carryOut(_ directive: SyncMachine.Directive) async throws -> SyncMachine.Event {
    switch directive {
    case .compare(let heads): return .compared(try await peer.comparison(with: heads))
    case .grow(let schema):
      try await peer.grow(to: schema)
      return .done
    case .apply(let versions, let meeting):
      return .applied(try await peer.apply(versions, of: meeting))
    case .receiveState(let header, let meeting):
      let next = StateHandover(
        of: header, by: meeting, acceptingRemovals: acceptedRemovals, to: peer)
      handover.withLock { $0 = next }
      return .done
    case .receiveRows(let part):
      try await handover.withLock { $0 }?.put(part)
      return .done
    case .adoptState:
      try await handover.withLock { $0 }?.finish()
      return .done
    case .readVersions(let vector):
      parts = nil
      versions = peer.versions(beyond: vector).makeAsyncIterator()
      return try await readOn()
    case .readState:
      let state = try await peer.state()
      // Who grows while the two greet each other hands over what the other side does not know.
      if isLink, isOutdated { return .outdated }
      versions = nil
      parts = StateStream.Iterator(state)
      return .read(.state(state.header))
    case .readOn: return try await readOn()
    case .greet: return .began(try await greeting())
    case .watch(let vector, let told, let waits):
      return .found(try await watch(beyond: vector, told: told, waits: waits))
    case .send, .receive, .greeted, .note, .met, .report, .stopWatching, .finish, .fail:
      return .time
    }
  }

  /// What the replica says of itself.
  func greeting() async throws -> Greeting {
    // Before the greeting: growth in between only has the two sides meet once more.
    let now = peer.fingerprint
    fingerprint.withLock { $0 = now }
    return try await peer.greeting()
  }

  /// Whether the schema has grown since the other side was told it.
  private var isOutdated: Bool { peer.fingerprint != fingerprint.withLock { $0 } }

  /// Looks for versions beyond a vector, and for what is stored beyond another.
  private func watch(
    beyond vector: VersionVector, told: VersionVector, waits: Bool
  ) async throws -> SyncMachine.News {
    var wakes = wakes.makeAsyncIterator()
    while true {
      if isOutdated { return .outdated }
      let isLast = !waits || isStopping.withLock { $0 }
      do {
        var found = peer.versions(beyond: vector).makeAsyncIterator()
        if let versions = try await found.next() { return .versions(versions) }
      } catch StorageError.truncated {
        return .outdated
      }
      if isLast { return .nothing }
      let stored = try await peer.heads().filter { $1.sequence > told[$0] }
      if !stored.isEmpty { return .stored(stored) }
      if await wakes.next() == nil { return .nothing }
    }
  }

  /// Tells that there may be something new.
  func wake() { waker.yield() }

  /// Tells that there is nothing new any more.
  func endNews() { waker.finish() }

  /// Has nothing be waited for any more.
  func stopWatching() {
    isStopping.withLock { $0 = true }
    waker.yield()
  }

  private func readOn() async throws -> SyncMachine.Event {
    if let parts { return try await parts.next().map { .read(.rows($0)) } ?? .readAll }
    return try await versions?.next().map { .read(.versions($0)) } ?? .readAll
  }

  /// Drops the state that is being received, unless it has come as a whole.
  func drop() async { await handover.withLock { $0 }?.drop() }
}
