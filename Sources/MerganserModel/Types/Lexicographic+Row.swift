public import MerganserTypes

// Lexicographic as what a row holds.

extension Lexicographic: KnownType, KnownValue
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries([
      .init("first", value: ReadableValue(of: first)),
      .init("second", value: ReadableValue(of: second)),
    ])
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<A: RowLattice, B: RowLattice>(_: A.Type, _: B.Type) -> any KnownType.Type {
      Lexicographic<A, B>.self
    }
    guard
      let (first, second) = arguments.both((any RowLattice.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension Lexicographic: RowLattice
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {}

extension Item {
  /// Joins `value` into the first component; if that grows, the second becomes `second`.
  @inlinable
  public func raise<First, Second>(
    _ value: First, with second: Second = Second()
  ) throws where Value == Lexicographic<First, Second> {
    try change { store, _ in
      Causal(store.raise(value, with: second), context: [])
    }
  }

  /// Lets a delta-mutator work on the second component, which belongs to the first as it is.
  @inlinable
  public func updateSecond<First, Second>(
    _ mutate: (inout Second, inout Author) throws -> Second
  ) throws where Value == Lexicographic<First, Second> {
    try update { store, author in
      Causal(try store.updateSecond { try mutate(&$0, &author) }, context: [])
    }
  }
}
