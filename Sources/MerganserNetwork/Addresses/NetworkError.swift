#if Network
  public import Foundation
  import MerganserModel
  import MerganserSync
  public import MerganserTypes

  /// Why two replicas on different machines are not connected.
  ///
  /// What ends a connection that stood is a ``/MerganserSync/SyncError`` or a ``/MerganserModel/ReplicationError``, as
  /// in a sync over any transport, or ``connectionLost(reason:)``.
  public enum NetworkError: MerganserError, Hashable {
    /// The text is no address.
    case invalidAddress(String, reason: String)
    /// Without TLS nothing leaves this machine.
    case plaintextNotAllowed(NetworkAddress)
    /// The address says that there is TLS, or that there is none, and what was given says otherwise.
    case schemeContradictsSecurity(NetworkAddress)
    /// Nobody can listen at the address.
    case cannotListen(NetworkAddress, reason: String)
    /// Nobody answers at the address.
    case cannotConnect(NetworkAddress, reason: String)
    /// The connection has failed.
    case connectionLost(reason: String)
    /// The other side closed the connection before it said who it is: it may have no room, or drain.
    case closedBeforeGreeting
    /// The other side took too long to say who it is.
    case handshakeTooSlow(limit: Duration)
    /// There are as many connections as there may be.
    case tooManyConnections(limit: Int)
    /// There are as many connections of sides that have not said who they are as there may be.
    case tooManyHandshakes(limit: Int)
    /// The other side begins with TLS, which is not spoken here.
    case peerSpeaksTLS
    /// The other side does not speak TLS, which is spoken here.
    case peerSpeaksPlaintext
    /// The other side speaks an earlier version of TLS than 1.3.
    case peerSpeaksEarlierTLS
    /// The handshake of TLS failed for another reason.
    case handshakeFailed(reason: String)
    /// The other side answers, but not as a WebSocket does at this path.
    case notWebSocket(reason: String)
    /// The other side has shown no certificate.
    case noCertificate
    /// The other side's certificate is not signed by the authority that is trusted here.
    case unknownAuthority(reason: String)
    /// The other side's certificate has ended.
    case certificateExpired(ended: Date)
    /// The other side's certificate does not hold yet.
    case certificateNotYetValid(begins: Date)
    /// The other side's certificate is revoked here.
    case certificateRevoked(serial: String)
    /// The other side's certificate names no database and replica.
    case certificateNamesNobody
    /// The other side's certificate is of another database.
    case certificateOfOtherDatabase(ours: ReplicaID, theirs: ReplicaID)
    /// The replica that greets is not the one that its certificate names.
    case notCertifiedReplica(certified: ReplicaID, greeting: ReplicaID)
    /// The other side does not accept this side's certificate.
    case certificateRefusedByPeer(reason: String)
    /// This side's own certificate is not of this replica, or of this database.
    case certificateOfOther(certified: String, needed: String)
    /// A file with a key can be read by others than its owner.
    case keyReadableByOthers(path: String, mode: String)
    /// A file has no key, or no certificate, that can be read.
    case invalidKeyFile(path: String, reason: String)
  }

  extension NetworkError: CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String {
      switch self {
      case .invalidAddress(let text, let reason):
        "\"\(text)\" is no address: \(reason); write tcp://host:port, unix:/path or wss://host:port/path"
      case .plaintextNotAllowed(let address):
        "\(address) is not of this machine; without TLS nothing leaves it: give certificates"
      case .schemeContradictsSecurity(let address):
        "\(address) and what was given for its security contradict each other; wss has TLS, and ws has none"
      case .cannotListen(let address, let reason): "nobody can listen at \(address): \(reason)"
      case .cannotConnect(let address, let reason): "nobody answers at \(address): \(reason)"
      case .connectionLost(let reason):
        "the connection was lost: \(reason); what was exchanged stays"
      case .closedBeforeGreeting:
        """
        the other side closed the connection before it said who it is; it may have no room for more, or drain: \
        see what it logs
        """
      case .handshakeTooSlow(let limit): "the other side did not say who it is within \(limit)"
      case .tooManyConnections(let limit): "there are \(limit) connections, as many as there may be"
      case .tooManyHandshakes(let limit):
        "\(limit) sides have not said who they are, as many as there may be"
      case .peerSpeaksTLS:
        "the other side speaks TLS, and this one does not; give certificates here, or plaintext there"
      case .peerSpeaksPlaintext:
        "the other side does not speak TLS, and this one does; give certificates there"
      case .peerSpeaksEarlierTLS:
        "the other side speaks an earlier version of TLS than 1.3; update it"
      case .handshakeFailed(let reason): "the handshake of TLS failed: \(reason)"
      case .notWebSocket(let reason):
        "the other side does not answer as a WebSocket at this path: \(reason)"
      case .noCertificate: "the other side has shown no certificate"
      case .unknownAuthority(let reason):
        "the other side's certificate is not signed by the authority that is trusted here: \(reason)"
      case .certificateExpired(let ended):
        "the other side's certificate ended \(ended.formatted(.iso8601)); have a new one made"
      case .certificateNotYetValid(let begins):
        """
        the other side's certificate holds from \(begins.formatted(.iso8601)) on; look at the clocks of both \
        machines
        """
      case .certificateRevoked(let serial):
        "the other side's certificate, with the number \(serial), is revoked here"
      case .certificateNamesNobody:
        "the other side's certificate names no database and replica (merganser://DATABASE/REPLICA)"
      case .certificateOfOtherDatabase(let ours, let theirs):
        "the other side's certificate is of the database \(theirs), and this is \(ours)"
      case .notCertifiedReplica(let certified, let greeting):
        "replica \(greeting) greets with a certificate of \(certified)"
      case .certificateRefusedByPeer(let reason):
        "the other side does not accept the certificate of this one: \(reason); see what it logs"
      case .certificateOfOther(let certified, let needed):
        "the certificate that was given here is of \(certified), and not of \(needed)"
      case .keyReadableByOthers(let path, let mode):
        "\(path) has a key, and others can read it (mode \(mode)); make it yours alone: chmod 600"
      case .invalidKeyFile(let path, let reason): "\(path) cannot be used: \(reason)"
      }
    }
  }

  extension NetworkError: LastingError {
    /// Whether trying again soon is of no use.
    package var isLasting: Bool {
      switch self {
      case .connectionLost, .closedBeforeGreeting, .handshakeTooSlow, .cannotConnect,
        .handshakeFailed, .tooManyConnections, .tooManyHandshakes:
        false
      default: true
      }
    }
  }
#endif
