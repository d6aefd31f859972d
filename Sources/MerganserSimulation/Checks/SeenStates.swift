import MerganserDatabase
import MerganserTypes

/// What the sets of versions came to that replicas have shown: the same set comes to the same state, always.
struct SeenStates {
  private struct Key: Hashable {
    let schema: UInt64
    let vector: VersionVector
  }

  private var digests: [Key: UInt64] = [:]
  /// A number that is equal for runs that showed the same states in the same order.
  private(set) var trace: UInt64 = 0

  /// Notes what a snapshot shows.
  ///
  /// - Returns: whether no replica had shown it before.
  /// - Throws: ``Violation``, if the same versions came to something else before; what reading throws.
  mutating func note(_ snapshot: Snapshot) throws -> Bool {
    let digest = try snapshot.digest
    trace = trace &* 0x9E37_79B9_7F4A_7C15 &+ digest
    let key = Key(schema: snapshot.catalog.fingerprint, vector: snapshot.vector)
    if let known = digests[key] {
      guard known == digest else {
        throw Violation(
          guarantee: .determinism,
          evidence: "the versions \(snapshot.vector) came to another state before")
      }
      return false
    }
    digests[key] = digest
    return true
  }
}
