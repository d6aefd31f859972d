import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Who has seen every version that reached a disk, in the order in which it did first.
///
/// Each version stands behind all that it depends on. It is used by one thread.
final class Witness: @unchecked Sendable {
  /// What is known of a version.
  private struct Entry {
    let sequences: ClosedRange<UInt64>
    let hash: UInt64
    let dependencies: VersionVector
    /// Whether a caller was told that it is stored, and it is on some disk still.
    var isAcknowledged = false
  }

  /// The versions, each behind those that it depends on.
  private(set) var versions: [StoredVersion] = []
  private var entries: [ReplicaID: [Entry]] = [:]
  /// Identities that wrote more than one history.
  private var fork: Violation?

  /// Takes notice of a version that is on a disk.
  func note(_ version: StoredVersion) {
    if let known = entry(of: version.origin, endingAt: version.sequences.upperBound) {
      if known.hash != version.hash { noteFork(of: version) }
      return
    }
    let last = entries[version.origin]?.last?.sequences.upperBound ?? 0
    guard version.sequences.lowerBound == last + 1 else { return noteFork(of: version) }
    entries[version.origin, default: []].append(
      Entry(
        sequences: version.sequences, hash: version.hash,
        dependencies: (try? version.decoded().dependencies) ?? VersionVector()))
    versions.append(version)
  }

  private func noteFork(of version: StoredVersion) {
    fork =
      fork
      ?? Violation(
        guarantee: .identity,
        evidence: """
          \(version.origin.shortDescription) wrote two versions that have the numbers \
          \(version.sequences.lowerBound) to \(version.sequences.upperBound) or some of these
          """)
  }

  /// Takes notice that a caller was told of a version.
  func acknowledge(_ version: StoredVersion) throws(Violation) {
    guard let place = place(of: version.origin, endingAt: version.sequences.upperBound),
      entries[version.origin]?[place].hash == version.hash
    else {
      throw Violation(
        guarantee: .durability,
        evidence: "\(Self.name(version)) was acknowledged and is on no disk")
    }
    entries[version.origin]?[place].isAcknowledged = true
  }

  /// Takes notice that what no disk holds beyond `vector` is given up: an operator restored the only one that had it.
  func giveUp(beyond vector: VersionVector) {
    for origin in entries.keys {
      for place in entries[origin]?.indices ?? 0..<0 {
        guard let end = entries[origin]?[place].sequences.upperBound, end > vector[origin] else {
          continue
        }
        entries[origin]?[place].isAcknowledged = false
      }
    }
  }

  /// Checks that no identity has written more than one history.
  func checkIdentities() throws(Violation) { if let fork { throw fork } }

  /// Checks that what a replica shows are whole versions, each with all that it depends on.
  ///
  /// - Parameters:
  ///   - vector: what it shows.
  ///   - before: what it showed before, which was checked then.
  /// - Throws: ``Violation``.
  func check(_ vector: VersionVector, after before: VersionVector) throws(Violation) {
    for (origin, sequence) in vector where sequence > before[origin] {
      guard let last = place(of: origin, endingAt: sequence) else {
        throw Violation(
          guarantee: .atomicity,
          evidence: "no version of \(origin.shortDescription) ends at \(sequence), which shows")
      }
      var next = last
      while let entry = entries[origin]?[next], entry.sequences.upperBound > before[origin] {
        guard entry.dependencies.isCovered(by: vector) else {
          throw Violation(
            guarantee: .causality,
            evidence: """
              \(origin.shortDescription):\(entry.sequences.upperBound) shows, which depends on \(entry.dependencies), \
              and \(vector) is there
              """)
        }
        if next == 0 { break }
        next -= 1
      }
    }
  }

  /// Checks that all acknowledged versions are among those that a vector covers.
  func checkAcknowledged(in vector: VersionVector) throws(Violation) {
    for origin in entries.keys.sorted() {
      let lost = entries[origin]?.first {
        $0.isAcknowledged && $0.sequences.upperBound > vector[origin]
      }
      guard let lost else { continue }
      throw Violation(
        guarantee: .durability,
        evidence: """
          \(origin.shortDescription):\(lost.sequences.upperBound) was acknowledged, and replicas have agreed on \
          \(vector)
          """)
    }
  }

  private func entry(of origin: ReplicaID, endingAt sequence: UInt64) -> Entry? {
    place(of: origin, endingAt: sequence).flatMap { entries[origin]?[$0] }
  }

  private func place(of origin: ReplicaID, endingAt sequence: UInt64) -> Int? {
    guard let all = entries[origin] else { return nil }
    var low = 0
    var high = all.count
    while low < high {
      let middle = (low + high) / 2
      if all[middle].sequences.upperBound < sequence { low = middle + 1 } else { high = middle }
    }
    return low < all.count && all[low].sequences.upperBound == sequence ? low : nil
  }

  private static func name(_ version: StoredVersion) -> String {
    "\(version.origin.shortDescription):\(version.sequences.upperBound)"
  }
}
