/// A register that keeps the first value written, by hybrid time; the lesser replica breaks ties.
///
/// | concurrent | set *a* at *s* | set *b* at *t* > *s* |
/// | --- | --- | --- |
/// | **set** | at equal times the lesser replica's | *a*; *b* is lost |
///
/// It suits what is decided once: who took a task, which answer came first. A write to a register that shows a value
/// changes nothing. Until replicas have merged, each can show the first value that it has seen itself, which
/// is replaced once an earlier one arrives. A replica whose clock is behind wins over others that wrote
/// before it and that it has not seen. Where only one replica may decide, declare an owner
/// (`Unique(…, by: .owner(…))`).
///
/// Setting and merging cost O(1). It is ``LWWRegister`` under the opposite order.
public struct FWWRegister<Value: Equatable & BinaryCodable>: Equatable, Sendable {
  @usableFromInline var write: StampedWrite<Value>?

  /// The register that was never written.
  @inlinable
  public init() { write = nil }

  /// The first value written; `nil` if none was.
  @inlinable
  public var value: Value? { write?.value }

  /// When it was written.
  @inlinable
  public var time: HybridTime? { write?.time }

  /// Who wrote it.
  @inlinable
  public var replica: ReplicaID? { write?.replica }

  /// Writes `value` as `replica` at `time`, unless a value is there; the delta is this write, and bottom if
  /// a value was there.
  @discardableResult
  @inlinable
  public mutating func set(_ value: Value, as replica: ReplicaID, at time: HybridTime) -> Self {
    guard write == nil else { return Self() }
    write = StampedWrite(value: value, time: time, replica: replica)
    return self
  }

  /// Writes `value` as `author` at its time, unless a value is there; the delta is this write, and bottom if
  /// a value was there.
  @discardableResult
  @inlinable
  public mutating func set(_ value: Value, as author: inout Author) -> Self {
    set(value, as: author.replica, at: author.time)
  }
}

extension FWWRegister: Decomposable {
  /// Whether this is bottom.
  @inlinable
  public var isBottom: Bool { write == nil }

  /// Joins by the write that comes first.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let theirs = other.write else { return false }
    if let write, !write.isLater(than: theirs) { return false }
    write = theirs
    return true
  }

  /// The register itself, if it was written: the order of writes is total.
  public func decomposed() -> [Self] { isBottom ? [] : [self] }

  /// Whether its stamp is not later than `time`.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    write.isWritten(by: time)
  }
}

extension FWWRegister: LatticeStore, Replicated {}

extension FWWRegister: BuiltInType {
  /// The type of what is written.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension FWWRegister: BinaryCodable {
  /// Appends whether there is a value, and then its time, its replica and itself.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) { write.encode(writeTo: &encoder) }

  /// Reads what `encode(to:)` wrote.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    write = try Optional(writeFrom: &decoder)
  }
}

extension FWWRegister: Codable where Value: Codable {
  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    write = try decoder.singleValueContainer().decode(StampedWrite<Value>?.self)
  }

  /// Writes the first write, or that there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(write)
  }
}

extension FWWRegister: CustomStringConvertible {
  /// The value as text.
  public var description: String { write?.description ?? "unwritten" }
}
