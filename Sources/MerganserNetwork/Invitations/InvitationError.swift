#if Network
  package import Foundation
  package import MerganserTypes

  /// Why nobody joins by an invitation.
  package enum InvitationError: MerganserError, Hashable {
    /// The text is no invitation.
    case unreadable(reason: String)
    /// It is of another database than the side that was asked.
    case ofOtherDatabase(ours: ReplicaID, theirs: ReplicaID)
    /// The authority has not signed it as it is.
    case notSigned
    /// Its time is over.
    case expired(ended: Date)
    /// Somebody has joined by it.
    case used
    /// The file that has which were used cannot be written or read.
    case notRecorded(path: String, reason: String)
    /// The side that was asked has refused it.
    case refused(reason: String)
  }

  extension InvitationError: CustomStringConvertible {
    /// What is wrong, and what to do.
    package var description: String {
      switch self {
      case .unreadable(let reason): "this is no invitation: \(reason)"
      case .ofOtherDatabase(let ours, let theirs):
        "the invitation is to the database \(theirs), and this is \(ours)"
      case .notSigned: "the database's authority has not signed this invitation"
      case .expired(let ended):
        "the invitation ended \(ended.formatted(.iso8601)); ask for a new one"
      case .used: "the invitation was used; each lets one replica in: ask for a new one"
      case .notRecorded(let path, let reason):
        "nobody can join, as \(path) cannot be used, which has the invitations that were used: \(reason)"
      case .refused(let reason): "the other side refuses: \(reason)"
      }
    }
  }
#endif
