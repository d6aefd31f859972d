public import MerganserTypes

// ORMap as what a row holds.

extension ORMap: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue {
    .entries(ofMap: keys.map { key in (key, self[key].map { ReadableValue(of: $0) } ?? .nothing) })
  }

  package static func applied(to arguments: TypeArguments) -> (any KnownType.Type)? {
    func make<K: HashableElement, V: CausalRow>(
      _: K.Type, _: V.Type
    ) -> any KnownType.Type { ORMap<K, V>.self }
    guard
      let (first, second) = arguments.both(
        (any HashableElement.Type).self, (any CausalRow.Type).self)
    else {
      return nil
    }
    return make(first, second)
  }
}

extension ORMap: CausalRow {}

extension ORMap: ConsistsOfWrites where Value: ConsistsOfWrites {
  /// What was written to the values, whatever their keys.
  public static func written(in store: Store) -> [Value.Written] {
    store.keys.flatMap { key in store[key].map { Value.written(in: $0) } ?? [] }
  }
}

extension Item {
  /// Lets a delta-mutator work on the value of `key`, from nothing if there is none.
  ///
  /// ```swift
  /// try tx[shelves, 7].update("fruit") { $0.insert("apple", as: &$1) }
  /// ```
  @inlinable
  public func update<MapKey, Content>(
    _ key: MapKey, mutate: (inout Content.Store, inout Author) throws -> Causal<Content.Store>
  ) throws where Value == ORMap<MapKey, Content> {
    try update { store, author in try store.update(key, as: &author, mutate: mutate) }
  }

  /// Removes `key`, and with it what is seen of its value; concurrent updates of it stay.
  @inlinable
  public func remove<MapKey, Content>(
    _ key: MapKey
  ) throws where Value == ORMap<MapKey, Content> {
    try change { store, author in store.remove(key, as: &author) }
  }
}
