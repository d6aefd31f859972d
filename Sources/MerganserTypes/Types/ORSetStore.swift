extension ORSet {
  /// The elements with the dots of their insertions: what an ``ORSet`` holds without its context.
  ///
  /// Each live dot has its element, and where there are many, an index leads from an element to its
  /// dots. It costs about 24 bytes for an element of 8.
  public struct Store: DotStore {
    @usableFromInline var live: LiveDots<Element>
    /// The places of each element's dots; empty while the dots are few, and in a small delta until it
    /// is changed.
    @usableFromInline var index: ElementIndex
    /// How many different elements live, where there is an index.
    @usableFromInline var distinct: Int

    /// Up to how many dots of a delta are left without an index, which its merge would not use.
    @inlinable
    static var mostUnindexed: Int { 256 }

    /// Whether there are many dots, and no index of them.
    @inlinable
    var lacksIndex: Bool { index.count == 0 && live.box != nil }

    /// This store with an index, if it needs one.
    @inlinable
    var indexed: Self {
      guard lacksIndex else { return self }
      var copy = self
      copy.reindex()
      return copy
    }

    /// The store with nothing in it.
    @inlinable
    public init() {
      live = LiveDots()
      index = ElementIndex()
      distinct = 0
    }

    /// Holds: nothing but dots names who wrote.
    @inlinable
    public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }

    /// Whether nothing is in it.
    @inlinable
    public var isBottom: Bool { live.isEmpty }

    /// How many different elements are here.
    @inlinable
    public var count: Int {
      if live.box != nil { return lacksIndex ? indexed.distinct : distinct }
      var count = 0
      for position in live.few.indices where isFirst(position) { count += 1 }
      return count
    }

    /// Whether `element` is here.
    ///
    /// - Complexity: O(1) on average.
    @inlinable
    public func contains(_ element: Element) -> Bool {
      guard let tag = tag(of: element) else { return live.few.contains { $0.payload == element } }
      return place(of: element, tag: tag) != nil
    }

    /// The hash of `element` in the index; nil while the dots are few.
    @inlinable
    func tag(of element: Element) -> UInt64? { live.box?.pages.hash.tag(element) }

    /// Where the index has the element's hash, or would, and the place of one of its dots.
    @inlinable
    func search(_ element: Element, tag: UInt64) -> (start: Int, place: UInt64?) {
      guard let box = live.box else { return (0, nil) }
      return index.search(tag) { box.pages.payload(at: $0) == element }
    }

    @inlinable
    func place(of element: Element, tag: UInt64) -> UInt64? {
      guard let box = live.box else { return nil }
      if lacksIndex { return box.pages.place(where: { $0 == element }) }
      return index.place(tag) { box.pages.payload(at: $0) == element }
    }

    /// Whether no earlier one of the few dots has the same element.
    @inlinable
    func isFirst(_ position: Int) -> Bool {
      let element = live.few[position].payload
      return !live.few[..<position].contains { $0.payload == element }
    }

    /// The live dots of `element`, in order.
    @inlinable
    public func dots(of element: Element) -> [Dot] {
      guard let box = live.box else {
        return live.few.lazy.filter { $0.payload == element }.map(\.dot)
      }
      var dots: [Dot] = []
      if lacksIndex {
        box.pages.forEach { dot, _, found in if found == element { dots.append(dot) } }
        return dots
      }
      _ = index.place(box.pages.hash.tag(element)) { place in
        if box.pages.payload(at: place) == element { dots.append(box.pages.dot(at: place)) }
        return false
      }
      if dots.count > 1 { dots.sort() }
      return dots
    }

    /// The live dots with their elements, in the order of the dots.
    public var sortedEntries: [(dot: Dot, element: Element)] {
      var entries: [(dot: Dot, element: Element)] = []
      entries.reserveCapacity(live.count)
      live.forEach { entries.append((dot: $0, element: $1)) }
      return entries
    }

    /// The element that was inserted under `dot`, if the insertion lives.
    @inlinable
    public subscript(dot: Dot) -> Element? { live[dot] }

    /// Calls `body` with every live dot.
    @inlinable
    public func forEachDot(_ body: (Dot) -> Void) {
      live.forEach { dot, _ in body(dot) }
    }

    /// The live dots, as a context.
    ///
    /// - Complexity: O(*n* / 64) where the dots are dense.
    @inlinable
    public var dots: CausalContext { live.dots }

    /// The insertions that `known` has not seen.
    @inlinable
    public func excluding(_ known: CausalContext) -> Store {
      delta(under: live.dots, since: known).store
    }

    /// The insertions that `known` has not seen, under a context that names these and the dead ones.
    @inlinable
    public func delta(under context: CausalContext, since known: CausalContext) -> Causal<Store> {
      let delta = live.delta(under: context, since: known)
      var store = Store()
      store.live = delta.dots
      if store.live.count > Self.mostUnindexed { store.reindex() }
      return Causal(store, context: delta.context)
    }

    /// Whether nothing changes but dots that come or go: so it is.
    @inlinable
    public static var changesByDotsAlone: Bool { true }

    /// Whether both hold the same dots with equal elements.
    @inlinable
    public static func == (a: Store, b: Store) -> Bool { a.live == b.live }
  }
}

extension ORSet.Store: Sequence {
  /// Gives each element once.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let store: ORSet.Store
    @usableFromInline var page = 0
    @usableFromInline var rank = 0

    @inlinable
    init(_ store: ORSet.Store) { self.store = store }

    /// The next element, or nil after the last one.
    @inlinable
    public mutating func next() -> Element? {
      guard let box = store.live.box else {
        while rank < store.live.few.count {
          rank += 1
          if store.isFirst(rank - 1) { return store.live.few[rank - 1].payload }
        }
        return nil
      }
      while page < box.pages.payloads.count {
        while rank < box.pages.payloads[page].count {
          let element = box.pages.payloads[page][rank]
          rank += 1
          if store.distinct == box.pages.count || isFirst(element, in: box) { return element }
        }
        page += 1
        rank = 0
      }
      return nil
    }

    /// Whether the place just passed is the one that the index finds first.
    @inlinable
    func isFirst(_ element: Element, in box: LiveDots<Element>.Box) -> Bool {
      guard let place = store.place(of: element, tag: box.pages.hash.tag(element)),
        Int(place >> 6) == page
      else { return false }
      return box.pages.rank(place & 63, in: box.pages.live[page]) == rank - 1
    }
  }

  /// An iterator over the elements, in no particular order.
  @inlinable
  public func makeIterator() -> Iterator { Iterator(indexed) }

  /// The number of elements.
  @inlinable
  public var underestimatedCount: Int { count }
}

extension ORSet.Store {
  /// For how many dots and entries of the index there is room, beyond a list of few.
  package var reservedPlaces: Int {
    live.box.map { $0.pages.live.capacity * 64 + index.slots.capacity } ?? 0
  }
}
