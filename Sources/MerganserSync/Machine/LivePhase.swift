import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a side of a link knows while versions flow as they become durable.
struct LivePhase {
  /// Whether both sides have met at least once: from then on acknowledgements come.
  var hasBegun = false
  /// What the other side holds, as far as is known, or was sent.
  var sent = VersionVector()
  /// What the other side knows of what is stored here: it was told, or was sent it.
  var told = VersionVector()
  /// What the other side was told to be stored here.
  var acknowledged = VersionVector()
  /// What the other side has said that it holds.
  var claimed: [ReplicaID: Head] = [:]
  /// How many bytes of versions were sent, and how many may be, since the link began.
  var given = 0
  var granted = 0
  /// How many bytes of versions a message had at most.
  var largest = 0
  /// How many bytes of versions came, and how many may come, since the link began.
  var taken = 0
  var promised = 0
  /// How many bytes of acknowledgements were added to what is to be sent since something was on its way last.
  var unread = 0
  /// The message that is being sent frame by frame.
  var large: LargeMessage?
  /// When what came and went was reported last, or there was nothing to report.
  var reported = Duration.zero
  /// Whether the driver looks for versions that the other side lacks.
  var isWatching = false
  /// Whether nothing is sent any more once all that is there was.
  var isEnding = false
  /// Whether this side has to say anew who it is, and has not been told by the driver yet.
  var isGreeting = false
  /// When the two sides met last, and how often they did since anything was new.
  var met = Duration.zero
  var uselessMeetings = 0
  var hasNews = false
  /// Whether the two have to meet again at once.
  var isNotCompared = false
  /// What has come and gone since it was last reported.
  var intake = SyncIntake()
  var outcome = SyncIntake()
  /// How much more is listed of what is refused.
  var allowance = RefusalAllowance()
  /// How many messages came lately that said nothing.
  var emptyMessages = 0
  var emptySince = Duration.zero

  /// Whether the other side has to say something before the link goes on: what it has stored, or that it drains or greets.
  func isOwed(_ outgoing: SyncMachine.Outgoing, window: Int) -> Bool {
    switch outgoing {
    case .greeting, .drained: hasBegun
    case .live: given > granted - window
    case .versions, .state, .ended, .told: false
    }
  }

  /// Takes notice of versions that the other side holds or was sent.
  mutating func note(_ versions: [StoredVersion]) {
    for version in versions {
      sent[version.origin] = max(sent[version.origin], version.sequences.upperBound)
    }
  }

  /// Takes notice of how far the other side holds origins.
  mutating func note(_ heads: [ReplicaID: Head]) {
    for (origin, head) in heads { sent[origin] = max(sent[origin], head.sequence) }
  }

  /// Takes notice of how far the other side says that it holds origins.
  mutating func noteClaim(_ heads: [ReplicaID: Head]) {
    claimed.merge(heads) { $0.sequence < $1.sequence ? $1 : $0 }
  }

  /// Takes notice of what the other side has been told of what is stored here.
  mutating func noteTold(_ heads: [ReplicaID: Head]) {
    for (origin, head) in heads { told[origin] = max(told[origin], head.sequence) }
  }

  /// Takes notice of what the other side is told to be stored here.
  mutating func noteAcknowledged(_ heads: [ReplicaID: Head]) {
    for (origin, head) in heads {
      acknowledged[origin] = max(acknowledged[origin], head.sequence)
    }
  }
}

/// How much of what is refused a link lists: as much as a sync does, and as much again after a while.
///
/// A peer that offers nonsense for ever fills no memory and no log: the rest is only counted.
struct RefusalAllowance: Sendable {
  private var left = SyncReport.limit
  private var began = Duration.zero

  /// How many may be listed now; `period` is after how long as many are listed again.
  mutating func room(at now: Duration, period: Duration) -> Int {
    if now - began >= period { (left, began) = (SyncReport.limit, now) }
    return left
  }

  /// Takes notice of how many were listed.
  mutating func use(_ count: Int) { left = max(0, left - count) }
}

extension [StoredVersion] {
  /// The last of them by each origin.
  var heads: [ReplicaID: Head] {
    reduce(into: [:]) { heads, version in
      if heads[version.origin]?.sequence ?? 0 < version.head.sequence {
        heads[version.origin] = version.head
      }
    }
  }

  /// How many bytes they have, as a window counts them.
  var size: Int { reduce(0) { $0 + $1.payload.count } }
}
