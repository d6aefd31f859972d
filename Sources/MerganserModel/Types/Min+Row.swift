public import MerganserTypes

// Min as what a row holds.

extension Min: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: ComparableElement>(_: E.Type) -> any KnownType.Type { Min<E>.self }
    return arguments.only((any ComparableElement.Type).self).map { make($0) }
  }
}

extension Min: RowLattice {}

extension Min: ConsistsOfWrites {
  /// The least value, if one was observed.
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension Item {
  /// Takes notice of a value, which stands if it is less than the one that does.
  @inlinable
  public func observe<Seen>(_ value: Seen) throws where Value == Min<Seen> {
    try change { store, _ in Causal(store.observe(value), context: []) }
  }
}
