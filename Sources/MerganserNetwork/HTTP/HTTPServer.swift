#if Network
  import Foundation
  import MerganserModel
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL
  import Synchronization

  /// Answers by HTTP/1.1: one question for each connection, within limits of bytes and time.
  package final class HTTPServer: Sendable {
    private let asked: NetworkAddress
    private let tls: HTTPSecurity?
    private let limits: HTTPLimits
    private let answer: @Sendable (HTTPQuestion) async -> HTTPAnswer
    private let bound = BoundAddress()
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// A server that listens once it runs.
    ///
    /// - Parameters:
    ///   - address: where it listens.
    ///   - tls: what it shows; `nil` for plaintext.
    ///   - limits: how much is taken of those who ask.
    ///   - answer: what is answered.
    package init(
      at address: NetworkAddress, tls: HTTPSecurity? = nil, limits: HTTPLimits = HTTPLimits(),
      answer: @escaping @Sendable (HTTPQuestion) async -> HTTPAnswer
    ) {
      asked = address
      self.tls = tls
      self.limits = limits
      self.answer = answer
    }

    /// Where it listens, once it does.
    package var address: NetworkAddress {
      get async throws { try await bound.value }
    }

    /// Answers until its task is cancelled.
    package func run() async throws {
      let channel: any Channel
      do { channel = try await bind() } catch {
        bound.set(.failure(error))
        throw error
      }
      bound.set(.success(asked.with(port: channel.localAddress?.port)))
      await withTaskCancellationHandler {
        try? await channel.closeFuture.get()
      } onCancel: {
        channel.close(promise: nil)
      }
      for channel in open.withLock({ Array($0.values) }) { channel.close(promise: nil) }
      if case .unix(let path) = asked { unlink(path) }
    }

    private func bind() async throws -> any Channel {
      let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 64)
        .childChannelOption(.maxMessagesPerRead, value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.admit(channel) }
        }
      do {
        switch asked {
        case .unix(let path):
          try await StaleSocket.remove(at: path)
          let channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
          chmod(path, 0o600)
          return channel
        case .tcp(let host, let port), .webSocket(let host, let port, _, _):
          return
            try await bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port).get()
        }
      } catch {
        throw NetworkError.cannotListen(asked, reason: "\(error)")
      }
    }

    /// Takes a connection, unless there are too many.
    private func admit(_ channel: any Channel) throws {
      let key = ObjectIdentifier(channel)
      let isTaken = open.withLock { open in
        guard open.count < limits.connections else { return false }
        open[key] = channel
        return true
      }
      guard isTaken else { throw NetworkError.tooManyConnections(limit: limits.connections) }
      channel.closeFuture.whenComplete { _ in self.open.withLock { $0[key] = nil } }
      let operations = channel.pipeline.syncOperations
      if let tls { try operations.addHandler(NIOSSLServerHandler(context: tls.context)) }
      try operations.addHandler(HTTPQuestionLimit(limits.questionSize))
      try operations.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: true)
      try operations.addHandler(
        HTTPAnswering(limits, isLocal: tls == nil && asked.isLocal, answer: answer))
    }
  }

  /// Ends a connection on which more bytes come than a question may have; what comes behind one is of no use.
  private final class HTTPQuestionLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private var count = 0

    init(_ limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      count += unwrapInboundIn(data).readableBytes
      guard count <= limit else { return context.close(promise: nil) }
      context.fireChannelRead(data)
    }
  }
#endif
