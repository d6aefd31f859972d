#if Network
  import NIOCore

  /// Reads while two sides find out who they are, and nobody waits for bytes yet; the first handler of a connection.
  final class HandshakeReading: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// How many bytes come at most before the connection stands.
    private static let limit = 1 << 18

    private let inbox: ChannelInbox
    private var count = 0

    init(_ inbox: ChannelInbox) { self.inbox = inbox }

    func channelActive(context: ChannelHandlerContext) {
      context.fireChannelActive()
      context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if !inbox.isReady {
        count += unwrapInboundIn(data).readableBytes
        if count > Self.limit {
          return inbox.fail(
            NetworkError.handshakeFailed(reason: "it takes more than \(Self.limit) bytes"))
        }
      }
      context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
      context.fireChannelReadComplete()
      if !inbox.isReady { context.read() }
    }
  }
#endif
