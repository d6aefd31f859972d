// The algebra's lattices as stores, and as what rows hold.

extension Max: LatticeStore, Replicated {}

extension Min: LatticeStore, Replicated {}

extension Pair: LatticeStore {}

extension Pair: Replicated
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  /// Unites each as its type says.
  public static func unite(_ store: inout Self, with concurrent: Self, for access: RowAccess) {
    First.unite(&store.first, with: concurrent.first, for: access)
    Second.unite(&store.second, with: concurrent.second, for: access)
  }
}

extension Lexicographic: LatticeStore {}

extension Lexicographic: Replicated
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  /// Unites what belongs to equal first components as its type says; else joins the first ones, and
  /// keeps what belongs to the greater.
  public static func unite(_ store: inout Self, with concurrent: Self, for access: RowAccess) {
    if store.first != concurrent.first {
      let isGreater = store.first.isCovered(by: concurrent.first)
      let before = store.first
      store.raise(concurrent.first)
      guard store.first != before, isGreater else { return }
    }
    Second.unite(&store.second, with: concurrent.second, for: access)
  }
}

extension GMap: LatticeStore {}

extension GMap: Replicated where Value: Replicated, Value.Store == Value {
  /// Unites key by key, as the values' type says.
  public static func unite(_ store: inout Self, with concurrent: Self, for access: RowAccess) {
    for (key, value) in concurrent.entries {
      var mine = store[key]
      Value.unite(&mine, with: value, for: access)
      store[key] = mine
    }
  }
}

extension Optional: DotStore, DecomposableStore, LatticeStore where Wrapped: Decomposable {}
