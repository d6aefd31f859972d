/// One write to a register: a value, when it was written, and by whom.
@usableFromInline
struct StampedWrite<Value: Equatable & BinaryCodable>: Equatable, Sendable {
  @usableFromInline var value: Value
  @usableFromInline var time: HybridTime
  @usableFromInline var replica: ReplicaID

  @usableFromInline
  init(value: Value, time: HybridTime, replica: ReplicaID) {
    self.value = value
    self.time = time
    self.replica = replica
  }

  /// Whether this write comes after `other` in the order of all writes.
  ///
  /// Two values of one replica at one time come from a replica whose identity was used twice; they
  /// are ordered by their bytes, so that all replicas at least agree.
  @inlinable
  func isLater(than other: Self) -> Bool {
    if time != other.time { return time > other.time }
    if replica != other.replica { return replica > other.replica }
    if value == other.value { return false }
    return other.value.canonicalKey.lexicographicallyPrecedes(value.canonicalKey)
  }
}

extension StampedWrite: Codable where Value: Codable {}

extension StampedWrite: CustomStringConvertible {
  @usableFromInline var description: String { "\(value) (\(time) by \(replica.shortDescription))" }
}

// What a register holds: a write, or none.
extension Optional {
  /// Appends whether there is a write, and then its time, its replica and its value.
  @inlinable
  func encode<Value>(writeTo encoder: inout BinaryEncoder) where Wrapped == StampedWrite<Value> {
    (self != nil).encode(to: &encoder)
    guard let self else { return }
    encoder.encode(stamp: self.time)
    self.replica.encode(to: &encoder)
    self.value.encode(to: &encoder)
  }

  /// Reads what ``encode(writeTo:)`` wrote.
  @inlinable
  init<Value>(
    writeFrom decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) where Wrapped == StampedWrite<Value> {
    guard try Bool(from: &decoder) else {
      self = nil
      return
    }
    let time = try decoder.decodeStamp()
    let replica = try ReplicaID(from: &decoder)
    self = StampedWrite(value: try Value(from: &decoder), time: time, replica: replica)
  }

  /// Whether no write is later than `time`.
  @inlinable
  func isWritten<Value>(by time: HybridTime) -> Bool where Wrapped == StampedWrite<Value> {
    map { $0.time <= time } ?? true
  }
}
