#if Network
  import MerganserTypes
  import NIOCore
  import NIOSSL
  import Synchronization

  /// Finds the name of what has ended a connection.
  ///
  /// TLS tells both sides little of why one refuses the other: the side that refuses knows, and the other one is told a
  /// number (RFC 8446, section 6).
  final class Diagnosis: Sendable {
    private let known = Mutex<NetworkError?>(nil)

    /// Takes notice of why this side refuses the other one, which TLS is only told the fact of.
    func note(_ error: NetworkError) { known.withLock { $0 = $0 ?? error } }

    /// What it is that has ended a connection before it stood.
    var ended: NetworkError { known.withLock { $0 } ?? .closedBeforeGreeting }

    /// The name of an error.
    func name(_ error: any Error) -> any Error {
      if let known = known.withLock({ $0 }) { return known }
      switch error {
      case let error as any MerganserError: return error
      case is CancellationError: return error
      case NIOSSLError.handshakeFailed(let reason): return Self.name(handshake: "\(reason)")
      case let error as BoringSSLError: return Self.name(handshake: "\(error)")
      case is NIOSSLError, is NIOSSLExtraError:
        return NetworkError.handshakeFailed(reason: "\(error)")
      case let error as IOError: return NetworkError.connectionLost(reason: "\(error)")
      case ChannelError.ioOnClosedChannel, ChannelError.eof, ChannelError.alreadyClosed,
        ChannelError.outputClosed:
        return NetworkError.connectionLost(reason: "it was closed")
      default: return NetworkError.connectionLost(reason: "\(error)")
      }
    }

    /// What BoringSSL says, which has names in its texts alone.
    private static func name(handshake text: String) -> NetworkError {
      func says(_ names: String...) -> Bool { names.contains { text.contains($0) } }
      if says("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_RECORD", "UNEXPECTED_MESSAGE") {
        return .peerSpeaksPlaintext
      }
      if says("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "TLSV1_ALERT_PROTOCOL_VERSION") {
        return .peerSpeaksEarlierTLS
      }
      if says("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return .noCertificate }
      if says("CERTIFICATE_VERIFY_FAILED") {
        return .unknownAuthority(reason: "no chain leads to what is trusted")
      }
      let alerts = [
        "UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED",
        "CERTIFICATE_REVOKED", "CERTIFICATE_REQUIRED", "ACCESS_DENIED", "UNSUPPORTED_CERTIFICATE",
      ]
      if let alert = alerts.first(where: { text.contains($0) }) {
        return .certificateRefusedByPeer(
          reason: alert.lowercased().replacing("_", with: " "))
      }
      return .handshakeFailed(reason: text)
    }
  }
#endif
