/// A register that keeps every value that no other write has followed, each with its dot.
///
/// | concurrent | set *b* | resolve |
/// | --- | --- | --- |
/// | **set** *a* | both values stay, until a write that has seen them | both stay |
///
/// A write replaces what its replica has seen, and leaves what it has not. Almeida, Shoker, Baquero,
/// *Delta State Replicated Data Types* (2018), section 7.3; DeCandia et al., *Dynamo* (2007).
///
/// Writing costs O(number of values that stand), a merge that and the join of the contexts.
public struct MVRegister<Value: Hashable & BinaryCodable>: Sendable {
  /// The values that stand, by dot.
  public typealias Store = DotFunction<Written<Value>>

  /// The values that stand, and all the dots that were seen.
  @usableFromInline var state: Causal<Store>

  /// The register that was never written.
  @inlinable
  public init() { state = Causal() }

  /// The register that `store` shows, as if it had seen no more than what stands.
  @inlinable
  public init(_ store: Store) { state = Causal(store, context: store.dots) }

  /// All the writes that have been seen.
  @inlinable
  public var context: CausalContext { state.context }

  /// The values that stand, in the order of their dots; more than one after concurrent writes.
  @inlinable
  public var values: [Value] { versions.map(\.value) }

  /// The values that stand, with the dots that name their writes, in the order of the dots.
  @inlinable
  public var versions: [(dot: Dot, value: Value)] { state.store.versions() }

  /// Writes `value` as `replica` in the place of all that stands here.
  @inlinable
  public mutating func set(_ value: Value, by replica: ReplicaID) {
    var author = Author(replica, after: state.context)
    state.context.insert(state.store.replaceAll(with: value, as: &author))
  }

  /// Writes one value as `replica` in the place of several, and tells whether there were several.
  ///
  /// `choose` is given the values that stand with their dots; a value alone is left as it is.
  @inlinable
  @discardableResult
  public mutating func resolve(
    by replica: ReplicaID, _ choose: ([(dot: Dot, value: Value)]) throws -> Value
  ) rethrows -> Bool {
    let versions = versions
    guard versions.count > 1 else { return false }
    set(try choose(versions), by: replica)
    return true
  }
}

extension DotFunction {
  /// The written values, with the dots that name their writes, in the order of the dots.
  @inlinable
  public func versions<Content>() -> [(dot: Dot, value: Content)] where Value == Written<Content> {
    sortedEntries.compactMap { dot, written in written.value.map { (dot: dot, value: $0) } }
  }

  /// Writes `value` as `author` in the place of all that stands; the delta's context is the new dot and
  /// those of the values replaced.
  @inlinable
  public mutating func set<Content>(
    _ value: Content, as author: inout Author
  ) -> Causal<Self> where Value == Written<Content> {
    var context = dots
    let dot = replaceAll(with: value, as: &author)
    context.insert(dot)
    return Causal(self, context: context)
  }

  @inlinable
  mutating func replaceAll<Content>(
    with value: Content, as author: inout Author
  ) -> Dot where Value == Written<Content> {
    let dot = author.nextDot()
    self = Self()
    self[dot] = Written(value)
    return dot
  }
}

extension MVRegister: BoundedJoinSemilattice {
  /// Whether nothing was ever written.
  @inlinable
  public var isBottom: Bool { state.isBottom }

  /// Joins by keeping the values that both hold, and those that the other has not seen.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool { state.merge(other.state) }
}

extension MVRegister: Replicated {}

extension MVRegister: BinaryCodable {
  /// Appends the context, then the values with their dots.
  public func encode(to encoder: inout BinaryEncoder) { state.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    state = try Causal(from: &decoder)
  }
}

extension MVRegister: CustomStringConvertible {
  /// The values that stand, between bars where there are several.
  public var description: String {
    values.isEmpty ? "unwritten" : values.map { "\($0)" }.joined(separator: " | ")
  }
}
