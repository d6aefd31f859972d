#if Network
  import Foundation
  import Logging
  import Merganser
  import MerganserModel
  import MerganserSync
  import MerganserTypes
  import NIOPosix
  import ServiceLifecycle
  import Synchronization

  /// What a listener and a connector have in common: links over connections, until they drain.
  final class LinkKeeper: Sendable {
    let source: LinkSource
    let security: NetworkSecurity
    let options: NetworkOptions
    let notices: Notices
    let table = PeerTable()
    private let isRunning = Mutex(false)

    init(
      _ source: LinkSource, security: NetworkSecurity, options: NetworkOptions, logger: Logger?
    ) {
      self.source = source
      self.security = security
      self.options = options
      notices = Notices(logger)
    }

    /// Runs `body` until it ends, with what TLS is spoken by; it runs once.
    ///
    /// - Parameters:
    ///   - addresses: where it listens or connects to.
    ///   - drain: ends `body` in order.
    ///   - body: what is done.
    /// - Throws: what contradicts itself in what was given; what `body` throws.
    func run(
      at addresses: [NetworkAddress], drain: @escaping @Sendable () -> Void,
      body: @escaping @Sendable (TLSParty?) async throws -> Void
    ) async throws {
      let isFirst = isRunning.withLock { isRunning in
        defer { isRunning = true }
        return !isRunning
      }
      guard isFirst else { throw SyncError.inUse }
      let tls = try TLSParty(security)
      for address in addresses { try address.check(isSecure: tls != nil) }
      if let identity = tls?.identity { try await check(identity) }
      table.note(certificateEnd: tls?.identity?.end)
      let revoked = tls?.revoked
      let listener = revoked?.listen { [table] in
        table.abort { peer in
          guard let serial = peer.serial,
            revoked?.contains(serial: serial, of: peer.replica) == true
          else { return nil }
          return NetworkError.certificateRevoked(serial: serial)
        }
      }
      defer { if let listener { revoked?.forget(listener) } }
      try await withGracefulShutdownHandler {
        // It is cancelled where this ends.
        async let _ = watch(tls?.identity?.end)
        try await body(tls)
      } onGracefulShutdown: {
        drain()
      }
    }

    /// Has all links end in order, and ends those at once that have not after a while.
    func drain() {
      table.drain()
      MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .init(options.drainTime)) {
        [weak table] in
        table?.abort { _ in CancellationError() }
      }
    }

    /// Makes a link over a connection, and keeps it until it ends.
    func keep(
      _ connection: Connection, as number: Int, at address: String, tls: TLSParty?, asClient: Bool
    ) async throws {
      let transport = connection.transport
      guard table.note(number, at: address, by: connection) else {
        return transport.abort(CancellationError())
      }
      let deadline = transport.abort(
        after: options.handshakeTime,
        with: NetworkError.handshakeTooSlow(limit: options.handshakeTime))
      defer { deadline.cancel() }
      do {
        try await transport.ready()
        // Whoever has connected speaks second where there is TLS: the other side speaks once it has accepted this side's
        // certificate, and what refuses it arrives, as nothing else was sent.
        if asClient, tls != nil { try await transport.firstBytes() }
        try await connection.check(by: tls, asClient: asClient)
      } catch {
        transport.abort(error)
        throw error
      }
      let expiry = connection.certified.end.map { end in
        transport.abort(
          after: .seconds(max(0, end.timeIntervalSinceNow)),
          with: NetworkError.certificateExpired(ended: end))
      }
      defer { expiry?.cancel() }
      let watched = WatchedTransport(connection)
      let certified = connection.certified.replica
      let link = source.link(watched, options) { [table, notices] replica in
        if let certified, certified != replica {
          throw NetworkError.notCertifiedReplica(certified: certified, greeting: replica)
        }
        deadline.cancel()
        // The two meet again now and then.
        guard table.note(number, is: replica) else { return }
        notices.logger.info(
          "linked", metadata: ["peer": "\(address)", "replica": "\(replica)"])
      }
      table.note(number, link: link, over: watched)
      try await link.run()
    }

    /// Checks that this side's certificate is its own.
    private func check(_ identity: MemberIdentity) async throws {
      let own = try await source.identity()
      let certified = MemberName(database: identity.database, replica: identity.replica)
      let needed = MemberName(database: own.database, replica: own.replica)
      guard certified == needed else {
        throw NetworkError.certificateOfOther(certified: "\(certified)", needed: "\(needed)")
      }
    }

    /// Tells every day that the certificate ends, from a month before on.
    private func watch(_ end: Date?) async {
      guard let end else { return }
      while !Task.isCancelled {
        let left = end.timeIntervalSinceNow
        if left < certificateNotice {
          notices.logger.warning(
            "the certificate of this replica ends soon; have a new one made",
            metadata: ["end": "\(end.formatted(.iso8601))"])
        }
        let day: TimeInterval = 86_400
        let pause = left < certificateNotice ? day : min(day, left - certificateNotice + 1)
        try? await Task.sleep(for: .seconds(pause))
      }
    }
  }

  extension NetworkAddress {
    /// Checks that the address and what is spoken there fit each other.
    func check(isSecure: Bool) throws(NetworkError) {
      if case .webSocket(_, _, _, let says) = self, says != isSecure {
        throw .schemeContradictsSecurity(self)
      }
      guard isSecure || isLocal else { throw .plaintextNotAllowed(self) }
    }
  }
#endif
