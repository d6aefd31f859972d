public import MerganserTypes

// LWWRegister as what a row holds.

extension LWWRegister: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<E: EquatableElement>(_: E.Type) -> any KnownType.Type {
      LWWRegister<E>.self
    }
    return arguments.only((any EquatableElement.Type).self).map { make($0) }
  }
}

extension LWWRegister: RowLattice {}

extension LWWRegister: ConsistsOfWrites {
  /// The value, if one was written.
  @inlinable
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension Item {
  /// Sets the register.
  @inlinable
  public func set<Written>(_ value: Written) throws where Value == LWWRegister<Written> {
    try change { store, author in Causal(try store.set(value, as: &author), context: []) }
  }
}
