#if Network
  import NIOCore
  import NIOHTTP1
  import NIOTLS
  import NIOWebSocket

  /// Has a connection become a WebSocket, on both sides.
  enum WebSocketUpgrade {
    /// Answers a request to become one at the given path, and refuses all others.
    static func answer(
      on channel: any Channel, path: String, inbox: NIOLoopBound<ChannelInbox>
    ) throws {
      let refusal = NIOLoopBound(HTTPRefusal(inbox.value), eventLoop: channel.eventLoop)
      let upgrader = NIOWebSocketServerUpgrader(
        maxFrameSize: WebSocketFrames.maximumSize,
        shouldUpgrade: { channel, head in
          let isAsked = head.uri.split(separator: "?").first.map(String.init) ?? "/" == path
          return channel.eventLoop.makeSucceededFuture(isAsked ? HTTPHeaders() : nil)
        },
        upgradePipelineHandler: { channel, _ in
          channel.eventLoop.makeCompletedFuture {
            try finish(on: channel, isClient: false, inbox: inbox)
          }
        })
      try channel.pipeline.syncOperations.configureHTTPServerPipeline(
        withServerUpgrade: (
          upgraders: [upgrader],
          completionHandler: { context in
            context.pipeline.syncOperations.removeHandler(refusal.value, promise: nil)
          }
        ))
      try channel.pipeline.syncOperations.addHandler(refusal.value)
    }

    /// Asks the other side to become one.
    static func ask(
      on channel: any Channel, host: String, path: String, isSecure: Bool,
      inbox: NIOLoopBound<ChannelInbox>
    ) throws {
      let request = NIOLoopBound(
        HTTPRequest(inbox.value, host: host, path: path, isSecure: isSecure),
        eventLoop: channel.eventLoop)
      let upgrader = NIOWebSocketClientUpgrader(
        maxFrameSize: WebSocketFrames.maximumSize,
        upgradePipelineHandler: { channel, _ in
          channel.eventLoop.makeCompletedFuture {
            try finish(on: channel, isClient: true, inbox: inbox)
          }
        })
      try channel.pipeline.syncOperations.addHTTPClientHandlers(
        leftOverBytesStrategy: .forwardBytes,
        withClientUpgrade: (
          upgraders: [upgrader],
          completionHandler: { context in
            context.pipeline.syncOperations.removeHandler(request.value, promise: nil)
          }
        ))
      try channel.pipeline.syncOperations.addHandler(request.value)
    }

    private static func finish(
      on channel: any Channel, isClient: Bool, inbox: NIOLoopBound<ChannelInbox>
    ) throws {
      try channel.pipeline.syncOperations.addHandlers([
        WebSocketFrames(isClient: isClient), inbox.value,
      ])
    }
  }

  /// Refuses whatever is asked by HTTP but to become a WebSocket.
  private final class HTTPRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let inbox: ChannelInbox

    init(_ inbox: ChannelInbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .head(let head) = unwrapInboundIn(data) else { return }
      let response = HTTPResponseHead(
        version: .http1_1, status: .upgradeRequired,
        headers: ["Connection": "close", "Content-Length": "0", "Upgrade": "websocket"])
      context.write(wrapOutboundOut(.head(response)), promise: nil)
      let inbox = NIOLoopBound(inbox, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
        inbox.value.fail(
          NetworkError.notWebSocket(reason: "\(head.method) \(String(head.uri.prefix(100)))"))
      }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { inbox.failAsEnded() }
      context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      // The request that asks for another path follows.
      if error is NIOWebSocketUpgradeError { return }
      inbox.fail(naming: error)
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.failAsEnded() }
  }

  /// Asks the other side to become a WebSocket.
  private final class HTTPRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let inbox: ChannelInbox
    private let host: String
    private let path: String
    private let isSecure: Bool

    init(_ inbox: ChannelInbox, host: String, path: String, isSecure: Bool) {
      self.inbox = inbox
      self.host = host
      self.path = path
      self.isSecure = isSecure
    }

    func channelActive(context: ChannelHandlerContext) {
      if !isSecure { ask(context) }
      context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case TLSUserEvent.handshakeCompleted = event { ask(context) }
      if case ChannelEvent.inputClosed = event { inbox.failAsEnded() }
      context.fireUserInboundEventTriggered(event)
    }

    private func ask(_ context: ChannelHandlerContext) {
      let head = HTTPRequestHead(
        version: .http1_1, method: .GET, uri: path,
        headers: ["Host": host, "Content-Length": "0"])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .head(let head) = unwrapInboundIn(data) else { return }
      let reason = "it answers \(head.status.code)"
      // A proxy says so while what is behind it starts again, or has too much to do.
      let isPassing = head.status.code >= 500 || [408, 429].contains(head.status.code)
      inbox.fail(
        isPassing
          ? NetworkError.connectionLost(reason: reason)
          : NetworkError.notWebSocket(reason: reason))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      if let error = error as? NIOHTTPClientUpgradeError {
        return inbox.fail(NetworkError.notWebSocket(reason: "\(error)"))
      }
      inbox.fail(naming: error)
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.failAsEnded() }
  }
#endif
