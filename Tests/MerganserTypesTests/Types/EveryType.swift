import MerganserTypes
import TestSupport

/// A mutator of a value, given who writes, when, and what to draw from.
typealias Mutator<Value> =
  (inout Value, ReplicaID, HybridTime, inout SplitMix) throws -> Value

/// Something that is asked of every type.
protocol TypeVisitor {
  /// Looks at one type, what its values show, and all of its mutators.
  func visit<Value: Decomposable & BinaryCodable, Shown: Equatable>(
    _ type: Value.Type, showing show: (Value) -> Shown, mutators: [Mutator<Value>])
}

private func pick(_ most: Int, random: inout SplitMix) -> Int {
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
    mutators: [{ try $0.increment(by: Int64(pick(3, random: &$3)), as: $1) }])
  visitor.visit(
    PNCounter.self, showing: { $0.exactValue },
    mutators: [
      { try $0.increment(by: Int64(pick(3, random: &$3)), as: $1) },
      { try $0.decrement(by: Int64(pick(4, random: &$3)) - 1, as: $1) },
    ])
  visitor.visit(
    ResettableCounter.self, showing: { $0.exactValue },
    mutators: [
      { try $0.increment(by: Int64(pick(3, random: &$3)), as: $1) },
      { try $0.decrement(by: Int64(pick(3, random: &$3)), as: $1) },
      { counter, replica, _, _ in counter.reset(as: replica) },
    ])
  let (a, b) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
  let terms = try EscrowTerms(lower: -9, upper: 9, founder: a)
  visitor.visit(
    EscrowCounter.self, showing: { $0.exactValue },
    mutators: [
      { try $0.increment(by: Int64(pick(3, random: &$3)), as: $1, under: terms) },
      { try $0.decrement(by: Int64(pick(3, random: &$3)), as: $1, under: terms) },
      { counter, replica, _, _ in
        try counter.transfer(1, of: .decrement, as: replica, to: b, under: terms)
      },
      { counter, replica, _, _ in
        try counter.transfer(1, of: .increment, as: replica, to: b, under: terms)
      },
    ])
}

private func visitRegistersAndFlags(_ visitor: some TypeVisitor) {
  visitor.visit(
    LWWRegister<Int>.self, showing: { $0.value },
    mutators: [{ try $0.set(pick(3, random: &$3), as: $1, at: $2) }])
  visitor.visit(
    FWWRegister<Int>.self, showing: { $0.value },
    mutators: [{ $0.set(pick(3, random: &$3), as: $1, at: $2) }])
  visitor.visit(
    MVRegister<Int>.self, showing: { $0.values.sorted() },
    mutators: [
      { $0.set(pick(3, random: &$3), as: $1) },
      { register, replica, _, _ in register.resolve(as: replica) { $0.map(\.value).max() ?? 0 } },
    ])
  visitor.visit(
    EnableWinsFlag.self, showing: { $0.isEnabled },
    mutators: [
      { flag, replica, _, _ in flag.enable(as: replica) },
      { flag, replica, _, _ in flag.disable(as: replica) },
    ])
  visitor.visit(
    DisableWinsFlag.self, showing: { $0.isEnabled },
    mutators: [
      { flag, replica, _, _ in flag.enable(as: replica) },
      { flag, replica, _, _ in flag.disable(as: replica) },
    ])
}

private func visitSets(_ visitor: some TypeVisitor) {
  visitor.visit(
    GSet<Int>.self, showing: { $0.elements },
    mutators: [{ set, _, _, random in set.insert(pick(99, random: &random)) }])
  visitor.visit(
    TwoPhaseSet<Int>.self, showing: { $0.elements },
    mutators: [
      { set, _, _, random in set.insert(pick(20, random: &random)) },
      { set, _, _, random in set.remove(pick(20, random: &random)) },
    ])
  visitor.visit(
    ORSet<Int>.self, showing: { Set($0) },
    mutators: [
      { $0.insert(pick(50, random: &$3), as: $1) }, { $0.insert(pick(50, random: &$3), as: $1) },
      { $0.remove(pick(50, random: &$3), as: $1) },
    ])
  visitor.visit(
    RWSet<Int>.self, showing: { $0.elements },
    mutators: [
      { $0.insert(pick(20, random: &$3), as: $1) }, { $0.remove(pick(20, random: &$3), as: $1) },
    ])
  visitor.visit(
    LWWSet<Int>.self, showing: { $0.elements },
    mutators: [
      { try $0.insert(pick(20, random: &$3), as: $1, at: $2) },
      { try $0.remove(pick(20, random: &$3), as: $1, at: $2) },
    ])
}

private func visitMaps(_ visitor: some TypeVisitor) {
  visitor.visit(
    ORMap<Int, ORSet<Int>>.self,
    showing: { map in
      Dictionary(uniqueKeysWithValues: map.keys.map { ($0, map[$0].map { Set($0) }) })
    },
    mutators: [
      { map, replica, _, random in
        let element = pick(5, random: &random)
        return map.update(pick(5, random: &random), as: replica) { $0.insert(element, as: &$1) }
      },
      { map, replica, _, random in
        let element = pick(5, random: &random)
        return map.update(pick(5, random: &random), as: replica) { $0.remove(element, as: &$1) }
      },
      { $0.remove(pick(5, random: &$3), as: $1) },
    ])
  visitor.visit(
    ORMap<Int, ORMap<Int, Incarnated<PNCounter>>>.self, showing: { $0.description },
    mutators: [
      { map, replica, _, random in
        let inner = pick(2, random: &random)
        return try map.update(pick(2, random: &random), as: replica) {
          try $0.update(inner, as: &$1) {
            try $0.write(as: &$1) { try $0.decrement(by: 2, as: $1.replica) }
          }
        }
      },
      { map, replica, _, random in
        let inner = pick(2, random: &random)
        return map.update(pick(2, random: &random), as: replica) { $0.remove(inner, as: &$1) }
      },
      { $0.remove(pick(2, random: &$3), as: $1) },
    ])
  visitor.visit(
    Incarnated<PNCounter>.self, showing: { $0.value?.exactValue },
    mutators: [
      { value, replica, _, _ in
        try value.write(as: replica) { try $0.increment(by: 2, as: $1.replica) }
      },
      { value, replica, _, _ in value.remove(as: replica) },
    ])
  visitor.visit(
    GMap<Int, GCounter>.self, showing: { $0.description },
    mutators: [
      { map, replica, _, random in
        try map.update(pick(5, random: &random)) { try $0.increment(as: replica) }
      }
    ])
}

private func visitAlgebra(_ visitor: some TypeVisitor) {
  visitor.visit(
    Max<Int>.self, showing: { $0.value }, mutators: [{ $0.observe(pick(999, random: &$3)) }])
  visitor.visit(
    Min<Int>.self, showing: { $0.value }, mutators: [{ $0.observe(pick(999, random: &$3)) }])
  visitor.visit(
    Pair<GCounter, GSet<Int>>.self, showing: { $0.description },
    mutators: [
      { pair, replica, _, _ in try pair.updateFirst { try $0.increment(as: replica) } },
      { pair, _, _, random in
        let element = pick(99, random: &random)
        return pair.updateSecond { $0.insert(element) }
      },
    ])
  // A pair of values that have contexts of their own.
  visitor.visit(
    Pair<MVRegister<Int>, PNCounter>.self, showing: { "\($0.first.values.sorted()) \($0.second)" },
    mutators: [
      { pair, replica, _, random in
        let value = pick(3, random: &random)
        return pair.updateFirst { $0.set(value, as: replica) }
      },
      { pair, replica, _, _ in try pair.updateSecond { try $0.decrement(as: replica) } },
    ])
  visitor.visit(
    Lexicographic<Max<Int>, PNCounter>.self, showing: { $0.description },
    mutators: [
      { pair, _, _, random in pair.raise(Max(pick(999, random: &random))) },
      { pair, replica, _, _ in try pair.updateSecond { try $0.increment(as: replica) } },
    ])
  visitor.visit(
    Lexicographic<GSet<Int>, Max<Int>>.self, showing: { $0.description },
    mutators: [
      { $0.raise([pick(99, random: &$3)], with: Max(pick(9, random: &$3))) },
      { pair, _, _, random in
        let value = pick(999, random: &random)
        return pair.updateSecond { $0.observe(value) }
      },
    ])
  visitor.visit(
    PNCounter?.self, showing: { $0?.exactValue },
    mutators: [
      { value, replica, _, _ in
        var counter = value ?? PNCounter()
        let delta = try counter.decrement(as: replica)
        value = counter
        return delta
      }
    ])
}
