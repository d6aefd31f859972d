/// A set in which an insertion outlives every removal that had not seen it: add-wins, observed-remove.
///
/// Each insertion is named by a dot, and a removal removes the dots that it sees. What two concurrent
/// mutators of equal elements give, once merged:
/// - insert and insert: the element is in the set.
/// - insert and remove: the element is in the set; the removal did not see the insertion.
/// - remove and remove: the element is not in the set.
///
/// Mutators of different elements do not meet. Bieniusa et al., *An Optimized Conflict-free Replicated
/// Set* (2012); Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.3.
///
/// Iteration visits each element once, in no particular order.
///
/// ```swift
/// var here = ORSet<String>()
/// let delta = here.insert("milk", as: laptop)
/// there.merge(delta)
/// ```
public struct ORSet<Element: Hashable & Sendable>: BoundedJoinSemilattice {
  @usableFromInline var state: Causal<Store>

  /// The set that has seen nothing.
  @inlinable
  public init() { state = Causal() }

  /// The set of a store under its context, which must cover the store's dots.
  @inlinable
  public init(_ state: Causal<Store>) { self.state = state }

  /// The store and its context.
  @inlinable
  public var causal: Causal<Store> { state }

  /// All insertions that have been seen, whether they live or not.
  @inlinable
  public var context: CausalContext { state.context }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { state.isBottom }

  /// How many elements are in the set.
  @inlinable
  public var count: Int { state.store.count }

  /// Whether nothing is in it.
  @inlinable
  public var isEmpty: Bool { state.store.isBottom }

  /// Whether `element` is in the set.
  ///
  /// - Complexity: O(1) on average.
  @inlinable
  public func contains(_ element: Element) -> Bool { state.store.contains(element) }

  /// Inserts `element` in the name of `replica`; the delta is this insertion.
  ///
  /// An element that is there gets a new dot in place of its old ones, so that it outlives removals
  /// that are concurrent with this insertion. Where a context made by hand leaves `replica` no number to
  /// write under, nothing is inserted, and the delta is bottom.
  @discardableResult
  @inlinable
  public mutating func insert(_ element: Element, as replica: ReplicaID) -> ORSet {
    let dot = state.context.addNext(of: replica)
    let replaced = dot.map { state.store.replace(element, under: $0) } ?? DotList()
    // One call on all ways, or the compiler would not leave it out.
    return ORSet.delta(inserting: element, under: dot, replacing: replaced)
  }

  /// Removes `element`; the delta's context is the dots of its insertions, and is bottom if it was not
  /// there.
  ///
  /// A removal writes no dot of its own; `replica` says who acts, as in every mutator of the type.
  @discardableResult
  @inlinable
  public mutating func remove(_ element: Element, as replica: ReplicaID) -> ORSet {
    ORSet.delta(removing: state.store.discard(element))
  }

  /// The delta of an insertion, which the compiler leaves out where nobody looks at it.
  @_effects(readonly)
  @usableFromInline
  static func delta(
    inserting element: Element, under dot: Dot?, replacing replaced: DotList
  ) -> ORSet {
    guard let dot else { return ORSet() }
    return ORSet(Causal(inserting: element, under: dot, replacing: replaced))
  }

  /// The delta of a removal, which the compiler leaves out where nobody looks at it.
  @_effects(readonly)
  @usableFromInline
  static func delta(removing dots: DotList) -> ORSet {
    ORSet(Causal(Store(), context: dots.context))
  }

  /// Joins by add-wins.
  @discardableResult
  @inlinable
  public mutating func merge(_ other: ORSet) -> Bool { state.merge(other.state) }

  /// The least set that, merged into one whose context is `known`, brings it everything of this one.
  ///
  /// It carries the insertions that `known` has not seen, and names those that it has seen and that
  /// are removed here.
  ///
  /// - Complexity: that of what the delta holds. It names every dot that has been seen here and is dead, as
  ///   nothing says which of these live there: about a bit for each dot between the first and the last
  ///   gap among them. For one change at a time, send the deltas that the mutators give (``DeltaBuffer``);
  ///   this is for a peer of which nothing but the context is known.
  @inlinable
  public func delta(since known: CausalContext) -> ORSet { ORSet(state.delta(since: known)) }
}

extension ORSet: Sequence {
  /// An iterator over the elements, in no particular order.
  @inlinable
  public func makeIterator() -> Store.Iterator { state.store.makeIterator() }

  /// The number of elements.
  @inlinable
  public var underestimatedCount: Int { count }
}

extension ORSet: BinaryCodable where Element: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) { state.encode(to: &encoder) }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    state = try Causal(from: &decoder)
  }
}

extension ORSet: Replicated where Element: BinaryCodable {
  /// The set that `store` shows, under the context of its own dots.
  @inlinable
  public init(_ store: Store) { state = Causal(store, context: store.dots) }
}

extension ORSet: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String {
    "[" + map { String(reflecting: $0) }.sorted().joined(separator: ", ") + "]"
  }
}

extension ORSet: Codable where Element: Codable {
  private enum CodingKeys: String, CodingKey { case context, elements }

  private struct Insertion: Codable {
    var dot: Dot
    var element: Element
  }

  /// Appends this value's bytes, or writes it for interchange.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(context, forKey: .context)
    let insertions = state.store.sortedEntries.map { Insertion(dot: $0.dot, element: $0.element) }
    try container.encode(insertions, forKey: .elements)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let context = try container.decode(CausalContext.self, forKey: .context)
    let insertions = try container.decode([Insertion].self, forKey: .elements)
    var store = Store()
    for insertion in insertions {
      guard context.contains(insertion.dot), store.add(insertion.element, under: insertion.dot)
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .elements, in: container,
          debugDescription: "expected each dot once, and in the context; found \(insertion.dot)")
      }
    }
    state = Causal(store, context: context)
  }
}

extension ORSet: StoredType, BuiltInType where Element: BinaryCodable {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}
