import MerganserLaws
import MerganserTypes
import Testing

@Suite struct AlgebraTests {
  @Test func maximaAndMinima() throws {
    try checkLaws(of: Max<Int>.self, observing: { $0.value }) { $0.observe($2.pick(0...9)) }
    try checkLaws(of: Min<Int>.self, observing: { $0.value }) { $0.observe($2.pick(0...9)) }
    try checkSpecification(of: Max<Int>.self, showing: { $0.value }) {
      let value = $2.pick(-9...9)
      $0.observe(value)
      return value
    } specification: {
      $0.map(\.operation).max()
    }
    try checkSpecification(of: Min<Int>.self, showing: { $0.value }) {
      let value = $2.pick(-9...9)
      $0.observe(value)
      return value
    } specification: {
      $0.map(\.operation).min()
    }
  }

  @Test func pairs() throws {
    try checkLaws(of: Pair<GSet<Int>, Max<Int>>.self, observing: { $0.second.value }) {
      let number = $2.pick(0...9)
      return $2.flip()
        ? $0.updateFirst { $0.insert(number) } : $0.updateSecond { $0.observe(number) }
    }
  }

  @Test func lexicographicPairsOverAChain() throws {
    try checkLaws(of: Lexicographic<Max<Int>, GSet<Int>>.self, observing: { $0.second }) {
      pair, author, random in
      let number = random.pick(0...9)
      if random.pick(0...3) == 0 { return pair.raise(Max(number)) }
      return pair.updateSecond { $0.insert(number) }
    }
  }

  @Test func lexicographicPairsOverAPartialOrder() throws {
    // Where neither first component is greater, only bottom may follow: a type that joined the second
    // ones, or kept one of them, would not be associative.
    try checkLaws(of: Lexicographic<GSet<Int>, Max<Int>>.self, observing: { $0.second.value }) {
      pair, _, random in
      let number = random.pick(0...9)
      if random.pick(0...2) == 0 { return pair.raise([number / 2]) }
      return pair.updateSecond { $0.observe(number) }
    }
  }

  @Test func optionals() throws {
    try checkLaws(of: GSet<Int>?.self, observing: { $0?.elements }) {
      let number = $2.pick(0...3)
      $0.merge(number == 0 ? GSet() : [number])
      return nil
    }
  }

  @Test func maps() throws {
    try checkLaws(of: GMap<String, PNCounter>.self, observing: { $0.description }) {
      map, author, random in
      let amount = random.pick(Int64(0)...9)
      return try map.update(random.flip() ? "x" : "y") {
        try $0.increment(by: amount, as: author.replica)
      }
    }
    // Rows created concurrently: their counters count for themselves, under each key.
    let a = ReplicaID(high: 1, low: 0)
    var one = GMap<String, GCounter>()
    _ = try one.update("x") { try $0.increment(by: 2, as: a) }
    var two = GMap<String, GCounter>()
    _ = try two.update("x") { try $0.increment(by: 3, as: a) }
    GMap.unite(&one, with: two, for: .reading)
    #expect(try one["x"].value == 5)
  }
}
