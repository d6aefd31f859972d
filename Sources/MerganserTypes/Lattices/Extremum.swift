/// What ``Max`` and ``Min`` share: of all values seen, the one that no other precedes; bottom has seen
/// none.
///
/// A type says which of two values it keeps; merge, coding and the rest follow.
public protocol Extremum<Value>: Decomposable, BinaryCodable, CustomStringConvertible {
  /// What is compared.
  associatedtype Value: Comparable & BinaryCodable

  /// The value kept, if any was seen.
  var value: Value? { get }

  /// The extremum of one value, or of none.
  init(_ value: Value?)

  /// Whether `new` takes the place of `old`.
  static func prefers(_ new: Value, to old: Value) -> Bool
}

extension Extremum {
  /// Bottom.
  public init() { self.init(nil) }

  /// Takes notice of `value`; the delta is the extremum if that changed, and else bottom.
  @discardableResult
  public mutating func observe(_ value: Value) -> Self {
    let new = Self(value)
    return merge(new) ? new : Self()
  }

  /// Whether no value was seen.
  public var isBottom: Bool { value == nil }

  /// Joins by keeping one of both values.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let theirs = other.value else { return false }
    if let value, !Self.prefers(theirs, to: value) { return false }
    self = other
    return true
  }

  /// The extremum itself, if a value was seen: the order is total.
  public func decomposed() -> [Self] { isBottom ? [] : [self] }

  /// Holds: the state names neither who wrote nor when.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

  /// Appends the value, or that there is none.
  public func encode(to encoder: inout BinaryEncoder) { value.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(try Value?(from: &decoder))
  }

  /// The value.
  public var description: String { value.map { "\($0)" } ?? "⊥" }
}

/// The greatest value seen; bottom has seen none.
///
/// Merge takes the greater. Two concurrent updates give the greater of their values.
public struct Max<Value: Comparable & BinaryCodable>: Extremum {
  /// The greatest value seen, if any was.
  public let value: Value?

  /// The maximum of one value.
  public init(_ value: Value?) { self.value = value }

  /// Whether `new` is greater.
  public static func prefers(_ new: Value, to old: Value) -> Bool { old < new }
}

/// The least value seen; bottom has seen none.
///
/// Merge takes the lesser. Two concurrent updates give the lesser of their values.
public struct Min<Value: Comparable & BinaryCodable>: Extremum {
  /// The least value seen, if any was.
  public let value: Value?

  /// The minimum of one value.
  public init(_ value: Value?) { self.value = value }

  /// Whether `new` is less.
  public static func prefers(_ new: Value, to old: Value) -> Bool { new < old }
}

extension Max: Codable where Value: Codable {}

extension Min: Codable where Value: Codable {}

extension Max: BuiltInType {
  /// The type of what is compared.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}

extension Min: BuiltInType {
  /// The type of what is compared.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}
