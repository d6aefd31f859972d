// The algebra's lattices as stores, and as what rows hold.

extension Max: LatticeStore, Replicated {}

extension Min: LatticeStore, Replicated {}

extension Pair: LatticeStore {}

extension Pair: Replicated
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  /// Unites each as its type says.
  public static func unite(_ store: inout Self, with concurrent: Self) {
    First.unite(&store.first, with: concurrent.first)
    Second.unite(&store.second, with: concurrent.second)
  }
}

extension Lexicographic: LatticeStore {}

extension Lexicographic: Replicated
where First: Replicated, First.Store == First, Second: Replicated, Second.Store == Second {
  /// Unites what belongs to equal first components as its type says; else joins.
  public static func unite(_ store: inout Self, with concurrent: Self) {
    if store.first == concurrent.first {
      Second.unite(&store.second, with: concurrent.second)
    } else {
      store.merge(concurrent)
    }
  }
}

extension GMap: LatticeStore {}

extension GMap: Replicated where Value: Replicated, Value.Store == Value {
  /// Unites key by key, as the values' type says.
  public static func unite(_ store: inout Self, with concurrent: Self) {
    for (key, value) in concurrent.entries {
      var mine = store[key]
      if mine.isBottom { mine = value } else { Value.unite(&mine, with: value) }
      store[key] = mine
    }
  }
}

extension Optional: DotStore, DecomposableStore, LatticeStore where Wrapped: Decomposable {}
