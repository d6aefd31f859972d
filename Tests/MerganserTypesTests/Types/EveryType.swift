import MerganserTypes

/// A mutator of a value, given who writes, when, and what to draw from.
typealias Mutator<Value> =
  (inout Value, ReplicaID, HybridTime, inout SplitMix64) throws -> Value

/// Something that is asked of every type.
protocol TypeVisitor {
  /// Looks at one type, what its values show, and all of its mutators.
  func visit<Value: Decomposable & BinaryCodable, Shown: Equatable>(
    _ type: Value.Type, showing show: (Value) -> Shown, _ mutators: [Mutator<Value>])
}

private func pick(_ most: Int, _ random: inout SplitMix64) -> Int {
  Int.random(in: 0...most, using: &random)
}

/// Shows every type with all of its mutators.
func visitEveryType(_ visitor: some TypeVisitor) throws {
  try visitCounters(visitor)
  visitRegistersAndFlags(visitor)
  visitSets(visitor)
  visitMaps(visitor)
  visitAlgebra(visitor)
}

private func visitCounters(_ visitor: some TypeVisitor) throws {
  visitor.visit(
    GCounter.self, showing: { $0.exactValue },
    [{ try $0.increment(Int64(pick(3, &$3)), by: $1) }])
  visitor.visit(
    PNCounter.self, showing: { $0.exactValue },
    [
      { try $0.increment(Int64(pick(3, &$3)), by: $1) },
      { try $0.decrement(Int64(pick(4, &$3)) - 1, by: $1) },
    ])
  visitor.visit(
    ResettableCounter.self, showing: { $0.exactValue },
    [
      { try $0.increment(Int64(pick(3, &$3)), by: $1) },
      { try $0.decrement(Int64(pick(3, &$3)), by: $1) },
      { counter, _, _, _ in counter.reset() },
    ])
  let (a, b) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
  let terms = try EscrowTerms(lower: -9, upper: 9, founder: a)
  visitor.visit(
    EscrowCounter.self, showing: { $0.exactValue },
    [
      { try $0.increment(Int64(pick(3, &$3)), by: $1, under: terms) },
      { try $0.decrement(Int64(pick(3, &$3)), by: $1, under: terms) },
      { counter, replica, _, _ in
        try counter.transfer(1, of: .decrement, from: replica, to: b, under: terms)
      },
      { counter, replica, _, _ in
        try counter.transfer(1, of: .increment, from: replica, to: b, under: terms)
      },
    ])
}

private func visitRegistersAndFlags(_ visitor: some TypeVisitor) {
  visitor.visit(
    LWWRegister<Int>.self, showing: { $0.value },
    [{ try $0.set(pick(3, &$3), by: $1, at: $2) }])
  visitor.visit(
    MVRegister<Int>.self, showing: { $0.values.sorted() },
    [
      { $0.set(pick(3, &$3), by: $1) },
      { register, replica, _, _ in register.resolve(by: replica) { $0.map(\.value).max() ?? 0 } },
    ])
  visitor.visit(
    EnableWinsFlag.self, showing: { $0.isEnabled },
    [
      { flag, replica, _, _ in flag.enable(by: replica) },
      { flag, replica, _, _ in flag.disable(by: replica) },
    ])
  visitor.visit(
    DisableWinsFlag.self, showing: { $0.isEnabled },
    [
      { flag, replica, _, _ in flag.enable(by: replica) },
      { flag, replica, _, _ in flag.disable(by: replica) },
    ])
}

private func visitSets(_ visitor: some TypeVisitor) {
  visitor.visit(
    GSet<Int>.self, showing: { $0.elements },
    [{ set, _, _, random in set.insert(pick(99, &random)) }])
  visitor.visit(
    TwoPhaseSet<Int>.self, showing: { $0.elements },
    [
      { set, _, _, random in set.insert(pick(20, &random)) },
      { set, _, _, random in set.remove(pick(20, &random)) },
    ])
  visitor.visit(
    ORSet<Int>.self, showing: { Set($0) },
    [
      { $0.insert(pick(50, &$3), by: $1) }, { $0.insert(pick(50, &$3), by: $1) },
      { $0.remove(pick(50, &$3), by: $1) },
    ])
  visitor.visit(
    RWSet<Int>.self, showing: { $0.elements },
    [{ $0.insert(pick(20, &$3), by: $1) }, { $0.remove(pick(20, &$3), by: $1) }])
  visitor.visit(
    LWWSet<Int>.self, showing: { $0.elements },
    [
      { try $0.insert(pick(20, &$3), by: $1, at: $2) },
      { try $0.remove(pick(20, &$3), by: $1, at: $2) },
    ])
}

private func visitMaps(_ visitor: some TypeVisitor) {
  visitor.visit(
    ORMap<Int, ORSet<Int>>.self,
    showing: { map in
      Dictionary(uniqueKeysWithValues: map.keys.map { ($0, map[$0].map { Set($0) }) })
    },
    [
      { map, replica, _, random in
        let element = pick(5, &random)
        return map.update(pick(5, &random), by: replica) { $0.insert(element, as: &$1) }
      },
      { map, replica, _, random in
        let element = pick(5, &random)
        return map.update(pick(5, &random), by: replica) { store, _ in store.remove(element) }
      },
      { $0.remove(pick(5, &$3), by: $1) },
    ])
  visitor.visit(
    ORMap<Int, ORMap<Int, Incarnated<PNCounter>>>.self, showing: { $0.description },
    [
      { map, replica, _, random in
        let inner = pick(2, &random)
        return try map.update(pick(2, &random), by: replica) {
          try $0.update(inner, as: &$1) {
            try $0.write(as: &$1) { try $0.decrement(by: 2, as: $1.replica) }
          }
        }
      },
      { map, replica, _, random in
        let inner = pick(2, &random)
        return map.update(pick(2, &random), by: replica) { store, _ in store.remove(inner) }
      },
      { $0.remove(pick(2, &$3), by: $1) },
    ])
  visitor.visit(
    Incarnated<PNCounter>.self, showing: { $0.value?.exactValue },
    [
      { value, replica, _, _ in
        try value.write(by: replica) { try $0.increment(2, by: $1.replica) }
      },
      { value, replica, _, _ in value.remove(by: replica) },
    ])
  visitor.visit(
    GMap<Int, GCounter>.self, showing: { $0.description },
    [
      { map, replica, _, random in
        try map.update(pick(5, &random)) { try $0.increment(by: replica) }
      }
    ])
}

private func visitAlgebra(_ visitor: some TypeVisitor) {
  visitor.visit(Max<Int>.self, showing: { $0.value }, [{ $0.observe(pick(999, &$3)) }])
  visitor.visit(Min<Int>.self, showing: { $0.value }, [{ $0.observe(pick(999, &$3)) }])
  visitor.visit(
    Pair<GCounter, GSet<Int>>.self, showing: { $0.description },
    [
      { pair, replica, _, _ in try pair.update(\.first) { try $0.increment(by: replica) } },
      { pair, _, _, random in
        let element = pick(99, &random)
        return pair.update(\.second) { $0.insert(element) }
      },
    ])
  // A pair of values that have contexts of their own.
  visitor.visit(
    Pair<MVRegister<Int>, PNCounter>.self, showing: { "\($0.first.values.sorted()) \($0.second)" },
    [
      { pair, replica, _, random in
        let value = pick(3, &random)
        return pair.update(\.first) { $0.set(value, by: replica) }
      },
      { pair, replica, _, _ in try pair.update(\.second) { try $0.decrement(by: replica) } },
    ])
  visitor.visit(
    Lexicographic<Max<Int>, PNCounter>.self, showing: { $0.description },
    [
      { pair, _, _, random in pair.raise(Max(pick(999, &random))) },
      { pair, replica, _, _ in try pair.update { try $0.increment(by: replica) } },
    ])
  visitor.visit(
    Lexicographic<GSet<Int>, Max<Int>>.self, showing: { $0.description },
    [
      { $0.raise([pick(99, &$3)], with: Max(pick(9, &$3))) },
      { pair, _, _, random in
        let value = pick(999, &random)
        return pair.update { $0.observe(value) }
      },
    ])
  visitor.visit(
    PNCounter?.self, showing: { $0?.exactValue },
    [
      { value, replica, _, _ in
        var counter = value ?? PNCounter()
        let delta = try counter.decrement(by: replica)
        value = counter
        return delta
      }
    ])
}
