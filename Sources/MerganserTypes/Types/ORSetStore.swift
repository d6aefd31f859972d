extension ORSet {
  /// The elements with the dots of their insertions: what an ``ORSet`` holds without its context.
  public struct Store: DotStore {
    @usableFromInline var entries: [Element: Set<Dot>]

    /// The store with nothing in it.
    @inlinable
    public init() { entries = [:] }

    @inlinable
    public var isBottom: Bool { entries.isEmpty }

    /// How many different elements are here.
    @inlinable
    public var count: Int { entries.count }

    /// Whether `element` is here.
    @inlinable
    public func contains(_ element: Element) -> Bool { entries[element] != nil }

    /// Inserts `element` under a fresh dot of `author`, in place of its dots so far.
    ///
    /// - Returns: the delta: the new insertion, under the new dot and the ones that it replaces.
    @discardableResult
    @inlinable
    public mutating func insert(_ element: Element, as author: inout Author) -> Causal<Store> {
      let dot = author.nextDot()
      var delta = Causal<Store>()
      for old in entries[element] ?? [] { delta.context.insert(old) }
      delta.context.insert(dot)
      delta.store.entries[element] = [dot]
      entries[element] = [dot]
      return delta
    }

    /// Removes `element`.
    ///
    /// - Returns: the delta: nothing, under the dots that were removed.
    @discardableResult
    @inlinable
    public mutating func remove(_ element: Element) -> Causal<Store> {
      Causal(Store(), context: CausalContext((entries.removeValue(forKey: element) ?? []).sorted()))
    }

    /// Puts `dot` in place of all dots of `element`, and tells whether it had none.
    @inlinable
    mutating func replace(_ element: Element, under dot: Dot) -> Bool {
      entries.updateValue([dot], forKey: element) == nil
    }

    /// Removes all dots of `element`, and tells whether it had any.
    @inlinable
    mutating func discard(_ element: Element) -> Bool {
      entries.removeValue(forKey: element) != nil
    }

    /// Adds `dot` to those of `element`, unless it is here already.
    @inlinable
    mutating func add(_ element: Element, under dot: Dot) -> Bool {
      guard !entries.values.contains(where: { $0.contains(dot) }) else { return false }
      entries[element, default: []].insert(dot)
      return true
    }

    /// The live dots with their elements, in the order of the dots.
    public var sortedEntries: [(dot: Dot, element: Element)] {
      entries.flatMap { element, dots in dots.map { (dot: $0, element: element) } }
        .sorted { $0.dot < $1.dot }
    }

    @inlinable
    public func forEachDot(_ body: (Dot) -> Void) {
      for dots in entries.values { for dot in dots { body(dot) } }
    }

    @inlinable
    public func excluding(_ known: CausalContext) -> Store {
      var rest = Store()
      rest.entries = entries.compactMapValues { dots in
        let new = dots.filter { !known.contains($0) }
        return new.isEmpty ? nil : new
      }
      return rest
    }

    @inlinable
    @discardableResult
    public mutating func merge(
      _ other: Store, seen: CausalContext, otherSeen: CausalContext
    ) -> Bool {
      var changed = false
      for element in Array(entries.keys) + other.entries.keys.filter({ entries[$0] == nil }) {
        let mine = entries[element] ?? []
        let theirs = other.entries[element] ?? []
        let alive = mine.filter { theirs.contains($0) || !otherSeen.contains($0) }
          .union(theirs.filter { !seen.contains($0) })
        if alive != mine {
          entries[element] = alive.isEmpty ? nil : alive
          changed = true
        }
      }
      return changed
    }
  }
}

extension ORSet.Store: Sequence {
  @inlinable
  public func makeIterator() -> Dictionary<Element, Set<Dot>>.Keys.Iterator {
    entries.keys.makeIterator()
  }
}

extension ORSet.Store: BinaryCodable where Element: BinaryCodable {
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    let entries = sortedEntries
    encoder.encode(count: entries.count)
    for (dot, element) in entries {
      dot.encode(to: &encoder)
      element.encode(to: &encoder)
    }
  }

  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init()
    var last: Dot?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let start = decoder.offset
      let dot = try Dot(from: &decoder)
      if let last, last >= dot {
        throw .invalidValue(offset: start, expected: "dots in ascending order")
      }
      last = dot
      entries[try Element(from: &decoder), default: []].insert(dot)
    }
  }
}
