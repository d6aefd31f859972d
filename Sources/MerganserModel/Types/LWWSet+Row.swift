public import MerganserTypes

// LWWSet as what a row holds.

extension LWWSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { LWWSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension LWWSet: RowLattice {}

extension LWWSet: ConsistsOfWrites {
  /// The elements.
  public static func written(in store: Self) -> [Element] { Array(store.elements) }
}

extension Item {
  /// Adds an element; the later of concurrent insertions and removals stands.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == LWWSet<Element> {
    try change { store, author in Causal(try store.insert(element, as: &author), context: []) }
  }

  /// Removes an element; the later of concurrent insertions and removals stands.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == LWWSet<Element> {
    try change { store, author in Causal(try store.remove(element, as: &author), context: []) }
  }
}
