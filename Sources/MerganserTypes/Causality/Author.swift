/// Who writes: a replica, the number of its next write, and its clock.
///
/// Every mutation is made by an author, which names it with a fresh dot and a time. A standalone value
/// makes one from its context; a database lends the one of its replica.
public struct Author: Sendable {
  /// The replica that writes.
  public let replica: ReplicaID
  /// The number that its next write will get.
  public private(set) var nextSequence: UInt64
  /// The time of everything that this author writes.
  public let time: HybridTime

  /// An author whose next write gets the number `nextSequence`.
  public init(_ replica: ReplicaID, nextSequence: UInt64, time: HybridTime = .zero) {
    self.replica = replica
    self.nextSequence = nextSequence
    self.time = time
  }

  /// An author whose next write comes after all of its writes in `context`.
  public init(_ replica: ReplicaID, after context: CausalContext, time: HybridTime = .zero) {
    self.init(replica, nextSequence: context.nextSequence(of: replica), time: time)
  }

  /// A dot that names a new write.
  ///
  /// At the greatest number of 64 bits it stays; nobody gets there by writing, see
  /// ``Dot/maximumSequence``.
  public mutating func nextDot() -> Dot {
    defer { if nextSequence < .max { nextSequence += 1 } }
    return Dot(replica, nextSequence)
  }
}
