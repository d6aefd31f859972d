import MerganserDatabase
public import MerganserModel
package import MerganserTypes

/// What came of a sync, as the side sees it that called `sync`: what came here, and what went there.
public struct SyncReport: Hashable, Sendable {
  /// How many versions came here from the other side, and were applied.
  public var received = 0
  /// How many versions went there from here, and were applied.
  public var sent = 0
  /// Whether the other side's state was adopted here, as its log no longer had all that was lacking.
  public var receivedState = false
  /// Whether the state from here was adopted there.
  public var sentState = false
  /// What was refused on either side, and why; the first ``limit`` of these.
  public var refused: [ReplicationError] = []
  /// How much more was refused.
  public var furtherRefusals = 0
  /// What of the refusals keeps the two from becoming equal, however often they sync.
  public var partings: [Parting] = []
  /// How many versions were set aside on either side, as they rest on another branch of some replica's history.
  public var setAside = 0
  /// How many dependencies of versions that were applied could not be verified by their hashes, and how many
  /// histories could not be compared, as neither a log nor its spine reaches that far back.
  public var unverified = 0

  /// How many refusals are listed: a peer that offers nonsense for ever fills no memory.
  public static let limit = 1000

  /// The report of a sync in which nothing was exchanged.
  public init() {}

  /// Adds what came of a link since.
  package mutating func add(_ other: SyncReport) {
    received += other.received
    sent += other.sent
    receivedState = receivedState || other.receivedState
    sentState = sentState || other.sentState
    let room = max(0, Self.limit - refused.count)
    refused += other.refused.prefix(room)
    furtherRefusals += max(0, other.refused.count - room) + other.furtherRefusals
    partings += other.partings.prefix(max(0, Self.limit - partings.count))
    setAside += other.setAside
    unverified += other.unverified
  }

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
