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
public struct MVRegister<Value: Hashable & BinaryCodable>: CausalValue {
  /// The values that stand, by dot.
  public typealias Store = DotFunction<Written<Value>>

  /// The store with its context.
  public var causal: Causal<Store>

  /// The register that was never written.
  @inlinable
  public init() { causal = Causal() }

  /// The values that stand, in the order of their bytes; more than one after concurrent writes.
  ///
  /// The order hangs on nothing but the values, so that what reads them hangs on no replica's name.
  public var values: [Value] {
    let versions = versions
    if versions.count < 2 { return versions.map(\.value) }
    return versions.map { (value: $0.value, bytes: $0.value.binaryEncoded()) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.value)
  }

  /// The values that stand, with the dots that name their writes, in the order of the dots.
  @inlinable
  public var versions: [(dot: Dot, value: Value)] { causal.store.versions() }

  /// Writes `value` as `replica` in the place of all that stands here; the delta is this write.
  @discardableResult
  @inlinable
  public mutating func set(_ value: Value, as replica: ReplicaID) -> Self {
    update(as: replica) { $0.set(value, as: &$1) }
  }

  /// Writes one value as `replica` in the place of several; the delta is this write, and bottom where
  /// there were not several.
  ///
  /// `choose` is given the values that stand with their dots; a value alone is left as it is.
  @inlinable
  @discardableResult
  public mutating func resolve(
    as replica: ReplicaID, choose: ([(dot: Dot, value: Value)]) throws -> Value
  ) rethrows -> Self {
    let versions = versions
    return versions.count > 1 ? set(try choose(versions), as: replica) : Self()
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
  @discardableResult
  @inlinable
  public mutating func set<Content>(
    _ value: Content, as author: inout Author
  ) -> Causal<Self> where Value == Written<Content> {
    var context = dots
    let dot = author.nextDot()
    context.insert(dot)
    self = Self()
    self[dot] = Written(value)
    return Causal(self, context: context)
  }
}

extension MVRegister: Codable where Value: Codable {}

extension MVRegister: CustomStringConvertible {
  /// The values that stand, between bars where there are several.
  public var description: String {
    values.isEmpty ? "unwritten" : values.map { "\($0)" }.joined(separator: " | ")
  }
}

extension MVRegister: BuiltInType {
  /// The type of what is written.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}
