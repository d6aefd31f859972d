#if Network
  import MerganserModel
  import MerganserSync
  import MerganserTypes
  import Synchronization

  /// A connection on which nothing is taken in before the replica at the other end is known to be the one that its
  /// certificate names.
  final class GreetedTransport: Transport {
    private struct State {
      var isGreeted = false
      var decoder = MessageDecoder(limit: Greeting.maximumSize)
      /// What has come before the greeting was whole.
      var held: [UInt8] = []
      /// What was sent until then.
      var sent: [UInt8] = []
      /// Since when the other side takes nothing of what is being sent.
      var sending: ContinuousClock.Instant?
    }

    private let connection: Connection
    private let state = Mutex(State())
    private let greeted: @Sendable (ReplicaID) -> Void

    /// The transport of a connection; `greeted` is told who the other side is.
    init(_ connection: Connection, greeted: @escaping @Sendable (ReplicaID) -> Void) {
      self.connection = connection
      self.greeted = greeted
    }

    /// For how long the other side has taken nothing of what is being sent.
    var waiting: Duration {
      state.withLock { $0.sending }.map { ContinuousClock.now - $0 } ?? .zero
    }

    func send(_ bytes: [UInt8]) async throws {
      state.withLock { state in
        if !state.isGreeted { state.sent += bytes }
        state.sending = .now
      }
      defer { state.withLock { $0.sending = nil } }
      try await connection.transport.send(bytes)
    }

    func close() async { await connection.transport.close() }

    func receive() async throws -> [UInt8]? {
      while !state.withLock({ $0.isGreeted }) {
        guard let piece = try await next() else {
          let held = release()
          if held.isEmpty { throw NetworkError.closedBeforeGreeting }
          return held
        }
        let found = try state.withLock { state in
          // A record of TLS begins with its kind: an alert, or a handshake.
          if !connection.isSecure, state.held.isEmpty, let first = piece.first, 21...22 ~= first {
            throw NetworkError.peerSpeaksTLS
          }
          state.held += piece
          state.decoder.append(piece)
          return Result { try state.decoder.next() }
        }
        switch found {
        case .success(nil): continue
        case .success(.greeting(let greeting)?):
          try await check(greeting.replica)
          greeted(greeting.replica)
          return release()
        // Whoever takes it says what is wrong with it.
        case .success, .failure: return release()
        }
      }
      return try await connection.transport.receive()
    }

    /// The next bytes before the greeting is whole.
    private func next() async throws -> [UInt8]? {
      do { return try await connection.transport.receive() } catch NetworkError.connectionLost
        where state.withLock({ $0.held.isEmpty })
      {
        throw NetworkError.closedBeforeGreeting
      }
    }

    /// What has come so far; what comes from now on is handed on as it is.
    private func release() -> [UInt8] {
      state.withLock { state in
        state.isGreeted = true
        defer { (state.held, state.sent) = ([], []) }
        return state.held
      }
    }

    /// Checks that the replica that greets is the one that the certificate names.
    private func check(_ replica: ReplicaID) async throws {
      guard let certified = connection.certified.replica, certified != replica else { return }
      let error = NetworkError.notCertifiedReplica(certified: certified, greeting: replica)
      try? await connection.transport.send(refusal("\(error)"))
      throw error
    }

    /// The bytes that tell the other side why it is refused, behind what this side has said.
    private func refusal(_ reason: String) throws -> [UInt8] {
      let sent = state.withLock { $0.sent }
      var decoder = MessageDecoder(limit: Greeting.maximumSize)
      var encoder = MessageEncoder()
      var bytes: [UInt8] = []
      decoder.append(sent)
      while let message = try decoder.next() { encoder.encode(message, to: &bytes) }
      bytes = []
      encoder.encode(.refusal(reason), to: &bytes)
      return bytes
    }
  }
#endif
