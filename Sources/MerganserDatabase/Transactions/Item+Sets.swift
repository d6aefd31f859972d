public import MerganserTypes

extension Item {
  /// Adds an element, for good.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == GSet<Element> {
    try update { store, author in Causal(store.insert(element, as: &author), context: []) }
  }

  /// Adds an element.
  @inlinable
  public func insert<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    try update { store, author in store.insert(element, as: &author) }
  }

  /// Removes an element; concurrent insertions of it stay.
  @inlinable
  public func remove<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    try update { store, _ in store.remove(element) }
  }

  /// Adds an element; a concurrent removal of it wins.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == RWSet<Element> {
    try update { store, author in store.insertMember(element, as: &author) }
  }

  /// Removes an element, and wins over concurrent insertions of it.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == RWSet<Element> {
    try update { store, author in store.removeMember(element, as: &author) }
  }

  /// Adds an element; the later of concurrent insertions and removals stands.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == LWWSet<Element> {
    try update { store, author in Causal(try store.insert(element, as: &author), context: []) }
  }

  /// Removes an element; the later of concurrent insertions and removals stands.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == LWWSet<Element> {
    try update { store, author in Causal(try store.remove(element, as: &author), context: []) }
  }

  /// Adds an element, unless it was removed.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == TwoPhaseSet<Element> {
    try update { store, _ in Causal(store.insert(element), context: []) }
  }

  /// Removes an element, for good.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == TwoPhaseSet<Element> {
    try update { store, _ in Causal(store.remove(element), context: []) }
  }
}
