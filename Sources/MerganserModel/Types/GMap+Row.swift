public import MerganserTypes

// GMap as what a row holds.

extension GMap: KnownType, KnownValue where Value: Replicated, Value.Store == Value {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries(ofMap: entries.map { ($0, ReadableValue(of: $1)) })
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<K: HashableElement, V: RowLattice>(
      _: K.Type, _: V.Type
    ) -> any KnownType.Type { GMap<K, V>.self }
    guard
      let (first, second) = arguments.both(
        (any HashableElement.Type).self, (any RowLattice.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension GMap: RowLattice where Value: Replicated, Value.Store == Value {}

extension GMap: ConsistsOfWrites where Value: ConsistsOfWrites, Value.Store == Value {
  /// What was written to the values, whatever their keys.
  public static func written(in store: Self) -> [Value.Written] {
    store.entries.values.flatMap { Value.written(in: $0) }
  }
}

extension Item {
  /// Lets a delta-mutator work on the value of `key`, from bottom if there is none.
  @inlinable
  public func update<MapKey, Content>(
    _ key: MapKey, mutate: (inout Content, inout Author) throws -> Content
  ) throws where Value == GMap<MapKey, Content> {
    try update { store, author in
      Causal(try store.update(key) { try mutate(&$0, &author) }, context: [])
    }
  }
}
