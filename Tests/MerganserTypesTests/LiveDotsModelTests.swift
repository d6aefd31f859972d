import MerganserTypes
import TestSupport
import Testing

/// Dot stores do what dictionaries do, while they grow from few dots to many and shrink again.
@Suite struct LiveDotsModelTests {
  private let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }

  /// Whether a step adds something: there are times of growing and times of shrinking.
  private func adds(_ step: Int, random: inout SplitMix) -> Bool {
    Int.random(in: 0..<10, using: &random) < (step / 250 % 2 == 0 ? 8 : 2)
  }

  /// Dots in any order, on few pages and on many, that are removed one by one and many at a time.
  @Test(arguments: 0..<6) func aDotFunctionIsADictionary(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var store = DotFunction<Written<Int>>()
    var model: [Dot: Int] = [:]
    let range = 1...([1000, 20_000, 1 << 40] as [UInt64])[Int(seed % 3)]
    for step in 0..<1000 {
      let replica = try #require(replicas.randomElement(using: &random))
      if adds(step, random: &random) {
        let dot = Dot(replica, sequence: UInt64.random(in: range, using: &random))
        store[dot] = Written(step)
        model[dot] = step
      } else if let dot = model.keys.sorted().randomElement(using: &random) {
        store[dot] = nil
        model[dot] = nil
      }
      if step % 100 == 99 {
        let gone = model.keys.filter { step % 300 == 299 || $0.sequence % 3 == 0 }
        store.merge(DotFunction(), seen: CausalContext(), otherSeen: CausalContext(gone))
        for dot in gone { model[dot] = nil }
      }
      #if DEBUG
        try store.checkInvariants()
      #endif
      let sorted = model.sorted { $0.key < $1.key }
      try #require(store.sortedEntries.map(\.dot) == sorted.map(\.key), "step \(step)")
      try #require(store.sortedEntries.map(\.value.value) == sorted.map(\.value), "step \(step)")
    }
  }

  /// Elements that come and go, also as insertions of others.
  @Test(arguments: 0..<6) func anORSetIsASet(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var set = ORSet<Int>()
    var model: Set<Int> = []
    for step in 0..<1000 {
      let element = Int.random(in: 0..<150, using: &random)
      if adds(step, random: &random) {
        set.insert(element, as: replicas[0])
        model.insert(element)
      } else if let element = model.sorted().randomElement(using: &random) {
        set.remove(element, as: replicas[0])
        model.remove(element)
      }
      if step % 40 == 0 {
        var other = set
        other.insert(element, as: replicas[1])
        set.insert(element, as: replicas[2])
        set.merge(other)
        model.insert(element)
      }
      #if DEBUG
        try set.causal.store.checkInvariants()
        try set.context.checkInvariants()
      #endif
      try #require(set.count == model.count && Set(set) == model, "step \(step)")
    }
  }

  /// Stores that are put under keys, one in place of another.
  @Test(arguments: 0..<6) func aDotMapIsADictionary(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var map = DotMap<Int, DotSet>()
    var (model, next): ([Int: Set<Dot>], UInt64) = ([:], 1)
    for step in 0..<500 {
      let key = Int.random(in: 0..<20, using: &random)
      var dots: Set<Dot> = []
      if adds(step, random: &random) {
        dots = (model[key] ?? []).filter { $0.sequence % 2 == 0 }
        for _ in 0..<3 {
          dots.insert(Dot(replicas[step % 3], sequence: next))
          next += 1
        }
      }
      map[key] = DotSet(dots.sorted())
      model[key] = dots.isEmpty ? nil : dots
      #if DEBUG
        try map.checkInvariants()
      #endif
      try #require(Set(map.keys) == Set(model.keys), "step \(step)")
      let all = model.values.flatMap { $0 }.sorted()
      try #require(map.dots == CausalContext(all), "step \(step)")
      try #require(map[key] == (dots.isEmpty ? nil : DotSet(dots.sorted())), "step \(step)")
    }
  }
}
