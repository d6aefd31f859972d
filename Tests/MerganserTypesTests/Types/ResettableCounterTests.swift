import MerganserLaws
import MerganserTypes
import Testing

@Suite struct ResettableCounterTests {
  @Test func laws() throws {
    try checkLaws(of: ResettableCounter.self, observing: { try? $0.value }) {
      let amount = $2.pick(Int64(0)...9)
      switch $2.pick(0...4) {
      case 0: return $0.reset(as: $1.replica)
      case 1: return try $0.decrement(by: amount, as: $1.replica)
      default: return try $0.increment(by: amount, as: $1.replica)
      }
    }
  }

  @Test func aResetTakesBackWhatItSawAndNothingElse() throws {
    try checkSpecification(of: ResettableCounter.self, showing: { try? $0.value }) {
      counter, author, random in
      if random.pick(0...3) == 0 {
        counter.reset(as: author.replica)
        return Int64?.none
      }
      let amount = random.pick(Int64(-9)...9)
      if amount >= 0 {
        try counter.increment(by: amount, as: author.replica)
      } else {
        try counter.decrement(by: -amount, as: author.replica)
      }
      return amount
    } specification: { past in
      past.filter { update in !past.contains { $0.operation == nil && update.precedes($0) } }
        .reduce(0) { $0 + ($1.operation ?? 0) }
    }
  }

  @Test func aResetThatArrivesBeforeTheCountsTakesNothingElseAway() throws {
    let (a, b) = (ReplicaID(high: 1, low: 0), ReplicaID(high: 2, low: 0))
    var counter = ResettableCounter()
    try counter.increment(by: 5, as: a)
    let reset = counter.reset(as: a)
    var other = ResettableCounter()
    // Of the five, one has arrived before the reset.
    var early = ResettableCounter()
    try early.increment(by: 1, as: a)
    other.merge(early)
    try other.increment(by: 3, as: b)
    other.merge(reset)
    #expect(try other.value == 3)
    var third = ResettableCounter()
    try third.increment(by: 4, as: a)
    for (var one, two) in [(other, third), (third, other)] {
      ResettableCounter.unite(&one, with: two, for: .reading)
      #expect(try one.value == 7)
    }
    ResettableCounter.unite(&other, with: counter, for: .reading)
    #expect(try other.value == 3)
  }
}
