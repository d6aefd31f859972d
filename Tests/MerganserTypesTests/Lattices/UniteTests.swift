import MerganserTypes
import Testing

/// Rows that were created concurrently, in both of which one replica counted: both count.
@Suite struct UniteTests {
  private let a = ReplicaID(high: 0, low: 1)
  private let b = ReplicaID(high: 0, low: 2)

  private func counter(_ amount: Int64) throws -> GCounter {
    var counter = GCounter()
    try counter.increment(by: amount, as: a)
    return counter
  }

  @Test func whatBelongsToEqualFirstsIsUnited() throws {
    typealias Count = Lexicographic<Max<Int>, GCounter>
    for (mine, other, expected) in [(1, 1, 7), (1, 2, 4), (2, 1, 3)] as [(Int, Int, Int64)] {
      var one = Count(Max(mine), then: try counter(3))
      Count.unite(&one, with: Count(Max(other), then: try counter(4)), for: .reading)
      #expect(try one.second.value == expected)
      #expect(one.first == Max(2) || mine == other)
    }
  }

  @Test func eachPartIsUnitedAsItsTypeSays() throws {
    var pair = Pair(try counter(3), and: Max(5))
    Pair.unite(&pair, with: Pair(try counter(4), and: Max(4)), for: .reading)
    #expect(try pair.first.value == 7)
    #expect(pair.second == Max(5))
    typealias Counts = GMap<Int, GCounter>
    var (map, other) = (Counts(), Counts())
    try map.update(1) {
      $0 = try counter(3); return $0
    }
    try other.update(1) {
      $0 = try counter(4); return $0
    }
    Counts.unite(&map, with: other, for: .reading)
    #expect(try map[1].value == 7)
  }

  /// Of two incarnations one is removed by who has not seen the other: what was written to both is still there.
  @Test func aWriteReachesTheIncarnationThatLivesOn() throws {
    let replicas = [a, b]
    for removing in 0..<2 {
      var apart = [Incarnated<GSet<Int>>(), Incarnated<GSet<Int>>()]
      for place in 0..<2 { apart[place].write(as: replicas[place]) { set, _ in set.insert(place) } }
      var both = apart[0]
      both.merge(apart[1])
      both.write(as: ReplicaID(high: 0, low: 3)) { set, _ in set.insert(7) }
      apart[removing].remove(as: replicas[removing])
      both.merge(apart[removing])
      #expect(both.value == [1 - removing, 7])
    }
  }

  /// A mutator is shown the first row's counter alone.
  @Test func toBeWrittenACounterStaysAsItIs() throws {
    func expectSame<Counter: Replicated & Equatable>(_ one: Counter, other: Counter)
    where Counter.Store == Counter {
      var united = one
      Counter.unite(&united, with: other, for: .writing)
      #expect(united == one)
    }
    expectSame(try counter(3), other: try counter(4))
    var (one, other) = (PNCounter(), PNCounter())
    try other.decrement(by: 4, as: a)
    expectSame(one, other: other)
    try one.increment(by: 3, as: a)
    expectSame(one, other: other)
    var (resettable, reset) = (ResettableCounter(), ResettableCounter())
    try resettable.increment(by: 4, as: a)
    reset.merge(resettable)
    resettable.merge(reset.reset(as: a))
    var unsettled = ResettableCounter()
    unsettled.merge(reset.reset(as: a))
    expectSame(unsettled, other: resettable)
    let terms = try EscrowTerms(lower: 0, upper: nil, founder: a)
    var handing = EscrowCounter()
    try handing.increment(by: 10, as: a, under: terms)
    try handing.transfer(4, of: .decrement, as: a, to: b, under: terms)
    expectSame(EscrowCounter(), other: handing)
  }

  /// A reset may arrive before what it takes back: in a sum, too, it takes nothing else away.
  @Test func aResetTakesNothingOfTheOtherRow() throws {
    var (early, counting) = (ResettableCounter(), ResettableCounter())
    var other = ResettableCounter()
    try other.increment(by: 4, as: a)
    early.merge(other.reset(as: a))
    try counting.increment(by: 7, as: a)
    for (one, another) in [(early, counting), (counting, early)] {
      var united = one
      ResettableCounter.unite(&united, with: another, for: .reading)
      #expect(try united.value == 7)
    }
  }

  @Test func whatWasHandedOverInEitherIsHandedOver() throws {
    let terms = try EscrowTerms(lower: 0, upper: 100, founder: a)
    func counter(handing amount: Int64) throws -> EscrowCounter {
      var counter = EscrowCounter()
      try counter.increment(by: 10, as: a, under: terms)
      try counter.transfer(amount, of: .decrement, as: a, to: b, under: terms)
      try counter.transfer(5 * amount, of: .increment, as: a, to: b, under: terms)
      return counter
    }
    var one = try counter(handing: 4)
    EscrowCounter.unite(&one, with: try counter(handing: 3), for: .reading)
    #expect(try one.value == 20)
    #expect(one.rights(toDecrementOf: b, under: terms) == 7)
    #expect(one.rights(toDecrementOf: a, under: terms) == 13)
    #expect(one.rights(toIncrementOf: b, under: terms) == 35)
  }
}
