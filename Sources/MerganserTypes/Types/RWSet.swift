/// A set in which a removal wins over the insertions that are concurrent with it.
///
/// | concurrent, of one element | insert | remove |
/// | --- | --- | --- |
/// | **insert** | in | out |
/// | **remove** | out | out |
///
/// Mutators of different elements do not meet. Each insertion and each removal is a dot, and replaces
/// the dots that it sees. A removal therefore leaves one dot behind, until an insertion replaces it or
/// ``forgetRemovals(seenByAll:)`` collects it: an insertion that has not arrived yet can only be
/// refused by what remembers the removal. Almeida, Shoker, Baquero, *Delta State Replicated Data Types*
/// (2018), section 7.4.
///
/// Mutators cost O(1) on average, a merge O(*n* + *m*).
public struct RWSet<Element: Hashable & BinaryCodable>: CausalValue {
  /// Of each element the insertions and the removals that stand.
  public typealias Store = DotMap<Element, DotPair<DotSet, DotSet>>

  /// The store with its context.
  public var causal: Causal<Store>

  /// The set with nothing in it.
  public init() { causal = Causal() }

  /// Whether `element` is in.
  public func contains(_ element: Element) -> Bool { causal.store.containsMember(element) }

  /// The elements.
  ///
  /// - Complexity: O(*n*), what remembers removals included.
  public var elements: Set<Element> {
    Set(causal.store.keys.filter { causal.store.containsMember($0) })
  }

  /// Inserts `element` as `replica`; the delta is this insertion.
  @discardableResult
  public mutating func insert(_ element: Element, as replica: ReplicaID) -> Self {
    update(as: replica) { $0.insert(element, as: &$1) }
  }

  /// Removes `element` as `replica`, also where it has not arrived yet; the delta is this removal.
  @discardableResult
  public mutating func remove(_ element: Element, as replica: ReplicaID) -> Self {
    update(as: replica) { $0.remove(element, as: &$1) }
  }

  /// Drops what remembers removals that every replica has seen, and gives the delta.
  ///
  /// - Parameter stable: what every replica has seen; where that is not so, an insertion which was
  ///   concurrent with a removal may bring its element back.
  /// - Returns: the delta, whose context is the dots of what was dropped.
  @discardableResult
  public mutating func forgetRemovals(seenByAll stable: CausalContext) -> Self {
    let delta = causal.store.forgetRemovals(seenByAll: stable)
    causal.context.merge(delta.context)
    return Self(delta)
  }
}

extension DotMap where Value == DotPair<DotSet, DotSet> {
  /// Whether `element` has insertions that stand, and no removals.
  public func containsMember(_ element: Key) -> Bool {
    guard let entry = self[element] else { return false }
    return !entry.first.isBottom && entry.second.isBottom
  }

  /// Inserts `element` as `author`; the delta's context is the new dot and those replaced.
  @discardableResult
  public mutating func insert(_ element: Key, as author: inout Author) -> Causal<Self> {
    let dot = author.nextDot()
    return replace(element, with: DotSet(CollectionOfOne(dot)), removals: DotSet())
  }

  /// Removes `element` as `author`; the delta's context is the new dot and those replaced.
  @discardableResult
  public mutating func remove(_ element: Key, as author: inout Author) -> Causal<Self> {
    let dot = author.nextDot()
    return replace(element, with: DotSet(), removals: DotSet(CollectionOfOne(dot)))
  }

  /// Drops the removals in `stable` of elements that have no insertion.
  @discardableResult
  public mutating func forgetRemovals(seenByAll stable: CausalContext) -> Causal<Self> {
    var forgotten = CausalContext()
    for element in Array(keys) {
      guard let entry = self[element], entry.first.isBottom else { continue }
      var known = true
      entry.second.forEachDot { if !stable.contains($0) { known = false } }
      guard known else { continue }
      forgotten.merge(entry.dots)
      self[element] = nil
    }
    return Causal(Self(), context: forgotten)
  }

  private mutating func replace(
    _ element: Key, with insertions: DotSet, removals: DotSet
  ) -> Causal<Self> {
    var context = self[element]?.dots ?? CausalContext()
    var entry = Value()
    entry.first = insertions
    entry.second = removals
    context.merge(entry.dots)
    self[element] = entry
    var delta = Self()
    delta[element] = entry
    return Causal(delta, context: context)
  }
}

extension RWSet: Codable where Element: Codable {}

extension RWSet: CustomStringConvertible {
  /// The elements, in the order of their bytes.
  public var description: String {
    "{" + elements.inCanonicalOrder().map { "\($0)" }.joined(separator: ", ") + "}"
  }
}

extension RWSet: BuiltInType {
  /// The elements' type.
  public static var componentTypes: [any StoredType.Type] { [Element.self] }
}
