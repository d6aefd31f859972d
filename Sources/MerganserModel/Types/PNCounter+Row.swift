public import MerganserTypes

// PNCounter as what a row holds.

extension PNCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension PNCounter: RowLattice {}

extension PNCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [PNCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }
}

extension Item where Value == PNCounter {
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
}
