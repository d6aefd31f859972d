#if Network
  import Foundation
  import Merganser
  import MerganserTypes
  import Synchronization

  /// The connections of a listener or a connector.
  final class PeerTable: Sendable {
    /// A connection that stands.
    struct Standing {
      var transport: ChannelTransport
      var certified: CertifiedPeer
      var isGreeted = false
      var link: Link?
      var watched: WatchedTransport?
    }

    private struct Entry {
      var peer: NetworkPeer
      var standing: Standing?
      /// Ends the time for which nothing is tried.
      var wake: (@Sendable () -> Void)?
    }

    private struct State {
      var count = 0
      var entries: [Int: Entry] = [:]
      var status = NetworkStatus()
      var isDraining = false
    }

    /// What came and went by all connections.
    let traffic = Traffic()
    private let state = Mutex(State())
    /// Rings at each change.
    private let bell = Bell()
    /// After how long a side that takes nothing is behind.
    private static let patience = Duration.seconds(1)

    // What is told.

    /// What there is to say now.
    var status: NetworkStatus {
      state.withLock { state in
        var status = state.status
        status.receivedBytes = traffic.received.load(ordering: .relaxed)
        status.sentBytes = traffic.sent.load(ordering: .relaxed)
        status.peers = state.entries.sorted { $0.key < $1.key }.map { _, entry in
          var peer = entry.peer
          if peer.state == .linked, entry.standing?.watched?.waiting ?? .zero > Self.patience {
            peer.state = .behind
          }
          return peer
        }
        return status
      }
    }

    /// What there is to say, now and after each change; whoever is slow is told the latest.
    var changes: AsyncStream<Void> { bell.rings() }

    // What happens.

    /// Adds a side.
    func add(_ address: String, isIncoming: Bool) -> Int {
      change { state in
        state.count += 1
        state.entries[state.count] = Entry(
          peer: NetworkPeer(
            address: address, isIncoming: isIncoming, state: .connecting, since: .now))
        return state.count
      }
    }

    /// Adds a side that has connected, unless there are too many.
    func admit(_ options: NetworkOptions) -> Result<Int, NetworkError> {
      change { state in
        let greeting = state.entries.values.count { $0.peer.state == .connecting }
        let error: NetworkError? =
          state.entries.count >= options.connections
          ? .tooManyConnections(limit: options.connections)
          : greeting >= options.handshakes
            ? .tooManyHandshakes(limit: options.handshakes) : nil
        if let error {
          state.status.refused += 1
          state.status.lastError = error
          return .failure(error)
        }
        state.count += 1
        state.entries[state.count] = Entry(
          peer: NetworkPeer(address: "", isIncoming: true, state: .connecting, since: .now))
        return .success(state.count)
      }
    }

    /// Takes a side out.
    func remove(_ number: Int) { change { _ = $0.entries.removeValue(forKey: number) } }

    /// Takes notice of a connection; whether it may go on.
    func note(_ number: Int, at address: String, by connection: Connection) -> Bool {
      change { state in
        guard !state.isDraining, let entry = state.entries[number] else { return false }
        state.entries[number]?.peer = NetworkPeer(
          address: address, isIncoming: entry.peer.isIncoming, state: .connecting,
          since: entry.peer.since, lastError: entry.peer.lastError)
        state.entries[number]?.standing = Standing(
          transport: connection.transport, certified: connection.certified)
        return true
      }
    }

    /// Takes notice of a link that begins.
    func note(_ number: Int, link: Link, over watched: WatchedTransport) {
      let isDraining = change { state in
        state.entries[number]?.standing?.link = link
        state.entries[number]?.standing?.watched = watched
        return state.isDraining
      }
      if isDraining { link.drain() }
    }

    /// Takes notice of who the other side is; whether that was not known.
    func note(_ number: Int, is replica: ReplicaID) -> Bool {
      guard state.withLock({ $0.entries[number]?.standing?.isGreeted != true }) else {
        return false
      }
      return change { state in
        state.entries[number]?.standing?.isGreeted = true
        state.entries[number]?.peer.replica = replica
        state.entries[number]?.peer.state = state.isDraining ? .draining : .linked
        state.entries[number]?.peer.since = .now
        return true
      }
    }

    /// Takes notice of what has ended a connection; whether the other side had said who it is.
    @discardableResult
    func note(_ number: Int, failure error: (any Error)?) -> Bool {
      change { state in
        let hasGreeted = state.entries[number].map { $0.peer.state != .connecting } ?? false
        state.entries[number]?.standing = nil
        guard let error else { return hasGreeted }
        state.entries[number]?.peer.lastError = error
        state.status.lastError = error
        if !hasGreeted { state.status.failed += 1 }
        return hasGreeted
      }
    }

    /// Has a side be connecting, or wait.
    func note(
      _ number: Int, is next: NetworkPeer.State, wake: (@Sendable () -> Void)? = nil
    ) {
      let isDraining = change { state in
        state.entries[number]?.peer.state = next
        state.entries[number]?.peer.since = .now
        state.entries[number]?.wake = wake
        return state.isDraining
      }
      if isDraining { wake?() }
    }

    func note(certificateEnd: Date?) { change { $0.status.certificateEnd = certificateEnd } }

    /// How long a connection has stood.
    func age(of number: Int) -> Duration {
      state.withLock { state in
        guard let peer = state.entries[number]?.peer, peer.state != .connecting else {
          return .zero
        }
        return .seconds(max(0, -peer.since.timeIntervalSinceNow))
      }
    }

    // How it ends.

    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Has all links end in order, and all else at once.
    func drain() {
      let entries = change { state in
        state.isDraining = true
        for (number, entry) in state.entries where entry.peer.state == .linked {
          state.entries[number]?.peer.state = .draining
        }
        return Array(state.entries.values)
      }
      for entry in entries {
        if let link = entry.standing?.link, entry.peer.replica != nil {
          link.drain()
        } else {
          entry.standing?.transport.abort(CancellationError())
        }
        entry.wake?()
      }
    }

    /// Ends all connections for which `reason` has one.
    func abort(_ reason: (CertifiedPeer) -> (any Error)?) {
      for standing in state.withLock({ $0.entries.values.compactMap(\.standing) }) {
        if let error = reason(standing.certified) { standing.transport.abort(error) }
      }
    }

    private func change<Value>(_ body: (inout State) -> sending Value) -> sending Value {
      defer { bell.ring() }
      return state.withLock { state in body(&state) }
    }
  }
#endif
