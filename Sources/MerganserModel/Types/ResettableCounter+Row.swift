public import MerganserTypes

// ResettableCounter as what a row holds.

extension ResettableCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension ResettableCounter: RowLattice {}

extension Item where Value == ResettableCounter {
  /// Counts `amount` up.
  @inlinable
  public func increment(by amount: Int64 = 1) throws {
    try change { store, author in
      Causal(try store.increment(by: amount, as: author.replica), context: [])
    }
  }

  /// Counts `amount` down.
  @inlinable
  public func decrement(by amount: Int64 = 1) throws {
    try change { store, author in
      Causal(try store.decrement(by: amount, as: author.replica), context: [])
    }
  }

  /// Takes back all that is counted here; what is counted concurrently stays.
  @inlinable
  public func reset() throws {
    try changeEach { store, author in
      Causal(store.reset(as: author.replica), context: [])
    }
  }
}
