#if Network
  import Merganser
  import MerganserLog
  import MerganserModel
  import MerganserNetwork
  import MerganserSync
  import Synchronization

  /// One sync of a store with whoever listens at an address.
  struct NetworkSync {
    let peer: StorePeer
    let address: NetworkAddress
    let security: NetworkSecurity
    let acceptingRemovals: Int

    /// Links until both hold what either held, and drains.
    ///
    /// - Returns: what came and went.
    /// - Throws: what keeps the two from being linked; nothing is tried again.
    func run() async throws -> SyncReport {
      let reports = Mutex(SyncReport())
      let draining = Mutex<NetworkConnector?>(nil)
      var options = NetworkOptions()
      options.acceptedRemovals = acceptingRemovals
      let connector = peer.connect(
        to: [address], security: security, options: options,
        meeting: { report in
          reports.withLock { $0.add(report) }
          draining.withLock { $0 }?.drain()
        },
        passing: { report in reports.withLock { $0.add(report) } })
      draining.withLock { $0 = connector }
      try await withThrowingTaskGroup { group in
        group.addTask { try await connector.run() }
        group.addTask {
          for await status in connector.statuses {
            if let error = status.lastError { throw error }
          }
          throw CancellationError()
        }
        // Whichever ends first: it has drained, or a link has failed.
        defer { group.cancelAll() }
        try await group.next()
      }
      return reports.withLock { $0 }
    }
  }
#endif
