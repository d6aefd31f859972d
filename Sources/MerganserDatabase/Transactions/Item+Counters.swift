public import MerganserTypes

// Counters; those with bounds are in Item+Escrow.swift.

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

extension Item where Value == ResettableCounter {
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

  /// Takes back all that is counted here; what is counted concurrently stays.
  @inlinable
  public func reset() throws {
    try updateEach { store, _ in Causal(store.reset(), context: []) }
  }
}
