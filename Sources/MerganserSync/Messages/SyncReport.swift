import MerganserDatabase
public import MerganserModel
package import MerganserTypes

/// What came of a sync.
public struct SyncReport: Hashable, Sendable {
  /// How many versions went from the second to the first.
  public var received = 0
  /// How many versions went from the first to the second.
  public var sent = 0
  /// Whether the second handed its state over to the first, as its log no longer had all that was lacking.
  public var receivedState = false
  /// Whether the first handed its state over to the second.
  public var sentState = false
  /// What was refused, and why; the first ``limit`` of these.
  public var refused: [ReplicationError] = []
  /// How much more was refused.
  public var furtherRefusals = 0
  /// What keeps the two from becoming equal, however often they sync, of what is listed.
  public var partings: [Parting] = []
  /// How many versions were set aside, as they rest on another branch of some replica's history.
  public var setAside = 0
  /// How many dependencies of versions that were applied could not be verified by their hashes, and how many
  /// histories could not be compared, as neither a log nor its spine reaches that far back.
  public var unverified = 0

  /// How many refusals are listed: a peer that offers nonsense for ever fills no memory.
  public static let limit = 1000

  /// The report of a sync in which nothing was exchanged.
  public init() {}

  /// The report of a sync of two replicas, each of which has taken something in.
  package init(_ first: (ReplicaID, SyncIntake), second: (ReplicaID, SyncIntake)) {
    received = first.1.applied
    sent = second.1.applied
    receivedState = first.1.adoptedState
    sentState = second.1.adoptedState
    for (intake, refuser, holder) in [
      (first.1, first.0, second.0), (second.1, second.0, first.0),
    ] {
      let room = max(0, Self.limit - refused.count)
      for reason in intake.refused.prefix(room) {
        refused.append(reason)
        if reason.isForGood {
          partings.append(Parting(holder: holder, refuser: refuser, reason: reason))
        }
      }
      furtherRefusals += max(0, intake.refused.count - room) + intake.furtherRefusals
      setAside += intake.setAside
      unverified += intake.unverified
    }
  }
}

extension [ReplicationError] {
  /// Throws the first that keeps two peers from becoming equal, however often they sync.
  ///
  /// One cannot read what the other wrote. It must not be overlooked in a list.
  package func throwIfPeersPart() throws(ReplicationError) {
    for error in self {
      if case .unreadable = error { throw error }
    }
  }
}
