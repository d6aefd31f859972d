public import MerganserTypes

// Pair as what a row holds.

extension Pair: KnownType, KnownValue
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
      Pair<A, B>.self
    }
    guard
      let (first, second) = arguments.both((any RowLattice.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension Pair: RowLattice
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {}

extension Item {
  /// Lets a delta-mutator work on the first of both.
  @inlinable
  public func updateFirst<First, Second>(
    _ mutate: (inout First, inout Author) throws -> First
  ) throws where Value == Pair<First, Second> {
    try update { store, author in
      Causal(try store.updateFirst { try mutate(&$0, &author) }, context: [])
    }
  }

  /// Lets a delta-mutator work on the second of both.
  @inlinable
  public func updateSecond<First, Second>(
    _ mutate: (inout Second, inout Author) throws -> Second
  ) throws where Value == Pair<First, Second> {
    try update { store, author in
      Causal(try store.updateSecond { try mutate(&$0, &author) }, context: [])
    }
  }
}
