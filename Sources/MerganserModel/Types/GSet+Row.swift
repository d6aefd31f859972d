public import MerganserTypes

// GSet as what a row holds.

extension GSet: KnownValue {
  package static var words: ChangeWords { .elements }
  package var readable: ReadableValue { ReadableValue(ofSet: self) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { GSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension GSet: RowLattice {}

extension GSet: ConsistsOfWrites {
  /// The elements.
  public static func written(in store: Self) -> [Element] { Array(store) }
}

extension Item {
  /// Adds an element, for good.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == GSet<Element> {
    try change { store, _ in Causal(store.insert(element), context: []) }
  }
}
