public import MerganserTypes

// Incarnated as what a row holds.

extension Incarnated: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<V: RowLattice>(_: V.Type) -> any KnownType.Type { Incarnated<V>.self }
    return arguments.only((any RowLattice.Type).self).map { make($0) }
  }
}

extension Incarnated: CausalRow {}

extension Incarnated: ConsistsOfWrites where Value: ConsistsOfWrites {
  /// What was written to the incarnations that live.
  public static func written(in store: Store) -> [Value.Written] {
    store.sortedEntries.flatMap { Value.written(in: $0.value) }
  }
}

extension Item {
  /// Lets a delta-mutator work on the value, which is created if it is not there.
  @inlinable
  public func write<Content>(
    _ mutate: (inout Content.Store, inout Author) throws -> Content.Store
  ) throws where Value == Incarnated<Content> {
    try update { store, author in
      try Incarnated<Content>.write(to: &store, as: &author, mutate: mutate)
    }
  }

  /// Removes the value, and all that is written to what is seen of it.
  @inlinable
  public func remove<Content>() throws where Value == Incarnated<Content> {
    try change { store, author in store.remove(as: &author) }
  }
}
