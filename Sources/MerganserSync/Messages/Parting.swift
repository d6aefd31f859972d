public import MerganserModel
public import MerganserTypes

/// A version that one of two peers holds and that the other will never apply: they stay apart.
///
/// An older program, or one that checks less, has taken it in. Whoever refuses it goes on; what rests on it waits
/// there. A store is opened by the program that refuses it, and sets it aside; where own writes rest on it, or a
/// checkpoint has it, the way out is that of a fork: the store that holds it leaves its branch
/// (`Replica.heal(_:at:into:from:offering:anyway:running:options:toleratedDrift:wall:)`, `merganser heal`).
public struct Parting: Hashable, Sendable {
  /// Who holds the version.
  public var holder: ReplicaID
  /// Who refuses it.
  public var refuser: ReplicaID
  /// Which version it is, and why it is refused.
  public var reason: ReplicationError

  /// The parting of two replicas over a version.
  public init(holder: ReplicaID, refuser: ReplicaID, reason: ReplicationError) {
    self.holder = holder
    self.refuser = refuser
    self.reason = reason
  }
}

extension Parting: CustomStringConvertible {
  /// What they differ in, and what to do.
  public var description: String {
    """
    replicas \(holder.shortDescription) and \(refuser.shortDescription) part: the first holds what the second never \
    takes (\(reason)); open the store of the first with the program of the second, and sync again; if they still \
    part, let it leave its branch: merganser heal, from the second
    """
  }
}
