/// Two dot stores side by side under one context.
public struct DotPair<First: DotStore, Second: DotStore>: DotStore {
  /// One of them.
  public var first: First
  /// The other.
  public var second: Second

  /// The pair with nothing in either.
  @inlinable
  public init() {
    first = First()
    second = Second()
  }

  /// Whether nothing is in either.
  @inlinable
  public var isBottom: Bool { first.isBottom && second.isBottom }

  /// Calls `body` with the dots of both.
  @inlinable
  public func forEachDot(_ body: (Dot) -> Void) {
    first.forEachDot(body)
    second.forEachDot(body)
  }

  /// Joins both.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    let one = first.merge(other.first, seen: seen, otherSeen: otherSeen)
    let two = second.merge(other.second, seen: seen, otherSeen: otherSeen)
    return one || two
  }

  /// What of both a store whose context is `known` may lack.
  @inlinable
  public func excluding(_ known: CausalContext) -> Self {
    var rest = Self()
    rest.first = first.excluding(known)
    rest.second = second.excluding(known)
    return rest
  }

  /// Whether both change only with their dots.
  @inlinable
  public static var changesByDotsAlone: Bool {
    First.changesByDotsAlone && Second.changesByDotsAlone
  }
}

extension DotPair: DecomposableStore, CausalStore where First: CausalStore, Second: CausalStore {
  /// The parts of both.
  public func parts() -> [Self] {
    first.parts().map {
      var part = Self()
      part.first = $0
      return part
    }
      + second.parts().map {
        var part = Self()
        part.second = $0
        return part
      }
  }
}

extension DotPair: StoredType, BinaryCodable where First: BinaryCodable, Second: BinaryCodable {
  /// Appends one store, then the other.
  public func encode(to encoder: inout BinaryEncoder) {
    first.encode(to: &encoder)
    second.encode(to: &encoder)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    first = try First(from: &decoder)
    second = try Second(from: &decoder)
  }
}

extension DotPair: Codable where First: Codable, Second: Codable {}
