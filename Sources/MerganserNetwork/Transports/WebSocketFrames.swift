#if Network
  import NIOCore
  import NIOWebSocket

  /// Makes bytes of binary messages, and messages of bytes; boundaries mean nothing to a sync.
  final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    /// How many bytes a frame has at most that comes.
    static let maximumSize = 1 << 20
    /// How many bytes a frame has at most that is sent: proxies take so many everywhere.
    private static let sentSize = 1 << 15

    /// Whether what is sent is masked, as a client has to (RFC 6455, section 5.3).
    private let isClient: Bool
    private var isPonging = false
    private var hasSaidEnd = false

    init(isClient: Bool) { self.isClient = isClient }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      switch frame.opcode {
      case .binary, .continuation: context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
      case .ping: answer(frame.unmaskedData, context: context)
      case .connectionClose:
        sayEnd(context: context)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      case .pong: break
      default:
        context.fireErrorCaught(
          NetworkError.notWebSocket(reason: "it sends messages that are not binary"))
      }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      var bytes = unwrapOutboundIn(data)
      while bytes.readableBytes > Self.sentSize, let piece = bytes.readSlice(length: Self.sentSize)
      {
        context.write(wrapOutboundOut(frame(.binary, of: piece)), promise: nil)
      }
      context.write(wrapOutboundOut(frame(.binary, of: bytes)), promise: promise)
    }

    func triggerUserOutboundEvent(
      context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
      if event is ChannelFarewell { sayEnd(context: context) }
      context.triggerUserOutboundEvent(event, promise: promise)
    }

    /// Answers a ping, unless an answer is on its way: the latest need not be answered, and nothing grows by pings.
    private func answer(_ data: ByteBuffer, context: ChannelHandlerContext) {
      guard !isPonging, !hasSaidEnd else { return }
      isPonging = true
      let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(frame(.pong, of: data))).whenComplete { _ in
        bound.value.isPonging = false
      }
    }

    private func sayEnd(context: ChannelHandlerContext) {
      guard !hasSaidEnd else { return }
      hasSaidEnd = true
      var code = context.channel.allocator.buffer(capacity: 2)
      code.write(webSocketErrorCode: .normalClosure)
      context.writeAndFlush(wrapOutboundOut(frame(.connectionClose, of: code)), promise: nil)
    }

    private func frame(_ opcode: WebSocketOpcode, of data: ByteBuffer) -> WebSocketFrame {
      WebSocketFrame(
        fin: true, opcode: opcode, maskKey: isClient ? .random() : nil, data: data)
    }
  }
#endif
