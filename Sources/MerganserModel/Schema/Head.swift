public import MerganserTypes

/// The last version of an origin that a replica or a store holds.
public struct Head: Hashable, Sendable {
  /// Its last sequence number.
  public var sequence: UInt64
  /// Its hash.
  public var hash: UInt64

  /// The head with the given parts.
  @inlinable
  public init(sequence: UInt64, hash: UInt64) {
    self.sequence = sequence
    self.hash = hash
  }
}

extension VersionVector {
  /// How far the given versions go.
  ///
  /// - Complexity: O(*n* log *n*).
  public init(_ heads: [ReplicaID: Head]) {
    self.init()
    // In their order each origin is entered at the end, and moves no other.
    for (origin, head) in heads.sorted(by: { $0.key < $1.key }) { self[origin] = head.sequence }
  }
}
