#if Network
  import Foundation
  import MerganserTypes
  import Synchronization

  /// Who the other side's certificate names, once it was checked.
  final class CertifiedPeer: Sendable {
    private struct State {
      var isChecked = false
      var replica: ReplicaID?
      var serial: String?
      var end: Date?
    }

    private let state = Mutex(State())

    /// Takes notice of a certificate that was checked.
    func note(_ replica: ReplicaID?, serial: String?, until end: Date?) {
      state.withLock { $0 = State(isChecked: true, replica: replica, serial: serial, end: end) }
    }

    /// Whether a certificate was checked for this very connection.
    var isChecked: Bool { state.withLock { $0.isChecked } }
    /// The replica that the certificate names, if it names one.
    var replica: ReplicaID? { state.withLock { $0.replica } }
    /// The number of the certificate, if it is a member's.
    var serial: String? { state.withLock { $0.serial } }
    /// When the certificate ends, if it is a member's.
    var end: Date? { state.withLock { $0.end } }
  }
#endif
