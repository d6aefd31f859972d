/// The least value seen; bottom has seen none.
///
/// Merge takes the lesser. Two concurrent updates give the lesser of their values.
public struct Min<Value: Comparable & BinaryCodable>: Equatable, Sendable {
  /// The least value seen, if any was.
  public private(set) var value: Value?

  /// Bottom.
  @inlinable
  public init() { self.init(nil) }

  /// The minimum of one value.
  public init(_ value: Value?) { self.value = value }

  /// Takes notice of `value`; the delta is the minimum if that sank, and else bottom.
  @discardableResult
  public mutating func observe(_ value: Value) -> Self {
    let new = Self(value)
    return merge(new) ? new : Self()
  }
}

extension Min: Decomposable {
  /// Whether no value was seen.
  public var isBottom: Bool { value == nil }

  /// Joins by the lesser value.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    guard let theirs = other.value else { return false }
    if let value, !(theirs < value) { return false }
    value = theirs
    return true
  }

  /// The minimum itself, if a value was seen: the order is total.
  public func decomposed() -> [Self] { isBottom ? [] : [self] }
}

extension Min: BinaryCodable {
  /// Appends the value, or that there is none.
  public func encode(to encoder: inout BinaryEncoder) { value.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    value = try Value?(from: &decoder)
  }
}

extension Min: Codable where Value: Codable {}

extension Min: CustomStringConvertible {
  /// The value.
  public var description: String { value.map { "\($0)" } ?? "⊥" }
}
