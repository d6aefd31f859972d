public import MerganserTypes

// GCounter as what a row holds.

extension GCounter: KnownValue {
  package static var words: ChangeWords { .count }
  package var readable: ReadableValue {
    ReadableValue(count: { () throws(LatticeError) in try value })
  }
}

extension GCounter: RowLattice {}

extension GCounter: Counted {
  /// How many there are.
  public var count: Int128 { exactValue }

  /// The sum of what each incarnation shows.
  public static func count(of incarnations: [GCounter]) -> Int128 {
    incarnations.reduce(0) { $0 + $1.exactValue }
  }
}

extension Item where Value == GCounter {
  /// Counts `amount` up.
  @inlinable
  public func increment(by amount: Int64 = 1) throws {
    try change { store, author in
      Causal(try store.increment(by: amount, as: author.replica), context: [])
    }
  }
}
