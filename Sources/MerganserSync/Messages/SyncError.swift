public import MerganserTypes

/// Why a sync over a transport ended before its end.
///
/// What was exchanged until then stays; the next sync goes on from there. What a replica finds fault with itself
/// is a ``/MerganserModel/ReplicationError``, and a transport throws errors of its own.
public enum SyncError: MerganserError, Hashable {
  /// What came does not begin as a sync does.
  case notSync
  /// The two programs have no version of the protocol in common.
  case otherProtocol(ours: ClosedRange<UInt16>, theirs: ClosedRange<UInt16>)
  /// What came is not what was sent.
  case damaged(offset: Int, reason: String)
  /// The transport ended before the sync did.
  case interrupted
  /// Nothing came from the other side for so long, or nothing but that it is at work.
  case stalled(after: Duration)
  /// The transport gave an empty piece, which stands for nothing: it is to wait for a byte, or to say that none comes.
  case emptyPiece
  /// Another sync uses this end of the transport.
  case inUse
  /// The other side ended the sync, and says why; and whether the same will be so whenever this side comes back soon.
  case refused(reason: String, isLasting: Bool)
  /// The other side of a link was one replica, and says now that it is another.
  case otherPeer(was: ReplicaID, is: ReplicaID)
}

extension SyncError: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .notSync:
      "the other side does not speak the sync protocol; check where the transport leads"
    case .otherProtocol(let ours, let theirs):
      """
      the other side speaks versions \(theirs.lowerBound) to \(theirs.upperBound) of the sync protocol, and this \
      program \(ours.lowerBound) to \(ours.upperBound); update the older of the two programs
      """
    case .damaged(let offset, let reason):
      "what came is not what was sent, at byte \(offset): \(reason); sync again"
    case .interrupted:
      "the connection ended before the sync did; what was exchanged stays: sync again"
    case .stalled(let duration):
      "the other side did not go on for \(duration); what was exchanged stays: sync again"
    case .emptyPiece:
      "the transport gave an empty piece; it is to wait for bytes, or to return nil at the end"
    case .inUse: "another sync uses this end of the transport; give each one its own"
    case .refused(let reason, _): "the other side ended the sync: \(reason)"
    case .otherPeer(let before, let now):
      """
      the other side of the link was replica \(before.shortDescription), and says now that it is \(now.shortDescription); \
      a link is with one replica: link anew, and check where the transport leads
      """
    }
  }
}

extension SyncError {
  /// Whether it only tells that the other side has ended the sync, for a reason of its own.
  package var isEcho: Bool {
    switch self {
    case .refused, .interrupted: true
    case .notSync, .otherProtocol, .damaged, .stalled, .emptyPiece, .inUse, .otherPeer: false
    }
  }
}
