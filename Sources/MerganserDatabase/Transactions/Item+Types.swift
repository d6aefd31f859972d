public import MerganserTypes

extension Item where Value == GCounter {
  /// Counts `amount` up.
  @inlinable
  public func increment(by amount: Int64 = 1) throws {
    try update { store, author in
      Causal(try store.increment(by: amount, as: author.replica), context: [])
    }
  }
}

extension Item where Value == PNCounter {
  /// Counts `amount` up.
  @inlinable
  public func increment(by amount: Int64 = 1) throws {
    try update { store, author in
      Causal(try store.increment(by: amount, as: author.replica), context: [])
    }
  }

  /// Counts `amount` down.
  @inlinable
  public func decrement(by amount: Int64 = 1) throws {
    try update { store, author in
      Causal(try store.decrement(by: amount, as: author.replica), context: [])
    }
  }
}

extension Item {
  /// Sets the register.
  @inlinable
  public func set<Written>(_ value: Written) throws where Value == LWWRegister<Written> {
    try update { store, author in Causal(try store.set(value, as: &author), context: []) }
  }

  /// Sets the register, in place of every value that it shows.
  @inlinable
  public func set<Written>(_ value: Written) throws where Value == MVRegister<Written> {
    try update { store, author in store.set(value, as: &author) }
  }

  /// Adds an element.
  @inlinable
  public func insert<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    try update { store, author in store.insert(element, as: &author) }
  }

  /// Removes an element; concurrent insertions of it stay.
  @inlinable
  public func remove<Element: BinaryCodable>(
    _ element: Element
  ) throws where Value == ORSet<Element> {
    for incarnation in try incarnations {
      try update(incarnation.dot) { store, _ in store.remove(element) }
    }
  }

  /// Adds an element, for good.
  @inlinable
  public func insert<Element>(_ element: Element) throws where Value == GSet<Element> {
    try update { store, author in Causal(store.insert(element, as: &author), context: []) }
  }
}
