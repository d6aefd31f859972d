#if Network
  import NIOCore
  import NIOHTTP1

  /// Has one question of a connection answered, and closes it.
  final class HTTPAnswering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    /// Whether it listens on this machine alone, where pages of other hosts are not to ask.
    private let isLocal: Bool
    private let answer: @Sendable (HTTPQuestion) async -> HTTPAnswer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var deadline: Scheduled<Void>?
    private var task: Task<Void, Never>?

    init(
      _ limits: HTTPLimits, isLocal: Bool,
      answer: @escaping @Sendable (HTTPQuestion) async -> HTTPAnswer
    ) {
      self.limits = limits
      self.isLocal = isLocal
      self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
      let channel = context.channel
      deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.time)) {
        channel.close(promise: nil)
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      deadline?.cancel()
      task?.cancel()
      context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard task == nil else { return }
      switch unwrapInboundIn(data) {
      case .head(let new): head = new
      case .body(let bytes): body += bytes.readableBytesView
      case .end:
        guard let head else { return }
        deadline?.cancel()
        let question = HTTPQuestion(
          method: head.method.rawValue,
          path: head.uri.split(separator: "?", omittingEmptySubsequences: false).first.map(
            String.init) ?? "/",
          body: body)
        let isWelcome = !isLocal || Self.isOfThisMachine(head.headers["Host"])
        let (channel, answer, time) = (context.channel, answer, limits.time)
        task = Task {
          let answer =
            isWelcome
            ? await answer(question)
            : HTTPAnswer(421, text: "Ask by the machine's number, or as localhost.\n")
          await answer.send(by: channel, hasBody: question.method != "HEAD", within: time)
        }
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }

    /// Whether a host is named by a number or as localhost: a page of another host can lead its name here, and read
    /// what is answered.
    private static func isOfThisMachine(_ hosts: [String]) -> Bool {
      guard hosts.count == 1, let host = hosts.first else { return hosts.isEmpty }
      var name = host[...]
      if name.first == "[" { return true }
      if let colon = name.lastIndex(of: ":") { name = name[..<colon] }
      return name.lowercased() == "localhost"
        || (try? SocketAddress(ipAddress: String(name), port: 0)) != nil
    }
  }

  extension HTTPAnswer {
    /// Sends the answer, and closes the connection.
    ///
    /// - Parameters:
    ///   - channel: the connection.
    ///   - hasBody: whether more than the head is sent.
    ///   - time: how long the other side may take for what is sent at a time.
    fileprivate func send(by channel: any Channel, hasBody: Bool, within time: Duration) async {
      func write(_ parts: HTTPServerResponsePart...) async throws {
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
          channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        for part in parts.dropLast() { channel.write(part, promise: nil) }
        if let last = parts.last { try await channel.writeAndFlush(last).get() }
      }
      var head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status),
        headers: [
          "Content-Type": type, "Connection": "close", "Cache-Control": "no-store",
          "X-Content-Type-Options": "nosniff",
          "Content-Security-Policy":
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
        ])
      do {
        switch content {
        case .bytes(let bytes):
          head.headers.add(name: "Content-Length", value: "\(bytes.count)")
          let body = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))
          if hasBody {
            try await write(.head(head), body, .end(nil))
          } else {
            try await write(.head(head), .end(nil))
          }
        case .events(let events):
          try await write(.head(head))
          if hasBody {
            for await event in events {
              let lines = event.split(separator: "\n", omittingEmptySubsequences: false)
              let text = lines.map { "data: \($0)\n" }.joined() + "\n"
              try await write(.body(.byteBuffer(ByteBuffer(string: text))))
            }
          }
          try await write(.end(nil))
        }
      } catch {
        // The other side has gone, or takes nothing.
      }
      channel.close(promise: nil)
    }
  }
#endif
