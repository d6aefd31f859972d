public import MerganserTypes

// TwoPhaseSet as what a row holds.

extension TwoPhaseSet: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { ReadableValue(ofSet: elements) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type {
      TwoPhaseSet<E>.self
    }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension TwoPhaseSet: RowLattice {}

extension TwoPhaseSet: ConsistsOfWrites {
  /// The elements.
  public static func written(in store: Self) -> [Element] { Array(store.elements) }
}

extension Item {
  /// Adds an element, unless it was removed.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == TwoPhaseSet<Element> {
    try change { store, _ in Causal(store.insert(element), context: []) }
  }

  /// Removes an element, for good.
  @inlinable
  public func remove<Element>(_ element: Element) throws where Value == TwoPhaseSet<Element> {
    try change { store, _ in Causal(store.remove(element), context: []) }
  }
}
