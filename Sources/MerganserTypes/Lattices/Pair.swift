/// Two lattices side by side.
///
/// Merge joins each; updates of one do not meet those of the other.
public struct Pair<First: Decomposable & BinaryCodable, Second: Decomposable & BinaryCodable>:
  Equatable, Sendable
{
  /// One of them.
  public var first: First
  /// The other.
  public var second: Second

  /// The pair of the bottoms.
  @inlinable
  public init() { self.init(First(), and: Second()) }

  /// The pair of two values.
  @inlinable
  public init(_ first: First, and second: Second) {
    self.first = first
    self.second = second
  }
}

extension Pair {
  /// Lets a delta-mutator work on the first component; the delta holds its delta alone.
  @discardableResult
  @inlinable
  public mutating func updateFirst<Failure: Error>(
    _ mutate: (inout First) throws(Failure) -> First
  ) throws(Failure) -> Self {
    Self(try mutate(&first), and: Second())
  }

  /// Lets a delta-mutator work on the second component; the delta holds its delta alone.
  @discardableResult
  @inlinable
  public mutating func updateSecond<Failure: Error>(
    _ mutate: (inout Second) throws(Failure) -> Second
  ) throws(Failure) -> Self {
    Self(First(), and: try mutate(&second))
  }
}

extension Pair: Decomposable {
  /// Whether both are bottom.
  @inlinable
  public var isBottom: Bool { first.isBottom && second.isBottom }

  /// Joins both.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    let one = first.merge(other.first)
    let two = second.merge(other.second)
    return one || two
  }

  /// The parts of each, with the bottom of the other.
  public func decomposed() -> [Self] {
    first.decomposed().map { Self($0, and: Second()) }
      + second.decomposed().map { Self(First(), and: $0) }
  }

  /// What is lacking of each.
  public func delta(since known: Self) -> Self {
    Self(first.delta(since: known.first), and: second.delta(since: known.second))
  }
}

extension Pair {
  /// Whether it holds of both.
  @inlinable
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    first.canBeWritten(by: replica, at: time) && second.canBeWritten(by: replica, at: time)
  }

  /// Makes the change of each once more.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    // Nothing is to have changed if one refuses.
    var result = self
    var writer = author
    var delta = Self()
    delta.first = try result.first.repeatChange(from: before.first, to: after.first, by: &writer)
    delta.second = try result.second.repeatChange(
      from: before.second, to: after.second, by: &writer)
    self = result
    author = writer
    return delta
  }
}

extension Pair: BinaryCodable {
  /// Appends one, then the other.
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

extension Pair: Codable where First: Codable, Second: Codable {}

extension Pair: CustomStringConvertible {
  /// Both, in parentheses.
  public var description: String { "(\(first), \(second))" }
}

extension Pair: BuiltInType {
  /// The components' types.
  public static var componentTypes: [any StoredType.Type] { [First.self, Second.self] }
}
