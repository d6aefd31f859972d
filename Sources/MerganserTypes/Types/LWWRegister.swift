/// A register that keeps the last value written, by hybrid time; the greater replica breaks ties.
///
/// | concurrent | set *a* at *s* | set *b* at *t* > *s* |
/// | --- | --- | --- |
/// | **set** | at equal times the greater replica's | *b*; *a* is lost |
///
/// A write is later than what its replica has seen in the register, whatever the wall shows, so that
/// a write is never lost to one that it follows. Shapiro, Preguiça, Baquero, Zawirski, *A
/// Comprehensive Study of Convergent and Commutative Replicated Data Types* (2011), specification 8.
///
/// Setting and merging cost O(1). A register that can be cleared has an optional value.
///
/// ```swift
/// try await replica.write { tx in try tx[books, "17"].set("Middlemarch") }
/// print(try replica.snapshot[books, "17"]?.value ?? "")
/// ```
public struct LWWRegister<Value: Equatable & BinaryCodable>: Equatable, Sendable {
  @usableFromInline var write: StampedWrite<Value>?

  /// The register that was never written.
  @inlinable
  public init() { write = nil }

  /// The last value written; `nil` if none was.
  @inlinable
  public var value: Value? { write?.value }

  /// When it was written.
  @inlinable
  public var time: HybridTime? { write?.time }

  /// Who wrote it.
  @inlinable
  public var replica: ReplicaID? { write?.replica }

  /// Writes `value` as `replica`, at `time` or just after the register's time if that is later; the delta
  /// is the register.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than the register's; nothing has
  ///   changed then.
  @discardableResult
  @inlinable
  public mutating func set(
    _ value: Value, as replica: ReplicaID, at time: HybridTime
  ) throws(LatticeError) -> Self {
    var now = time
    if let last = self.time {
      guard last.bits < .max else { throw .timeExhausted }
      var clock = HybridClock(latest: last)
      now = clock.now(wall: time)
    }
    write = StampedWrite(value: value, time: now, replica: replica)
    return self
  }

  /// Writes `value` as `author`, at its time or just after the register's if that is later; the delta
  /// is the register.
  ///
  /// However often a transaction writes to a register, the last of its writes is left, at the transaction's
  /// time.
  ///
  /// - Throws: ``LatticeError/timeExhausted`` where no time is later than the register's.
  @discardableResult
  @inlinable
  public mutating func set(
    _ value: Value, as author: inout Author
  ) throws(LatticeError) -> Self {
    let stamp = try author.stamp(after: time, of: replica)
    write = StampedWrite(value: value, time: stamp, replica: author.replica)
    return self
  }
}

extension LWWRegister: Decomposable {
  /// Whether this is bottom.
  @inlinable
  public var isBottom: Bool { write == nil }

  /// Joins by the write that comes later.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let theirs = other.write else { return false }
    if let write, !theirs.isLater(than: write) { return false }
    write = theirs
    return true
  }

  /// The register itself, if it was written: the order of writes is total.
  public func decomposed() -> [Self] { isBottom ? [] : [self] }
}

extension LWWRegister {
  /// Whether its stamp is not later than `time`.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    write.isWritten(by: time)
  }

  /// Writes the value of `after` as `author`, if it was written since `before`; where the histories of two places
  /// are brought together, with the time that it had, so that the last write wins whichever place it comes from.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    guard after.write != before.write, let value = after.value else { return Self() }
    if author.repetition != nil {
      // Of writes that were made at two places, the last one wins, also where one is made again.
      var delta = Self()
      delta.write = after.write
      return merge(delta) ? delta : Self()
    }
    return try set(value, as: &author)
  }
}

extension LWWRegister: LatticeStore, Replicated {}

extension LWWRegister: BinaryCodable {
  /// Appends what this holds.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) { write.encode(writeTo: &encoder) }

  /// Reads what `encode(to:)` wrote.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    write = try Optional(writeFrom: &decoder)
  }
}

extension LWWRegister: Codable where Value: Codable {
  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    write = try decoder.singleValueContainer().decode(StampedWrite<Value>?.self)
  }

  /// Appends what this holds.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(write)
  }
}

extension LWWRegister: CustomStringConvertible {
  /// The value as text.
  public var description: String { write?.description ?? "unwritten" }
}

extension LWWRegister: BuiltInType {
  /// The type of what is written.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}
