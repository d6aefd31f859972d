/// The greatest value seen; bottom has seen none.
///
/// Merge takes the greater. Two concurrent updates give the greater of their values.
public struct Max<Value: Comparable & BinaryCodable>: Equatable, Sendable {
  /// The greatest value seen, if any was.
  public private(set) var value: Value?

  /// Bottom.
  @inlinable
  public init() { self.init(nil) }

  /// The maximum of one value.
  public init(_ value: Value?) { self.value = value }

  /// Takes notice of `value`; the delta is the maximum if that grew, and else bottom.
  @discardableResult
  public mutating func observe(_ value: Value) -> Self {
    let new = Self(value)
    return merge(new) ? new : Self()
  }
}

extension Max: Decomposable {
  /// Whether no value was seen.
  public var isBottom: Bool { value == nil }

  /// Joins by the greater value.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let theirs = other.value else { return false }
    if let value, !(value < theirs) { return false }
    value = theirs
    return true
  }

  /// The maximum itself, if a value was seen: the order is total.
  public func decomposed() -> [Self] { isBottom ? [] : [self] }
}

extension Max: BinaryCodable {
  /// Appends the value, or that there is none.
  public func encode(to encoder: inout BinaryEncoder) { value.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    value = try Value?(from: &decoder)
  }
}

extension Max: Codable where Value: Codable {}

extension Max: CustomStringConvertible {
  /// The value.
  public var description: String { value.map { "\($0)" } ?? "⊥" }
}
