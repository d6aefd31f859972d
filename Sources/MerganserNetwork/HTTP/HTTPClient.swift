#if Network
  import MerganserModel
  import NIOCore
  import NIOHTTP1
  import NIOPosix

  /// Asks one question by HTTP/1.1.
  package struct HTTPClient {
    /// Where it is asked.
    package let address: NetworkAddress
    /// How the other side is known; `nil` for plaintext.
    package var tls: HTTPPinning?
    /// How many bytes the answer has at most.
    package var limit = 1 << 22
    /// How long it takes at most.
    package var time = Duration.seconds(10)

    package init(_ address: NetworkAddress, tls: HTTPPinning? = nil) {
      self.address = address
      self.tls = tls
    }

    /// Asks, and returns what is answered.
    ///
    /// - Throws: ``NetworkError``.
    package func ask(
      _ path: String, method: String = "GET", body: [UInt8] = []
    ) async throws -> (status: Int, body: [UInt8]) {
      let diagnosis = Diagnosis()
      let waiting = Waiting<(status: Int, body: [UInt8])>()
      var head = HTTPRequestHead(
        version: .http1_1, method: HTTPMethod(rawValue: method), uri: path,
        headers: ["Host": address.httpHost, "Connection": "close"])
      if !body.isEmpty { head.headers.add(name: "Content-Length", value: "\(body.count)") }
      let question = head
      let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(time))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            if let handler = try tls?.handler(telling: diagnosis) {
              try operations.addHandler(handler)
            }
            try operations.addHTTPClientHandlers()
            try operations.addHandler(
              HTTPAsking(
                question, body: body, limit: limit, diagnosis: diagnosis, waiting: waiting))
          }
        }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          // Before anything can be answered.
          guard waiting.begin(continuation) else { return }
          let future =
            switch address {
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port), .webSocket(let host, let port, _, _):
              bootstrap.connect(host: host, port: port)
            }
          future.whenFailure { error in
            waiting.end(.failure(NetworkError.cannotConnect(address, failure: error)))
          }
          future.whenSuccess { channel in
            channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
              waiting.end(.failure(NetworkError.connectionLost(reason: "it took too long")))
              channel.close(promise: nil)
            }
          }
        }
      } onCancel: {
        waiting.end(.failure(CancellationError()))
      }
    }
  }

  /// Sends a question once there is a connection, and gathers the answer.
  private final class HTTPAsking: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let question: HTTPRequestHead
    private let body: [UInt8]
    private let limit: Int
    private let diagnosis: Diagnosis
    private let waiting: Waiting<(status: Int, body: [UInt8])>
    private var status = 0
    private var answer: [UInt8] = []

    init(
      _ question: HTTPRequestHead, body: [UInt8], limit: Int, diagnosis: Diagnosis,
      waiting: Waiting<(status: Int, body: [UInt8])>
    ) {
      self.question = question
      self.body = body
      self.limit = limit
      self.diagnosis = diagnosis
      self.waiting = waiting
    }

    func channelActive(context: ChannelHandlerContext) {
      context.write(wrapOutboundOut(.head(question)), promise: nil)
      if !body.isEmpty {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
      }
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): status = Int(head.status.code)
      case .body(let bytes):
        answer += bytes.readableBytesView
        if answer.count > limit {
          waiting.end(
            .failure(
              NetworkError.connectionLost(reason: "the answer has more than \(limit) bytes")))
          context.close(promise: nil)
        }
      case .end:
        waiting.end(.success((status, answer)))
        context.close(promise: nil)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      waiting.end(.failure(diagnosis.name(error)))
      context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
      waiting.end(.failure(NetworkError.connectionLost(reason: "it was closed without an answer")))
      context.fireChannelInactive()
    }
  }
#endif
