public import MerganserTypes

// FWWRegister as what a row holds.

extension FWWRegister: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: EquatableElement>(_: E.Type) -> any KnownType.Type { FWWRegister<E>.self }
    return arguments.only((any EquatableElement.Type).self).map { make($0) }
  }
}

extension FWWRegister: RowLattice {}

extension FWWRegister: ConsistsOfWrites {
  /// The value, if one was written.
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension Item {
  /// Sets the register, unless a value is there; the first of concurrent writes stands.
  @inlinable
  public func set<Written>(_ value: Written) throws where Value == FWWRegister<Written> {
    try change { store, author in Causal(store.set(value, as: &author), context: []) }
  }
}
