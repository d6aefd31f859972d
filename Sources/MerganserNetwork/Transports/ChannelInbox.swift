#if Network
  import MerganserSync
  import NIOCore
  import NIOSSL
  import NIOTLS

  /// The last handler of a connection: it reads when somebody waits for bytes, and at no other time.
  ///
  /// It runs on the channel's event loop alone.
  final class ChannelInbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// When bytes can be sent and received.
    enum Beginning {
      /// Once the connection stands.
      case connected
      /// Once the two sides know by TLS who they are.
      case secured
      /// Once the handler was added, as what comes before it is done.
      case added
    }

    /// How long a connection that was ended waits for the other side's end, and how much is read of it meanwhile.
    private static let farewell = TimeAmount.seconds(1)
    private static let farewellSize = 1 << 20

    private let beginning: Beginning
    private let channel: any Channel
    private let diagnosis: Diagnosis
    private var context: ChannelHandlerContext?
    /// Whether bytes can be sent and received.
    private(set) var isReady = false
    /// What has come and was not received.
    private var pieces: CircularBuffer<ByteBuffer> = []
    private var reader: Waiting<[UInt8]?>?
    private var looker: Waiting<Void>?
    private var starter: Waiting<Void>?
    private var writer: Waiting<Void>?
    /// Whether the other side sends nothing more.
    private var hasEnded = false
    /// Whether this side has ended the connection.
    private var isEnding = false
    private var discarded = 0
    private var failure: (any Error)?

    init(_ beginning: Beginning, channel: any Channel, diagnosis: Diagnosis) {
      self.beginning = beginning
      self.channel = channel
      self.diagnosis = diagnosis
    }

    // What a transport asks.

    func whenReady(_ waiting: Waiting<Void>) {
      if let failure { return _ = waiting.end(.failure(failure)) }
      if isReady || hasEnded || isEnding { return _ = waiting.end(.success(())) }
      starter = waiting
    }

    func whenReadable(_ waiting: Waiting<Void>) {
      if !pieces.isEmpty || hasEnded || isEnding { return _ = waiting.end(.success(())) }
      if let failure { return _ = waiting.end(.failure(failure)) }
      looker = waiting
      context?.read()
    }

    func receive(_ waiting: Waiting<[UInt8]?>) {
      // It was asked for before this side ended the connection, and comes behind that.
      if isEnding { return _ = waiting.end(.success(nil)) }
      if let reader, !reader.hasEnded { return _ = waiting.end(.failure(SyncError.inUse)) }
      reader = waiting
      deliver()
      if reader != nil { context?.read() }
    }

    func send(_ bytes: ByteBuffer, telling waiting: Waiting<Void>) {
      if let failure { return _ = waiting.end(.failure(failure)) }
      // A send that was cancelled is still on its way: nothing can follow it.
      guard writer == nil, !isEnding else {
        return _ = waiting.end(.failure(isEnding ? SyncError.interrupted : SyncError.inUse))
      }
      guard let context, context.channel.isActive else {
        return _ = waiting.end(.failure(SyncError.interrupted))
      }
      writer = waiting
      let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { result in
        bound.value.written(result)
      }
    }

    private func written(_ result: Result<Void, any Error>) {
      guard let writer, !writer.hasEnded || isEnding else { return }
      self.writer = nil
      writer.end(result.mapError { failure ?? diagnosis.name($0) })
    }

    /// Ends both directions; what was sent arrives, if the other side reads it soon.
    func end() {
      guard !isEnding else { return }
      isEnding = true
      pieces.removeAll()
      reader.take()?.end(.success(nil))
      for waiting in [looker.take(), starter.take(), writer.take()] {
        waiting?.end(.failure(SyncError.interrupted))
      }
      guard let context, channel.isActive else { return channel.close(promise: nil) }
      if hasEnded || failure != nil { return context.close(promise: nil) }
      context.triggerUserOutboundEvent(ChannelFarewell(), promise: nil)
      context.close(mode: .output, promise: nil)
      context.read()
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      // A closed connection keeps this no longer than the farewell takes.
      context.eventLoop.scheduleTask(in: Self.farewell) { bound.value.close(promise: nil) }
    }

    /// Ends the connection at once.
    func fail(_ error: any Error) {
      note(error)
      channel.close(mode: .all, promise: nil)
    }

    /// Ends the connection at once, for what the channel has thrown.
    func fail(naming error: any Error) { fail(diagnosis.name(error)) }

    /// Takes notice that the connection ended before it stood.
    func failAsEnded() { fail(diagnosis.ended) }

    // What the channel tells.

    func handlerAdded(context: ChannelHandlerContext) {
      self.context = context
      if beginning == .added || beginning == .connected && context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
      if beginning == .connected { begin() }
      context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      switch event {
      case TLSUserEvent.handshakeCompleted where beginning == .secured: begin()
      case ChannelEvent.inputClosed, TLSUserEvent.shutdownCompleted: endInput()
      default: break
      }
      context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let piece = unwrapInboundIn(data)
      guard !isEnding else {
        discarded += piece.readableBytes
        if discarded > Self.farewellSize { context.close(promise: nil) }
        return
      }
      if piece.readableBytes > 0 { pieces.append(piece) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
      deliver()
      // What came was no part of what is waited for, such as a ping.
      if reader != nil || looker != nil || isEnding, !hasEnded { context.read() }
      context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      // The other side has closed without saying so by TLS; what it says by the sync is checked there.
      if case NIOSSLError.uncleanShutdown = error { return endInput() }
      fail(naming: error)
    }

    func channelInactive(context: ChannelHandlerContext) {
      endInput()
      context.fireChannelInactive()
    }

    private func begin() {
      isReady = true
      starter.take()?.end(.success(()))
    }

    private func endInput() {
      hasEnded = true
      if !isReady { note(diagnosis.ended) }
      deliver()
      if isEnding { context?.close(promise: nil) }
    }

    private func note(_ error: any Error) {
      if failure == nil { failure = error }
      let known = failure ?? error
      for waiting in [looker.take(), starter.take(), writer.take()] {
        waiting?.end(.failure(known))
      }
      deliver()
    }

    /// Gives whoever waits what has come.
    private func deliver() {
      if !pieces.isEmpty || hasEnded { looker.take()?.end(.success(())) }
      guard let waiting = reader else { return }
      if waiting.hasEnded { return reader = nil }
      if var piece = pieces.first {
        // What a cancelled task does not take stays.
        if waiting.end(.success(piece.readBytes(length: piece.readableBytes) ?? [])) {
          pieces.removeFirst()
        }
      } else if let failure {
        waiting.end(.failure(failure))
      } else if hasEnded {
        waiting.end(.success(nil))
      } else {
        return
      }
      reader = nil
    }
  }

  /// What is told to the handlers of a connection before its end.
  struct ChannelFarewell: Sendable {}
#endif
