#if Network
  import Foundation
  public import Logging
  public import Merganser
  import MerganserModel
  public import MerganserSync
  public import ServiceLifecycle

  /// Keeps a link with each of some addresses, and connects again where it is lost.
  ///
  /// ```swift
  /// let connector = replica.connect(to: [try NetworkAddress("tcp://porto:7400")], security: .members(identity))
  /// try await connector.run()
  /// ```
  ///
  /// It runs until it drains or its task is cancelled. It is a `Service`, too: a `ServiceGroup` that shuts down gracefully
  /// has it drain.
  public final class NetworkConnector: Service {
    private let addresses: [NetworkAddress]
    private let keeper: LinkKeeper

    init(_ addresses: [NetworkAddress], keeper: LinkKeeper) {
      self.addresses = addresses
      self.keeper = keeper
    }

    /// The other sides.
    public var status: NetworkStatus { keeper.table.status }

    /// The status now and after each change; whoever is slow is given the latest.
    public var statuses: some AsyncSequence<NetworkStatus, Never> & Sendable {
      keeper.table.changes.map { [table = keeper.table] _ in table.status }
    }

    /// Connects, and keeps links; it runs once.
    ///
    /// - Throws: ``NetworkError``, if an address cannot be connected to whatever comes; ``/MerganserSync/SyncError/inUse``.
    ///   What ends a link is told by ``status`` and logged.
    public func run() async throws {
      let numbers = addresses.map { keeper.table.add("\($0)", isIncoming: false) }
      try await keeper.run(at: addresses, drain: { [weak self] in self?.drain() }) { tls in
        await withDiscardingTaskGroup { group in
          for (address, number) in zip(self.addresses, numbers) {
            group.addTask { await self.keepUp(address, as: number, tls: tls) }
          }
        }
        try Task.checkCancellation()
      }
    }

    /// Has all links end in order; ``run()`` returns once they have, or after ``NetworkOptions/drainTime``.
    public func drain() { keeper.drain() }

    /// Keeps a link with an address until this side drains.
    private func keepUp(_ address: NetworkAddress, as number: Int, tls: TLSParty?) async {
      let (table, options) = (keeper.table, keeper.options)
      let setup = ChannelSetup(address: address, tls: tls, traffic: table.traffic)
      var backoff = Backoff(first: options.firstRetry, longest: options.longestRetry)
      var draw = SystemRandomNumberGenerator()
      while !Task.isCancelled, !table.isDraining {
        table.note(number, is: .connecting)
        var pause: Duration?
        do {
          let connection = try await setup.connect(timeout: options.handshakeTime)
          try await keeper.keep(connection, as: number, at: "\(address)", tls: tls, asClient: true)
          if table.age(of: number) >= options.steadyTime { backoff.reset() }
          table.note(number, failure: nil)
          keeper.notices.logger.info("a link has ended", metadata: ["peer": "\(address)"])
        } catch {
          if table.age(of: number) >= options.steadyTime { backoff.reset() }
          if error.isLastingRefusal {
            pause = options.refusalRetry * Double.random(in: 0.5...1, using: &draw)
          }
          if Task.isCancelled || table.isDraining { break }
          table.note(number, failure: error)
          keeper.notices.warn("a link has failed, and is tried again", as: error, of: "\(address)")
        }
        let delay = pause ?? backoff.next(by: &draw)
        let sleep = Task { _ = try? await Task.sleep(for: delay) }
        table.note(
          number, is: .waiting(until: .now + delay / .seconds(1)), wake: { sleep.cancel() })
        await withTaskCancellationHandler {
          await sleep.value
        } onCancel: {
          sleep.cancel()
        }
      }
      table.remove(number)
    }
  }

  extension Replica {
    /// Keeps a link with each of some addresses, once it is run.
    ///
    /// - Parameters:
    ///   - addresses: where to connect.
    ///   - security: by what both sides know each other.
    ///   - options: how long connections may take, and when they are tried again.
    ///   - logger: what is told what is linked, and what fails; nothing, if it is `nil`.
    /// - Returns: the connector, which does not run.
    public func connect(
      to addresses: [NetworkAddress], security: NetworkSecurity,
      options: NetworkOptions = NetworkOptions(), logger: Logger? = nil
    ) -> NetworkConnector {
      NetworkConnector(
        addresses,
        keeper: LinkKeeper(
          LinkSource(self), security: security, options: options, logger: logger))
    }

    /// Keeps a link with an address, once it is run.
    ///
    /// As with several.
    public func connect(
      to address: NetworkAddress, security: NetworkSecurity,
      options: NetworkOptions = NetworkOptions(), logger: Logger? = nil
    ) -> NetworkConnector {
      connect(to: [address], security: security, options: options, logger: logger)
    }
  }

  extension StorePeer {
    /// Keeps a link with each of some addresses, once it is run: a relay, which has no program's types.
    ///
    /// - Parameters:
    ///   - addresses: where to connect.
    ///   - security: by what both sides know each other.
    ///   - options: how long connections may take, and when they are tried again.
    ///   - logger: what is told what is linked, and what fails; nothing, if it is `nil`.
    ///   - meeting: is told what came and went, whenever both sides of a link hold what either held.
    ///   - passing: is told what came and went in between.
    /// - Returns: the connector, which does not run.
    public func connect(
      to addresses: [NetworkAddress], security: NetworkSecurity,
      options: NetworkOptions = NetworkOptions(), logger: Logger? = nil,
      meeting: @escaping @Sendable (SyncReport) -> Void = { _ in },
      passing: @escaping @Sendable (SyncReport) -> Void = { _ in }
    ) -> NetworkConnector {
      NetworkConnector(
        addresses,
        keeper: LinkKeeper(
          LinkSource(self, meeting: meeting, passing: passing), security: security,
          options: options, logger: logger))
    }
  }
#endif
