import MerganserDatabase
import MerganserModel
import MerganserTypes

// A message that is large is sent frame by frame, so that what does not rest on it passes it: one large row holds up neither
// acknowledgements nor others' small versions.
//
//     a → b  versions, frame 1      the large row
//     a → b  passing                versions of others, which became durable meanwhile
//     a → b  versions, frame 2 …
//     a → b  versions               what rests on the large row

/// A message of a link that is being sent frame by frame.
struct LargeMessage {
  /// What is left of it.
  var message: CutMessage
  /// Versions that go behind it: they rest on what it has, or one frame has no room for them.
  var behind: [StoredVersion] = []
  /// From which number on an origin's versions go behind it.
  private var first: [ReplicaID: UInt64]
  private var size = 0

  /// How many bytes of versions go behind it at most before no more are looked for, but for the last batch.
  private static let limit = 1 << 20

  /// A message with the given versions, of which no frame was sent.
  init(_ message: CutMessage, versions: [StoredVersion]) {
    self.message = message
    first = [:]
    for version in versions { note(version) }
  }

  /// Whether so much goes behind it that nothing more is looked for.
  var isFull: Bool { size >= Self.limit }

  /// Divides versions into those that pass it, and those that go behind it, which it keeps.
  ///
  /// - Returns: those that pass it: together they have one frame.
  mutating func pass(_ versions: [StoredVersion]) -> [StoredVersion] {
    var passing: [StoredVersion] = []
    var room = SyncCoding.chunkSize / 2
    for version in versions {
      if version.payload.count <= room, !rests(version) {
        room -= version.payload.count + StoredVersion.largestName
        passing.append(version)
      } else {
        note(version)
        size += version.payload.count
        behind.append(version)
      }
    }
    return passing
  }

  private mutating func note(_ version: StoredVersion) {
    let number = version.sequences.lowerBound
    first[version.origin] = min(first[version.origin] ?? number, number)
  }

  /// Whether a version rests on one that it holds back.
  private func rests(_ version: StoredVersion) -> Bool {
    guard first[version.origin] == nil, let decoded = try? version.decoded() else { return true }
    return first.contains { origin, number in decoded.dependencies[origin] >= number }
  }
}

extension StoredVersion {
  /// About how many bytes a version's origin and length have in a message at most.
  fileprivate static let largestName = 64
}

extension SyncMachine {
  /// Sends versions: frame by frame where they have several.
  mutating func sendInPieces(_ versions: [StoredVersion], at now: Duration) {
    if var large = live.large {
      let passing = large.pass(versions)
      live.large = large
      if !passing.isEmpty { say(.passing(passing), at: now) }
      return
    }
    let message = SyncMessage.versions(versions)
    let cut = CutMessage(message)
    guard !cut.fitsFrame, unsent == nil else { return say(message, at: now) }
    live.large = LargeMessage(cut, versions: versions)
    spoken = now
  }

  /// Adds the next frame of a large message to what is to be sent.
  mutating func sendPiece() {
    guard failure == nil, unsent == nil, var large = live.large else { return }
    encoder.encodeFrame(of: &large.message, to: &outbox)
    live.large = large.message.isEmpty ? next(after: large) : large
  }

  /// Adds all that is left of a large message, and what goes behind it, to what is to be sent.
  mutating func sendWhole() {
    while live.large != nil, failure == nil, unsent == nil { sendPiece() }
  }

  /// What goes behind a large message, which may be large itself.
  private func next(after large: LargeMessage) -> LargeMessage? {
    guard !large.behind.isEmpty else { return nil }
    return LargeMessage(CutMessage(.versions(large.behind)), versions: large.behind)
  }
}
