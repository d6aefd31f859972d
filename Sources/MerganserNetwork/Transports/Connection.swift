#if Network
  import Synchronization

  /// A connection, and who is at its other end.
  struct Connection: Sendable {
    let transport: ChannelTransport
    let certified: CertifiedPeer
    let isSecure: Bool

    /// Checks who the other side is, once the handshake is done.
    func check(by tls: TLSParty?, asClient: Bool) async throws {
      guard let tls else { return }
      if let own = tls.own {
        try own.note(try await transport.peerCertificate(), for: certified)
      }
      // Where a session is resumed, nothing is checked anew.
      if tls.isChecking(asClient: asClient), !certified.isChecked {
        throw NetworkError.noCertificate
      }
    }
  }

  /// The connection that a bootstrap makes on its event loop.
  final class Made: Sendable {
    private let made = Mutex<Connection?>(nil)

    func set(_ connection: Connection) { made.withLock { $0 = connection } }

    var connection: Connection? { made.withLock { $0 } }
  }
#endif
