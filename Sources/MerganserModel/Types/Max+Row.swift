public import MerganserTypes

// Max as what a row holds.

extension Max: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: ComparableElement>(_: E.Type) -> any KnownType.Type { Max<E>.self }
    return arguments.only((any ComparableElement.Type).self).map { make($0) }
  }
}

extension Max: RowLattice {}

extension Max: ConsistsOfWrites {
  /// The greatest value, if one was observed.
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension Item {
  /// Takes notice of a value, which stands if it is greater than the one that does.
  @inlinable
  public func observe<Seen>(_ value: Seen) throws where Value == Max<Seen> {
    try change { store, _ in Causal(store.observe(value), context: []) }
  }
}
