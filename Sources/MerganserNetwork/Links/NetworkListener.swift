#if Network
  import Foundation
  public import Logging
  public import Merganser
  import MerganserModel
  public import MerganserSync
  import NIOCore
  import NIOPosix
  public import ServiceLifecycle
  import Synchronization

  /// Keeps links with all who connect to an address.
  ///
  /// ```swift
  /// let listener = replica.listen(on: try NetworkAddress("tcp://0.0.0.0:7400"), security: .members(identity))
  /// try await listener.run()
  /// ```
  ///
  /// It runs until it drains, its task is cancelled, or nobody can listen at the address. It is a `Service`, too: a
  /// `ServiceGroup` that shuts down gracefully has it drain.
  public final class NetworkListener: Service {
    private let asked: NetworkAddress
    private let keeper: LinkKeeper
    private let server = Mutex<(any Channel)?>(nil)
    private let bound = BoundAddress()

    init(_ address: NetworkAddress, keeper: LinkKeeper) {
      asked = address
      self.keeper = keeper
    }

    /// Where it listens, with the port that the system has chosen; waits until it does.
    ///
    /// - Throws: ``NetworkError``, if nobody can listen there.
    public var address: NetworkAddress {
      get async throws { try await bound.value }
    }

    /// The other sides, and what was refused.
    public var status: NetworkStatus { keeper.table.status }

    /// The status now and after each change; whoever is slow is given the latest.
    public var statuses: some AsyncSequence<NetworkStatus, Never> & Sendable {
      keeper.table.changes.map { [table = keeper.table] _ in table.status }
    }

    /// Listens, and keeps links; it runs once.
    ///
    /// - Throws: ``NetworkError``; ``/MerganserSync/SyncError/inUse``. What ends a link is told by ``status`` and logged.
    public func run() async throws {
      do {
        try await keeper.run(at: [asked], drain: { [weak self] in self?.drain() }) { tls in
          try await self.serve(
            ChannelSetup(address: self.asked, tls: tls, traffic: self.keeper.table.traffic))
        }
        bound.set(.failure(CancellationError()))
      } catch {
        bound.set(.failure(error))
        throw error
      }
    }

    /// Has nobody connect any more, and all links end in order; ``run()`` returns once they have, or after
    /// ``NetworkOptions/drainTime``.
    public func drain() {
      keeper.drain()
      server.withLock { $0 }?.close(promise: nil)
    }

    private func serve(_ setup: ChannelSetup) async throws {
      let (accepted, sink) = AsyncStream.makeStream(of: (Int, Connection).self)
      let channel = try await bind(setup, into: sink)
      server.withLock { $0 = channel }
      if keeper.table.isDraining { channel.close(promise: nil) }
      channel.closeFuture.whenComplete { _ in sink.finish() }
      let address = asked.with(port: channel.localAddress?.port)
      bound.set(.success(address))
      keeper.notices.logger.info("listening", metadata: ["address": "\(address)"])
      await withTaskCancellationHandler {
        await withDiscardingTaskGroup { group in
          for await (number, connection) in accepted {
            group.addTask { await self.keep(connection, as: number, tls: setup.tls) }
          }
          try? await channel.closeFuture.get()
        }
      } onCancel: {
        channel.close(promise: nil)
      }
      // Those that nobody came to keep.
      keeper.table.abort { _ in CancellationError() }
      if case .unix(let path) = asked { unlink(path) }
      try Task.checkCancellation()
    }

    private func keep(_ connection: Connection, as number: Int, tls: TLSParty?) async {
      let address = connection.transport.remote
      do {
        try await keeper.keep(connection, as: number, at: address, tls: tls, asClient: false)
        keeper.table.note(number, failure: nil)
        keeper.notices.logger.info("a link has ended", metadata: ["peer": "\(address)"])
      } catch {
        let isOurs = error is CancellationError
        let hasGreeted = keeper.table.note(number, failure: isOurs ? nil : error)
        if !isOurs {
          keeper.notices.warn(
            hasGreeted ? "a link has failed" : "a connection was refused", as: error, of: address)
        }
      }
      await connection.transport.closed()
      keeper.table.remove(number)
    }

    private func bind(
      _ setup: ChannelSetup, into sink: AsyncStream<(Int, Connection)>.Continuation
    ) async throws -> any Channel {
      let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 256)
        .childChannelOption(.autoRead, value: false)
        .childChannelOption(.maxMessagesPerRead, value: 1)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { [keeper] channel in
          channel.eventLoop.makeCompletedFuture {
            switch keeper.table.admit(keeper.options) {
            case .failure(let error):
              keeper.notices.warn("a connection was refused", as: error, of: "\(self.asked)")
              throw error
            case .success(let number):
              // Whoever keeps the connection takes it out: also of one that has ended by then, something is to be told.
              do {
                let connection = try setup.connection(on: channel, isClient: false)
                _ = keeper.table.note(number, at: "", by: connection)
                guard case .enqueued = sink.yield((number, connection)) else {
                  throw CancellationError()
                }
              } catch {
                keeper.table.remove(number)
                throw error
              }
            }
          }
        }
      do {
        switch asked {
        case .unix(let path):
          try await StaleSocket.remove(at: path)
          let channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
          // Whoever may enter the folder could connect otherwise.
          chmod(path, 0o600)
          return channel
        case .tcp(let host, let port), .webSocket(let host, let port, _, _):
          return
            try await bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.unsentBytes, value: ChannelSetup.unsentBytes)
            .bind(host: host, port: port).get()
        }
      } catch {
        throw NetworkError.cannotListen(asked, reason: "\(error)")
      }
    }
  }

  extension Replica {
    /// Keeps links with all who connect to an address, once it is run.
    ///
    /// - Parameters:
    ///   - address: where to listen; a port of 0 has the system choose one.
    ///   - security: by what both sides know each other.
    ///   - options: how many connections there are, and how long they may take.
    ///   - logger: what is told who connects, and what fails; nothing, if it is `nil`.
    /// - Returns: the listener, which does not run.
    public func listen(
      on address: NetworkAddress, security: NetworkSecurity,
      options: NetworkOptions = NetworkOptions(), logger: Logger? = nil
    ) -> NetworkListener {
      NetworkListener(
        address,
        keeper: LinkKeeper(
          LinkSource(self), security: security, options: options, logger: logger))
    }
  }

  extension StorePeer {
    /// Keeps links with all who connect to an address, once it is run: a relay, which has no program's types.
    ///
    /// - Parameters:
    ///   - address: where to listen; a port of 0 has the system choose one.
    ///   - security: by what both sides know each other.
    ///   - options: how many connections there are, and how long they may take.
    ///   - logger: what is told who connects, and what fails; nothing, if it is `nil`.
    ///   - meeting: is told what came and went, whenever both sides of a link hold what either held.
    ///   - passing: is told what came and went in between.
    /// - Returns: the listener, which does not run.
    public func listen(
      on address: NetworkAddress, security: NetworkSecurity,
      options: NetworkOptions = NetworkOptions(), logger: Logger? = nil,
      meeting: @escaping @Sendable (SyncReport) -> Void = { _ in },
      passing: @escaping @Sendable (SyncReport) -> Void = { _ in }
    ) -> NetworkListener {
      NetworkListener(
        address,
        keeper: LinkKeeper(
          LinkSource(self, meeting: meeting, passing: passing), security: security,
          options: options, logger: logger))
    }
  }
#endif
