/// A pair in which a greater first component takes its second one with it.
///
/// Merge keeps the pair whose first component is greater; where these are equal, it joins the second
/// ones. Where neither is greater, it joins the first ones, and the second starts from bottom: only so
/// is it the least upper bound, and the type a lattice, even if the first component is not a chain.
/// Baquero, Almeida, Cunha, Ferreira, *Composition in State-based Replicated Data Types* (2017).
///
/// Of two concurrent updates that raise the first component differently, the second component of the
/// greater stands, or neither's; updates that leave it alone both count, unless another raises it.
public struct Lexicographic<
  First: Decomposable & BinaryCodable, Second: Decomposable & BinaryCodable
>: Equatable, Sendable {
  /// What decides.
  public private(set) var first: First
  /// What belongs to it; starts from bottom whenever the first component grows.
  public var second: Second

  /// The pair of the bottoms.
  public init() { self.init(First(), then: Second()) }

  /// The pair of two values.
  public init(_ first: First, then second: Second) {
    self.first = first
    self.second = second
  }

  /// Joins `value` into the first component; if that grows, the second becomes `second`.
  ///
  /// The delta is bottom if the first component does not grow.
  @discardableResult
  public mutating func raise(_ value: First, with second: Second = Second()) -> Self {
    let before = first
    guard first.merge(value) else { return Self() }
    self.second = second
    return second.isBottom ? Self(first.delta(since: before), then: second) : self
  }

  /// Lets a delta-mutator work on the second component; the delta holds its delta beside the
  /// first component, to which it belongs.
  @discardableResult
  public mutating func updateSecond<Failure: Error>(
    _ mutate: (inout Second) throws(Failure) -> Second
  ) throws(Failure) -> Self {
    let change = try mutate(&second)
    return change.isBottom ? Self() : Self(first, then: change)
  }
}

extension Lexicographic: Decomposable {
  /// Whether both are bottom.
  public var isBottom: Bool { first.isBottom && second.isBottom }

  /// Joins by the first component, and by the second where the first is the same.
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    let before = first
    guard first.merge(other.first) else {
      return first == other.first && second.merge(other.second)
    }
    second = before.isCovered(by: other.first) ? other.second : Second()
    return true
  }

  /// The parts of the second component, each with the first one; where that is bottom, the parts of
  /// the first.
  public func decomposed() -> [Self] {
    second.isBottom
      ? first.decomposed().map { Self($0, then: Second()) }
      : second.decomposed().map { Self(first, then: $0) }
  }
}

extension Lexicographic {
  /// Whether it holds of both.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    first.canBeWritten(by: replica, at: time) && second.canBeWritten(by: replica, at: time)
  }

  /// Makes the change of the first component once more, and that of the second one unless the first
  /// component here is greater than the one that it was made under.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    // Nothing is to have changed if one refuses.
    var result = self
    var writer = author
    let raised = before.first != after.first
    try result.first.repeatChange(from: before.first, to: after.first, by: &writer)
    if result.first != first { result.second = Second() }
    // Where the first component is greater here than the change made it, the second is not its own.
    let belongs =
      raised
      ? result.first != first || first == after.first : first.isCovered(by: before.first)
    if belongs {
      try result.second.repeatChange(
        from: raised ? Second() : before.second, to: after.second, by: &writer)
    }
    let delta = result.delta(since: self)
    self = result
    author = writer
    return delta
  }
}

extension Lexicographic: BinaryCodable {
  /// Appends one component, then the other.
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

extension Lexicographic: Codable where First: Codable, Second: Codable {}

extension Lexicographic: CustomStringConvertible {
  /// Both, the first before the second.
  public var description: String { "(\(first) ▸ \(second))" }
}

extension Lexicographic: BuiltInType {
  /// The components' types.
  public static var componentTypes: [any StoredType.Type] { [First.self, Second.self] }
}
