/// A value that is a dot store under the context of all that it has seen.
///
/// A type says what its store is and what its mutators do to one; merge, deltas, decomposition and
/// coding follow.
///
/// A dot names one write. Where two values name two different writes by one dot, merging keeps that of the value
/// that is merged into, and two orders of merging differ. Mutators never make such values, save that two
/// programs write as one replica. Bytes from elsewhere may: a replica of a database refuses them; whoever merges
/// values by themselves merges bytes of those that are trusted.
public protocol CausalValue: Decomposable, Replicated, BinaryCodable where Store: CausalStore {
  /// The store with its context, which covers the store's dots.
  var causal: Causal<Store> { get set }
}

extension CausalValue {
  /// The value of a store with its context, which must cover the store's dots.
  @inlinable
  public init(_ causal: Causal<Store>) {
    self.init()
    self.causal = causal
  }

  /// The value that `store` shows, as if it had seen no more than what lives.
  @inlinable
  public init(_ store: Store) {
    self.init(Causal(store, context: store.dots))
  }

  /// All writes that have been seen, whether they live or not.
  @inlinable
  public var context: CausalContext { causal.context }

  /// Whether nothing was ever seen.
  @inlinable
  public var isBottom: Bool { causal.isBottom }

  /// Joins by what lives on both sides, and what on one side is new to the other.
  @inlinable
  @discardableResult
  public mutating func merge(_ other: Self) -> Bool { causal.merge(other.causal) }

  /// Whether the store can have been written by `replica`.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    causal.canBeWritten(by: replica, at: time)
  }

  /// Each live part, and each dead dot, on its own.
  public func decomposed() -> [Self] { causal.decomposed().map { Self($0) } }

  /// The least value that, merged into `known`, gives the join of both.
  public func delta(since known: Self) -> Self { Self(causal.delta(since: known.causal)) }

  /// The least value that, merged into one whose context is `known`, brings it everything of this one.
  ///
  /// - Complexity: that of what the delta holds. It names every dot that has been seen here and is dead, as
  ///   nothing says which of these live there: about a bit for each dot between the first and the last
  ///   gap among them. For one change at a time, send the deltas that the mutators give (``DeltaBuffer``);
  ///   this is for a peer of which nothing but the context is known.
  @inlinable
  public func delta(since known: CausalContext) -> Self { Self(causal.delta(since: known)) }

  /// Makes a change of the store once more; see ``DotStore/repeatChange(from:to:as:)``.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    try update(as: &author) { store, author throws(LatticeError) in
      try store.repeatChange(
        from: before.causal.store, to: after.causal.store, as: &author)
    }
  }

  /// Lets a delta-mutator of the store work on this value, and gives its delta.
  @discardableResult
  @inlinable
  public mutating func update<Failure: Error>(
    as author: inout Author,
    mutate: (inout Store, inout Author) throws(Failure) -> Causal<Store>
  ) throws(Failure) -> Self {
    let delta = try mutate(&causal.store, &author)
    causal.context.merge(delta.context)
    return Self(delta)
  }

  /// Lets a delta-mutator of the store work on this value as `replica`, after all of its writes here, and
  /// gives its delta.
  @discardableResult
  @inlinable
  public mutating func update<Failure: Error>(
    as replica: ReplicaID, at time: HybridTime = .zero,
    mutate: (inout Store, inout Author) throws(Failure) -> Causal<Store>
  ) throws(Failure) -> Self {
    var author = Author(replica, after: causal.context, time: time)
    return try update(as: &author, mutate: mutate)
  }

  /// Appends the context, then the store.
  public func encode(to encoder: inout BinaryEncoder) { causal.encode(to: &encoder) }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(try Causal(from: &decoder))
  }
}

extension CausalValue where Store: Codable {
  /// Reads a store and its context.
  public init(from decoder: any Decoder) throws { self.init(try Causal<Store>(from: decoder)) }

  /// Writes the store and its context.
  public func encode(to encoder: any Encoder) throws { try causal.encode(to: encoder) }
}
