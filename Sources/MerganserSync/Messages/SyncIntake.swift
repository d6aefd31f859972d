import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What one side of a sync has taken in of the other's.
package struct SyncIntake: Hashable, Sendable {
  /// How many versions were applied.
  package private(set) var applied = 0
  /// Whether a state was adopted.
  package private(set) var adoptedState = false
  /// What was refused, and why; the first ``SyncReport/limit`` of these.
  package private(set) var refused: [ReplicationError] = []
  /// How much more was refused.
  package private(set) var furtherRefusals = 0
  /// How many versions were set aside.
  package private(set) var setAside = 0
  /// How many dependencies could not be verified, and how many histories could not be compared.
  package private(set) var unverified = 0
  /// The last version of each origin that was applied, or is in the state that was adopted.
  package private(set) var heads: [ReplicaID: Head] = [:]

  /// The intake of a side that has taken in nothing.
  package init() {}

  /// What the other side says that it took in.
  package init(_ outcome: SyncOutcome) {
    applied = outcome.applied
    adoptedState = outcome.adoptedState
    refused = outcome.refused.map { .refusedByPeer(reason: $0.reason, isForGood: $0.isForGood) }
    furtherRefusals = outcome.furtherRefusals
    setAside = outcome.setAside
    unverified = outcome.unverified
    heads = outcome.heads
  }

  /// What the other side says that it took in, of which no more than so many refusals are listed.
  init(_ outcome: SyncOutcome, listing room: Int) {
    self.init()
    add(outcome, listing: room)
    heads = outcome.heads
  }

  /// Whether anything was taken in.
  var isUseful: Bool { applied > 0 || adoptedState || setAside > 0 }

  /// Whether nothing was taken in, or refused.
  package var isEmpty: Bool {
    applied == 0 && !adoptedState && setAside == 0 && unverified == 0 && !hasRefusals
  }

  /// Whether anything was refused.
  var hasRefusals: Bool { !refused.isEmpty || furtherRefusals > 0 }

  /// Adds what became of versions.
  ///
  /// - Parameters:
  ///   - reception: what became of them.
  ///   - room: how many refusals are listed at most, and not only counted.
  mutating func add(_ reception: Database.Reception, listing room: Int = SyncReport.limit) {
    applied += reception.applied.count
    let room = min(room, max(0, SyncReport.limit - refused.count))
    refused += reception.refused.prefix(room)
    furtherRefusals += max(0, reception.refused.count - room) + reception.furtherRefusals
    setAside += reception.setAside.count
    unverified += reception.unverified
    heads.merge(reception.held) { $0.sequence < $1.sequence ? $1 : $0 }
  }

  /// Adds what the other side says that it took in, of which no more than so many refusals are listed.
  mutating func add(_ outcome: SyncOutcome, listing room: Int) {
    let other = SyncIntake(outcome)
    let room = min(room, max(0, SyncReport.limit - refused.count))
    applied = min(applied + other.applied, .max >> 1)
    adoptedState = adoptedState || other.adoptedState
    refused += other.refused.prefix(room)
    furtherRefusals += max(0, other.refused.count - room) + other.furtherRefusals
    setAside += other.setAside
    unverified += other.unverified
  }

  /// Adds a comparison of histories.
  mutating func add(_ comparison: HistoryComparison) { unverified += comparison.unknown.count }

  /// Adds a state that was adopted.
  mutating func add(_ state: StateHeader) {
    adoptedState = true
    heads.merge(state.heads) { $0.sequence < $1.sequence ? $1 : $0 }
  }
}

extension Database.Reception {
  /// The last version of each origin that is here now, of those that were offered: whoever has offered it holds it, too.
  var held: [ReplicaID: Head] {
    applied.heads.merging(known) { $0.sequence < $1.sequence ? $1 : $0 }
  }
}
