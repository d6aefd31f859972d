#if Network
  import Logging
  import Merganser
  import MerganserLog
  import MerganserNetwork
  import MerganserSync

  /// A store that listens and connects, without any program's types.
  final class Relay: Sendable {
    let store: LogStore
    let peer: StorePeer
    let listeners: [NetworkListener]
    let connector: NetworkConnector?

    /// A relay of an open store, which listens and connects once it runs.
    init(
      of store: LogStore, options: ReplicaOptions, listeningAt addresses: [NetworkAddress],
      connectingTo others: [NetworkAddress], security: NetworkSecurity, logger: Logger
    ) throws {
      self.store = store
      let peer = try StorePeer(store, options: options)
      self.peer = peer
      listeners = addresses.map { peer.listen(on: $0, security: security, logger: logger) }
      connector =
        others.isEmpty ? nil : peer.connect(to: others, security: security, logger: logger)
    }

    /// Links until it drains, or until one of its addresses cannot be had.
    ///
    /// - Parameter listening: is told the addresses at which it listens, once it does at all of them.
    /// - Throws: ``NetworkError``, if one of them cannot be had.
    func run(listening: @escaping @Sendable ([NetworkAddress]) -> Void) async throws {
      try await withThrowingTaskGroup { group in
        for listener in listeners { group.addTask { try await listener.run() } }
        if let connector { group.addTask { try await connector.run() } }
        group.addTask { [listeners] in
          var addresses: [NetworkAddress] = []
          // What keeps it from listening, the listener itself throws.
          for listener in listeners {
            guard let address = try? await listener.address else { return }
            addresses.append(address)
          }
          listening(addresses)
        }
        try await group.waitForAll()
      }
    }

    /// Has all links end in order, and then ``run(listening:)`` return.
    func drain() {
      for listener in listeners { listener.drain() }
      connector?.drain()
    }
  }
#endif
