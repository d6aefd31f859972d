#if Network
  import Foundation
  import Logging
  import Merganser
  import MerganserLog
  import MerganserNetwork
  import MerganserSync
  import Synchronization

  /// A store that listens and connects, without any program's types.
  final class Relay: Sendable {
    let store: LogStore
    let peer: StorePeer
    let listeners: [NetworkListener]
    let connector: NetworkConnector?
    let counts = RelayCounts()
    let started = Date.now
    /// Where it listens, once it does at all addresses.
    let listening = Mutex<[NetworkAddress]?>(nil)
    let isDraining = Atomic(false)

    /// A relay of an open store, which listens and connects once it runs.
    init(
      of store: LogStore, options: ReplicaOptions, listeningAt addresses: [NetworkAddress],
      connectingTo others: [NetworkAddress], security: NetworkSecurity, logger: Logger
    ) throws {
      self.store = store
      let peer = try StorePeer(store, options: options)
      self.peer = peer
      let note: @Sendable (SyncReport) -> Void = { [counts] report in counts.note(report) }
      listeners = addresses.map { address in
        peer.listen(
          on: address, security: security, logger: logger, meeting: note, passing: note)
      }
      connector =
        others.isEmpty
        ? nil
        : peer.connect(
          to: others, security: security, logger: logger, meeting: note, passing: note)
    }

    /// Links until it drains, or until one of its addresses cannot be had.
    ///
    /// - Parameter tell: is told the addresses at which it listens, once it does at all of them.
    /// - Throws: ``NetworkError``, if one of them cannot be had.
    func run(listening tell: @escaping @Sendable ([NetworkAddress]) -> Void) async throws {
      try await withThrowingTaskGroup { group in
        for listener in listeners { group.addTask { try await listener.run() } }
        if let connector { group.addTask { try await connector.run() } }
        group.addTask { [self] in
          var addresses: [NetworkAddress] = []
          // What keeps it from listening, the listener itself throws.
          for listener in listeners {
            guard let address = try? await listener.address else { return }
            addresses.append(address)
          }
          listening.withLock { [addresses] in $0 = addresses }
          tell(addresses)
        }
        try await group.waitForAll()
      }
    }

    /// Has all links end in order, and then ``run(listening:)`` return.
    func drain() {
      isDraining.store(true, ordering: .relaxed)
      for listener in listeners { listener.drain() }
      connector?.drain()
    }
  }
#endif
