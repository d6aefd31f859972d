#if Network
  import MerganserSync
  import NIOCore
  import NIOSSL
  import Synchronization

  /// A connection that carries the bytes of a sync: TCP, a Unix socket or a WebSocket, with TLS or without.
  ///
  /// Nothing is read that nobody waits for, and `send` returns when what it was given is with the system. So whatever the other
  /// side does, a connection holds no more than one piece in each direction.
  final class ChannelTransport: Transport {
    /// How many bytes are given to the channel at a time.
    private static let pieceSize = 1 << 17

    let channel: any Channel
    private let inbox: NIOLoopBound<ChannelInbox>
    private let traffic: Traffic

    /// The transport of a channel whose last handler is `inbox`; called on the channel's event loop.
    init(_ channel: any Channel, inbox: ChannelInbox, traffic: Traffic) {
      self.channel = channel
      self.traffic = traffic
      self.inbox = NIOLoopBound(inbox, eventLoop: channel.eventLoop)
    }

    /// Whether the channel is of this machine, as the system says.
    var isLocal: Bool { channel.remoteAddress?.isLoopback ?? true }

    /// Who is at the other end, as text.
    var remote: String {
      switch channel.remoteAddress {
      case .unixDomainSocket?, nil: "a Unix socket"
      case let address?:
        address.ipAddress.map { "\($0):\(address.port ?? 0)" } ?? "\(address)"
      }
    }

    /// Returns when bytes can be sent and received.
    func ready() async throws { try await perform { $0.whenReady($1) } }

    /// Returns when there is something to receive; what it is, `receive` returns.
    func firstBytes() async throws { try await perform { $0.whenReadable($1) } }

    /// The next bytes of the other side.
    func receive() async throws -> [UInt8]? {
      let bytes = try await perform { $0.receive($1) }
      traffic.received.wrappingAdd(bytes?.count ?? 0, ordering: .relaxed)
      return bytes
    }

    /// Sends bytes to the other side.
    func send(_ bytes: [UInt8]) async throws {
      var rest = bytes[...]
      repeat {
        let piece = ByteBuffer(bytes: rest.prefix(Self.pieceSize))
        rest = rest.dropFirst(Self.pieceSize)
        try await perform { $0.send(piece, telling: $1) }
        traffic.sent.wrappingAdd(piece.readableBytes, ordering: .relaxed)
      } while !rest.isEmpty
    }

    /// The certificate that the other side has shown; `nil` without TLS, or if it has shown none.
    func peerCertificate() async throws -> NIOSSLCertificate? {
      do {
        return try await channel.pipeline.handler(type: NIOSSLHandler.self)
          .map { $0.peerCertificate }.get()
      } catch {
        // There is no handler left where the connection has ended.
        try await ready()
        throw NetworkError.closedBeforeGreeting
      }
    }

    /// Ends both directions in order: what was sent arrives.
    func close() async {
      channel.eventLoop.execute { self.inbox.value.end() }
    }

    /// Ends the connection at once, for a reason that whoever waits is told.
    func abort(_ error: any Error) {
      channel.eventLoop.execute { self.inbox.value.fail(error) }
    }

    /// Aborts the connection, unless it is told in time that this is not to be.
    func abort(after delay: Duration, with error: any Error) -> Scheduled<Void> {
      channel.eventLoop.scheduleTask(in: TimeAmount(delay)) { self.inbox.value.fail(error) }
    }

    /// Returns when the connection is no more; where the task is cancelled, it ends at once.
    func closed() async {
      await withTaskCancellationHandler {
        try? await channel.closeFuture.get()
      } onCancel: {
        abort(CancellationError())
      }
    }

    /// Has the inbox do something, and waits until that is done or the task is cancelled.
    private func perform<Value: Sendable>(
      _ body: @escaping @Sendable (ChannelInbox, Waiting<Value>) -> Void
    ) async throws -> Value {
      let waiting = Waiting<Value>()
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          guard waiting.begin(continuation) else { return }
          channel.eventLoop.execute { body(self.inbox.value, waiting) }
        }
      } onCancel: {
        waiting.end(.failure(CancellationError()))
      }
    }
  }

  /// A task that waits for a channel; it is resumed once, whatever happens first.
  final class Waiting<Value: Sendable>: Sendable {
    private enum State {
      case new
      case waiting(CheckedContinuation<Value, any Error>)
      case ended
    }

    private let state = Mutex(State.new)

    /// Takes the task that waits; whether it was not cancelled before.
    func begin(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
      let isNew = state.withLock { state in
        guard case .new = state else { return false }
        state = .waiting(continuation)
        return true
      }
      if !isNew { continuation.resume(throwing: CancellationError()) }
      return isNew
    }

    /// Whether nobody waits any more.
    var hasEnded: Bool {
      state.withLock { if case .ended = $0 { true } else { false } }
    }

    /// Resumes the task, if it still waits; whether it did.
    @discardableResult
    func end(_ result: Result<Value, any Error>) -> Bool {
      let continuation = state.withLock { state in
        defer { state = .ended }
        if case .waiting(let continuation) = state { return Optional(continuation) }
        return nil
      }
      continuation?.resume(with: result)
      return continuation != nil
    }
  }
#endif
