import MerganserDatabase
import MerganserTypes

/// What histories came to that replicas have shown: the same versions come to the same state, always.
struct SeenStates {
  private struct Key: Hashable {
    let schema: UInt64
    let history: UInt64
  }

  private var hashes: [Key: UInt64] = [:]
  /// A number that is equal for runs that showed the same states in the same order.
  private(set) var trace: UInt64 = 0

  /// Notes what a snapshot shows.
  ///
  /// - Parameters:
  ///   - snapshot: the snapshot.
  ///   - rows: what follows from all of its rows.
  /// - Returns: whether no replica had shown it before.
  /// - Throws: ``Violation``, if the same versions came to something else before.
  mutating func note(_ snapshot: Snapshot, rows: UInt64) throws(Violation) -> Bool {
    let key = Key(schema: snapshot.catalog.fingerprint, history: snapshot.historyHash)
    trace = trace &* 0x9E37_79B9_7F4A_7C15 &+ rows &+ key.history
    if let known = hashes[key] {
      guard known == rows else {
        throw Violation(
          guarantee: .determinism,
          evidence: "the versions \(snapshot.vector) came to another state before")
      }
      return false
    }
    hashes[key] = rows
    return true
  }
}
