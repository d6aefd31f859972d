#if Network
  import MerganserSync
  import Synchronization

  /// A connection of which it is known whether the other side takes what is sent, and whether it has said anything.
  final class WatchedTransport: Transport {
    private struct State {
      /// Whether anything has come.
      var hasBegun = false
      /// Since when the other side takes nothing of what is being sent.
      var sending: ContinuousClock.Instant?
    }

    private let connection: Connection
    private let state = Mutex(State())

    /// The transport of a connection.
    init(_ connection: Connection) { self.connection = connection }

    /// For how long the other side has taken nothing of what is being sent.
    var waiting: Duration {
      state.withLock { $0.sending }.map { ContinuousClock.now - $0 } ?? .zero
    }

    func send(_ bytes: [UInt8]) async throws {
      state.withLock { $0.sending = .now }
      defer { state.withLock { $0.sending = nil } }
      try await connection.transport.send(bytes)
    }

    func close() async { await connection.transport.close() }

    func receive() async throws -> [UInt8]? {
      if state.withLock({ $0.hasBegun }) { return try await connection.transport.receive() }
      let first: [UInt8]?
      do { first = try await connection.transport.receive() } catch NetworkError.connectionLost {
        throw NetworkError.closedBeforeGreeting
      }
      guard let first else { throw NetworkError.closedBeforeGreeting }
      // A record of TLS begins with its kind: an alert, or a handshake.
      if !connection.isSecure, let kind = first.first, 21...22 ~= kind {
        throw NetworkError.peerSpeaksTLS
      }
      state.withLock { $0.hasBegun = true }
      return first
    }
  }
#endif
