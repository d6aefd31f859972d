public import MerganserTypes

// Maps, and other values made of values: what they hold is written to by its own delta-mutators.

extension Item {
  /// Lets a delta-mutator work on the value of `key`, from nothing if there is none.
  ///
  /// ```swift
  /// try tx[shelves, 7].update("fruit") { $0.insert("apple", as: &$1) }
  /// ```
  @inlinable
  public func update<MapKey, Content>(
    _ key: MapKey, _ mutate: (inout Content.Store, inout Author) throws -> Causal<Content.Store>
  ) throws where Value == ORMap<MapKey, Content> {
    try update { store, author in try store.update(key, as: &author, mutate) }
  }

  /// Removes `key`, and with it what is seen of its value; concurrent updates of it stay.
  @inlinable
  public func remove<MapKey, Content>(
    _ key: MapKey
  ) throws where Value == ORMap<MapKey, Content> {
    try update { store, _ in store.remove(key) }
  }

  /// Lets a delta-mutator work on the value of `key`, from bottom if there is none.
  @inlinable
  public func update<MapKey, Content>(
    _ key: MapKey, _ mutate: (inout Content, inout Author) throws -> Content
  ) throws where Value == GMap<MapKey, Content> {
    try update { store, author in
      Causal(try store.update(key) { try mutate(&$0, &author) }, context: [])
    }
  }

  /// Lets a delta-mutator work on the value, which is created if it is not there.
  @inlinable
  public func write<Content>(
    _ mutate: (inout Content.Store, inout Author) throws -> Content.Store
  ) throws where Value == Incarnated<Content> {
    try update { store, author in try Incarnated<Content>.write(to: &store, as: &author, mutate) }
  }

  /// Removes the value, and all that is written to what is seen of it.
  @inlinable
  public func remove<Content>() throws where Value == Incarnated<Content> {
    try update { store, _ in store.removeAll() }
  }

  /// Lets a delta-mutator work on the first of both.
  @inlinable
  public func updateFirst<First, Second>(
    _ mutate: (inout First, inout Author) throws -> First
  ) throws where Value == Pair<First, Second> {
    try update { store, author in
      Causal(Pair(try mutate(&store.first, &author), Second()), context: [])
    }
  }

  /// Lets a delta-mutator work on the second of both.
  @inlinable
  public func updateSecond<First, Second>(
    _ mutate: (inout Second, inout Author) throws -> Second
  ) throws where Value == Pair<First, Second> {
    try update { store, author in
      Causal(Pair(First(), try mutate(&store.second, &author)), context: [])
    }
  }

  /// Joins `value` into the first component; if that grows, the second becomes `second`.
  @inlinable
  public func raise<First, Second>(
    _ value: First, with second: Second = Second()
  ) throws where Value == Lexicographic<First, Second> {
    try update { store, _ in
      Causal(store.raise(value, with: second), context: [])
    }
  }

  /// Lets a delta-mutator work on the second component, which belongs to the first as it is.
  @inlinable
  public func updateSecond<First, Second>(
    _ mutate: (inout Second, inout Author) throws -> Second
  ) throws where Value == Lexicographic<First, Second> {
    try update { store, author in
      Causal(try store.update { try mutate(&$0, &author) }, context: [])
    }
  }
}
