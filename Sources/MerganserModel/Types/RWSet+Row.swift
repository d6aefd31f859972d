public import MerganserTypes

// RWSet as what a row holds.

extension RWSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { RWSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension RWSet: CausalRow {}

extension RWSet: ConsistsOfWrites {
  /// The elements with insertions that stand, also those that a removal hides.
  public static func written(in store: Store) -> [Element] {
    store.keys.filter { store[$0]?.first.isBottom == false }
  }
}

extension Item {
  /// Adds an element; a concurrent removal of it wins.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == RWSet<Element> {
    try change { store, author in store.insert(element, as: &author) }
  }

  /// Removes an element, and wins over concurrent insertions of it.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == RWSet<Element> {
    try change { store, author in store.remove(element, as: &author) }
  }
}
