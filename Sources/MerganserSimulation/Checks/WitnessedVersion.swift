import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A version that reached a disk, and what is known of it.
struct WitnessedVersion {
  /// Which version it is: numbers alone do not tell two histories of one identity apart.
  struct Name: Hashable {
    let origin: ReplicaID
    let end: Head
  }

  let version: StoredVersion
  let time: HybridTime
  /// The request that it answers, if it answers one.
  let request: RequestID?
  /// What it names as what it depends on.
  let dependencies: [Dependency]
  /// All that is in its past, by what versions name; itself, too.
  let past: VersionVector
  /// Whether a caller was told that it is stored, and some disk has it.
  var isAcknowledged = false
  /// Whether a person was told that it counts no more, as its store left a branch of a fork.
  var isSetAside = false

  var name: Name { Name(origin: version.origin, end: version.head) }

  /// Its origin's version before; `nil` for the first.
  var previous: Name? {
    guard version.sequences.lowerBound > 1 else { return nil }
    return Name(
      origin: version.origin,
      end: Head(sequence: version.sequences.lowerBound - 1, hash: version.previousHash))
  }
}

extension WitnessedVersion.Name: CustomStringConvertible {
  /// As a person reads it.
  var description: String { "\(origin.shortDescription):\(end.sequence)" }
}
