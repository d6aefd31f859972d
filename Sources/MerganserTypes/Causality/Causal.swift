/// A dot store together with the dots that it has seen: a state that replicates on its own.
///
/// Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.2, Figure 4.
public struct Causal<Store: DotStore>: BoundedJoinSemilattice {
  /// What lives.
  public var store: Store
  /// All that has been seen, alive or dead; covers the store's dots.
  public var context: CausalContext

  /// The state that has seen nothing.
  @inlinable
  public init() {
    store = Store()
    context = CausalContext()
  }

  /// The state of `store` under `context`, which must cover the store's dots.
  @inlinable
  public init(_ store: Store, context: CausalContext) {
    self.store = store
    self.context = context
  }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { context.isBottom && store.isBottom }

  /// Joins stores and contexts.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool {
    let changed = store.merge(other.store, seen: context, otherSeen: other.context)
    return context.merge(other.context) || changed
  }

  /// The least state that, merged into one whose context is `known`, brings it everything of this one.
  ///
  /// It carries what lives here by dots that `known` has not seen, and its context names those dots
  /// and the ones that are dead here; what both sides know to live it leaves out.
  ///
  /// - Complexity: that of what the delta holds. It names every dot that has been seen here and is dead, as
  ///   nothing says which of these live there: about a bit for each dot between the first and the last
  ///   gap among them. For one change at a time, send the deltas that the mutators give (``DeltaBuffer``);
  ///   this is for a peer of which nothing but the context is known.
  @inlinable
  public func delta(since known: CausalContext) -> Self {
    store.delta(under: context, since: known)
  }
}

extension Causal: StoredType, BinaryCodable where Store: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    context.encode(to: &encoder)
    store.encode(to: &encoder)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    context = try CausalContext(from: &decoder)
    let start = decoder.offset
    store = try Store(from: &decoder)
    guard store.isCovered(by: context) else {
      throw .invalidValue(offset: start, expected: "a store whose dots its context covers")
    }
  }
}
