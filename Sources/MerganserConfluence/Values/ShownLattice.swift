import MerganserTypes

/// A type whose stores show all that they hold: what they show merges as they do.
protocol ShownLattice: ShownType, DotStore, Decomposable, BinaryCodable where Store == Self {}

extension ShownLattice {
  static func plain(_ store: Self, as author: inout Author) throws -> Self { store }

  static func joins(_ one: Self, with other: Self, among: ShownHabits<Self>) throws -> [Self] {
    var join = one
    join.merge(other)
    return [join]
  }
}

extension GCounter: ShownLattice {
  static func parts(of store: GCounter, seen: [GCounter]) throws -> [GCounter] {
    try Workload.replicas.reduce([GCounter()]) { parts, replica in
      try parts.flatMap { part in
        try amounts(upTo: store.count(of: replica)).map { amount in
          var part = part
          try part.increment(by: amount, as: replica)
          return part
        }
      }.checked()
    }
  }
}

extension PNCounter: ShownLattice {
  static func parts(of store: PNCounter, seen: [PNCounter]) throws -> [PNCounter] {
    try Workload.replicas.reduce([PNCounter()]) { parts, replica in
      try parts.flatMap { part in
        try amounts(upTo: store.increments(of: replica)).flatMap { up in
          try amounts(upTo: store.decrements(of: replica)).map { down in
            var part = part
            try part.increment(by: up, as: replica)
            try part.decrement(by: down, as: replica)
            return part
          }
        }
      }.checked()
    }
  }
}

extension EscrowCounter: ShownLattice {
  // Rights of which some are gone with a creation are not looked through.
  static func parts(of store: EscrowCounter, seen: [EscrowCounter]) throws -> [EscrowCounter] {
    guard store.isBottom else { throw TooManyOutcomes() }
    return [store]
  }
}

/// Every amount up to a count.
private func amounts(upTo count: UInt64) throws -> ClosedRange<Int64> {
  guard count <= 16 else { throw TooManyOutcomes() }
  return 0...Int64(count)
}

extension Max: ShownType, ShownLattice {
  // The greatest of what was written to a creation was shown when it was written.
  static func parts(of store: Self, seen: [Self]) throws -> [Self] { [Self()] + seen }
}

extension Min: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] { [Self()] + seen }
}

extension GSet: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    try Set.choices(of: Set(store.elements)).map { elements in
      var part = Self()
      for element in elements { part.insert(element) }
      return part
    }
  }
}

extension TwoPhaseSet: ShownType, ShownLattice {
  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    let removed = store.removed
    return try Set.choices(of: store.elements.union(removed)).flatMap { elements in
      try Set.choices(of: elements.intersection(removed)).map { removed in
        var part = Self()
        for element in elements { part.insert(element) }
        for element in removed { part.remove(element) }
        return part
      }
    }.checked()
  }
}
