public import MerganserTypes

// Registers, flags, and what keeps one value of many.

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

  /// Sets the register to one value in the place of several, and tells whether there were several.
  ///
  /// `choose` is given the values that stand, with the dots that name their writes.
  @inlinable
  @discardableResult
  public func resolve<Written>(
    _ choose: ([(dot: Dot, value: Written)]) throws -> Written
  ) throws -> Bool where Value == MVRegister<Written> {
    guard let versions = try value?.versions, versions.count > 1 else { return false }
    try set(try choose(versions))
    return true
  }

  /// Takes notice of a value, which stands if it is greater than the one that does.
  @inlinable
  public func observe<Seen>(_ value: Seen) throws where Value == Max<Seen> {
    try update { store, _ in Causal(store.observe(value), context: []) }
  }

  /// Takes notice of a value, which stands if it is less than the one that does.
  @inlinable
  public func observe<Seen>(_ value: Seen) throws where Value == Min<Seen> {
    try update { store, _ in Causal(store.observe(value), context: []) }
  }
}

extension Item where Value == EnableWinsFlag {
  /// Turns the flag on.
  @inlinable
  public func enable() throws { try update { $0.mark(as: &$1) } }

  /// Turns the flag off; what turns it on concurrently wins.
  @inlinable
  public func disable() throws { try update { store, _ in store.clear() } }
}

extension Item where Value == DisableWinsFlag {
  /// Turns the flag on; what turns it off concurrently wins.
  @inlinable
  public func enable() throws { try update { store, _ in store.clear() } }

  /// Turns the flag off.
  @inlinable
  public func disable() throws { try update { $0.mark(as: &$1) } }
}
