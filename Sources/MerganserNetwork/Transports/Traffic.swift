#if Network
  import Synchronization

  /// How many bytes came and went by the connections of a listener or a connector; what TLS adds is not counted.
  final class Traffic: Sendable {
    let received = Atomic(0)
    let sent = Atomic(0)
  }
#endif
