public import MerganserTypes

// ORSet as what a row holds.

extension ORSet: KnownType, KnownValue where Element: BinaryCodable {
  package static var words: ChangeWords { .elements }
  package var readable: ReadableValue { ReadableValue(ofSet: self) }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: HashableElement>(_: E.Type) -> any KnownType.Type { ORSet<E>.self }
    return arguments.only((any HashableElement.Type).self).map { make($0) }
  }
}

extension ORSet: CausalRow where Element: BinaryCodable {}

extension ORSet: ConsistsOfWrites where Element: BinaryCodable {
  /// The elements.
  public static func written(in store: Store) -> [Element] { Array(ORSet(store)) }
}

extension Item {
  /// Adds an element.
  @inlinable
  public func insert<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    try change { store, author in store.insert(element, as: &author) }
  }

  /// Removes an element; concurrent insertions of it stay.
  @inlinable
  public func remove<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    try change { store, author in store.remove(element, as: &author) }
  }
}
