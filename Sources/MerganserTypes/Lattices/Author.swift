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
  ///
  /// It becomes later only where the author writes over what was written at this time or later.
  public private(set) var time: HybridTime
  /// The latest stamp given, see ``stamp(after:of:)``.
  package private(set) var latestStamp: HybridTime
  /// Where dots of the history lie here whose changes the author makes once more; `nil` where they mean the
  /// same here as there.
  package var repetition: Repetition?

  /// An author whose next write gets the number `nextSequence`.
  public init(_ replica: ReplicaID, nextSequence: UInt64, time: HybridTime = .zero) {
    self.replica = replica
    self.nextSequence = nextSequence
    self.time = time
    latestStamp = time
  }

  /// The time of a write that comes after one of the time `earlier`, which `replica` wrote.
  ///
  /// That is the author's time. A further write in the place of an own one gets a later stamp as long as the
  /// transaction runs, so that it wins; when this ends, all of them have the author's time, and of several
  /// in one place the last is left.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than `earlier`.
  public mutating func stamp(
    after earlier: HybridTime?, of writer: ReplicaID?
  ) throws(LatticeError) -> HybridTime {
    guard let earlier, earlier >= time else { return time }
    guard earlier.bits < .max else { throw .timeExhausted }
    let next = HybridTime(bits: earlier.bits + 1)
    if writer != replica || earlier > latestStamp { time = next }
    latestStamp = max(latestStamp, next)
    return next
  }

  /// A dot that names a new write.
  ///
  /// At the greatest number of 64 bits it stays; nobody gets there by writing, see
  /// ``Dot/maximumSequence``.
  public mutating func nextDot() -> Dot {
    defer { if nextSequence < .max { nextSequence += 1 } }
    return Dot(replica, sequence: nextSequence)
  }
}
