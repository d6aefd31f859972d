import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a side of a link knows while versions flow as they become durable.
struct LivePhase: Sendable {
  /// Whether both sides have met at least once: from then on acknowledgements come.
  var hasBegun = false
  /// What the other side holds, as far as is known, or was sent.
  var sent = VersionVector()
  /// How many bytes of versions were sent, and how many may be, since the link began.
  var given = 0
  var granted = 0
  /// How many bytes of versions came, and how many may come, since the link began.
  var taken = 0
  var promised = 0
  /// Whether the driver looks for versions that the other side lacks.
  var isWatching = false
  /// Whether nothing is sent any more once all that is there was.
  var isEnding = false
  /// Whether this side has to say anew who it is, and has not been told by the driver yet.
  var isGreeting = false
  /// When the two sides met last.
  var met = Duration.zero
  /// What came of that.
  var result: SyncMachine.Result?

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
}

extension [StoredVersion] {
  /// How many bytes they have, as a window counts them.
  var size: Int { reduce(0) { $0 + $1.payload.count } }
}
