import MerganserLaws
import MerganserTypes
import Testing

private let a = ReplicaID(high: 0, low: 1)
private let b = ReplicaID(high: 0, low: 2)

@Suite struct CounterTests {
  @Test func laws() throws {
    try checkLaws(of: GCounter.self, observing: { try? $0.value }) {
      try $0.increment(by: $2.pick(0...9), as: $1.replica)
    }
    try checkLaws(of: PNCounter.self, observing: { try? $0.value }) {
      let amount = $2.pick(Int64(-1)...9)
      return try $2.flip()
        ? $0.increment(by: amount, as: $1.replica) : $0.decrement(by: amount, as: $1.replica)
    }
  }

  @Test func theValueIsTheSumOfAllUpdatesSeen() throws {
    try checkSpecification(of: GCounter.self, showing: { try? $0.value }) {
      let amount = $2.pick(Int64(0)...9)
      try $0.increment(by: amount, as: $1.replica)
      return amount
    } specification: {
      $0.reduce(0) { $0 + $1.operation }
    }
    try checkSpecification(of: PNCounter.self, showing: { try? $0.value }) {
      let amount = $2.pick(Int64(-9)...9)
      if amount < 0 {
        try $0.decrement(by: -amount, as: $1.replica)
      } else {
        try $0.increment(by: amount, as: $1.replica)
      }
      return amount
    } specification: {
      $0.reduce(0) { $0 + $1.operation }
    }
  }

  @Test func concurrentIncrementsAllCount() throws {
    var left = GCounter()
    var right = GCounter()
    for _ in 0..<1000 { try left.increment(as: a) }
    try right.increment(by: 5, as: b)
    let delta = try right.increment(by: 2, as: b)
    left.merge(delta)
    #expect(try left.value == 1007)
    #expect(try left.merging(right).value == 1007)
  }

  @Test func growthBeyondSixtyFourBitsIsAnError() throws {
    var counter = GCounter()
    try counter.increment(by: .max, as: a)
    #expect(throws: LatticeError.amountOverflow(replica: a, held: UInt64(Int64.max), amount: 1)) {
      try counter.increment(as: a)
    }
    #expect(try counter.value == .max)
    try counter.increment(as: b)
    #expect(throws: LatticeError.valueOverflow) { try counter.value }

    var both = PNCounter()
    try both.decrement(by: .max, as: a)
    try both.decrement(by: 1, as: b)
    #expect(try both.value == .min)
    #expect(throws: LatticeError.negativeAmount(-1)) { try both.increment(by: -1, as: a) }
  }

  @Test func aSumOfRowsThatDoesNotFitIsNeverRead() throws {
    var one = PNCounter()
    try one.increment(by: .max, as: a)
    var sum = one
    for _ in 0..<5 { PNCounter.unite(&sum, with: one, for: .reading) }
    try sum.decrement(by: .max, as: a)
    #expect(throws: LatticeError.valueOverflow) { try sum.value }
  }

  @Test func rowsCreatedConcurrentlyAddUp() throws {
    var first = PNCounter()
    var second = PNCounter()
    try first.increment(by: 3, as: a)
    try second.increment(by: 4, as: a)
    PNCounter.unite(&first, with: second, for: .reading)
    #expect(try first.value == 7)
  }
}

@Suite struct EscrowCounterTests {
  @Test func laws() throws {
    // Those who act in random histories.
    let replicas = (0..<3).map {
      ReplicaID(high: 0xAAAA_AAAA_AAAA_AAAA + 0x1111_1111_1111_1111 * UInt64($0), low: 1)
    }
    let terms = try EscrowTerms(lower: -5, upper: 20, founder: replicas[0])
    try checkLaws(of: EscrowCounter.self, observing: { try? $0.value }) { counter, author, random in
      let amount = random.pick(Int64(0)...6)
      let actor = author.replica
      switch random.pick(0...3) {
      case 0: return try counter.increment(by: amount, as: actor, under: terms)
      case 1: return try counter.decrement(by: amount, as: actor, under: terms)
      default:
        let direction: EscrowCounter.Direction = random.flip() ? .increment : .decrement
        return try counter.transfer(
          amount, of: direction, as: actor, to: replicas[random.pick(0...2)], under: terms)
      }
    }
  }

  @Test func theValueIsTheSumAndStaysWithinBounds() throws {
    let replicas = [a, b, ReplicaID(high: 0, low: 3)]
    let terms = try EscrowTerms(lower: -5, upper: 9, founder: a)
    var options = LawCheckOptions()
    options.steps = 60
    try checkSpecification(of: EscrowCounter.self, options: options, showing: { try? $0.value }) {
      counter, author, random in
      let actor = replicas[Int(author.replica.high % 3)]
      let amount = random.pick(Int64(1)...4)
      switch random.pick(0...3) {
      case 0:
        let direction: EscrowCounter.Direction = random.flip() ? .increment : .decrement
        try counter.transfer(
          amount, of: direction, as: actor, to: replicas[random.pick(0...2)], under: terms)
        return Int64(0)
      case 1:
        try counter.increment(by: amount, as: actor, under: terms)
        return amount
      default:
        try counter.decrement(by: amount, as: actor, under: terms)
        return -amount
      }
    } specification: { past in
      let sum = past.reduce(Int64(0)) { $0 + $1.operation }
      // Any other value, nothing included, is no value of the counter's.
      return (-5...9).contains(sum) ? sum : nil
    }
  }

  @Test func nobodySpendsMoreThanItHolds() throws {
    let terms = try EscrowTerms(lower: 0, upper: nil, founder: a)
    var counter = EscrowCounter()
    try counter.increment(by: 10, as: a, under: terms)
    #expect(throws: LatticeError.insufficientRights(needed: 1, available: 0)) {
      try counter.decrement(by: 1, as: b, under: terms)
    }
    try counter.transfer(4, of: .decrement, as: a, to: b, under: terms)
    #expect(counter.rights(toDecrementOf: a, under: terms) == 6)
    #expect(counter.rights(toDecrementOf: b, under: terms) == 4)
    #expect(counter.rights(toIncrementOf: b, under: terms) == nil)
    try counter.decrement(by: 4, as: b, under: terms)
    let before = counter
    #expect(throws: LatticeError.insufficientRights(needed: 7, available: 6)) {
      try counter.decrement(by: 7, as: a, under: terms)
    }
    #expect(counter == before)
    #expect(try counter.value == 6)
  }

  @Test func transfersThatWouldMintAreRefused() throws {
    let terms = try EscrowTerms(lower: -5, upper: 5, founder: a)
    var counter = EscrowCounter()
    #expect(throws: LatticeError.transferToSelf(a)) {
      try counter.transfer(1, of: .decrement, as: a, to: a, under: terms)
    }
    #expect(throws: LatticeError.transferNotPositive(-3)) {
      try counter.transfer(-3, of: .decrement, as: a, to: b, under: terms)
    }
    #expect(throws: LatticeError.insufficientRights(needed: 6, available: 5)) {
      try counter.transfer(6, of: .increment, as: a, to: b, under: terms)
    }
    #expect(counter.isBottom)
    let open = try EscrowTerms(lower: nil, upper: nil, founder: a)
    #expect(throws: LatticeError.rightsUnlimited(.increment)) {
      try counter.transfer(1, of: .increment, as: a, to: b, under: open)
    }
  }

  @Test func theFounderAloneHoldsTheFirstRights() throws {
    let terms = try EscrowTerms(lower: -2, upper: 3, founder: a)
    var counter = EscrowCounter()
    #expect(counter.rights(toDecrementOf: a, under: terms) == 2)
    #expect(counter.rights(toIncrementOf: a, under: terms) == 3)
    #expect(counter.rights(toIncrementOf: b, under: terms) == 0)
    try counter.decrement(by: 2, as: a, under: terms)
    #expect(counter.rights(toIncrementOf: a, under: terms) == 5)
    #expect(throws: LatticeError.boundsExcludeStart(lower: 1, upper: nil)) {
      try EscrowTerms(lower: 1, upper: nil, founder: a)
    }
  }

  @Test func extremeBoundsDoNotOverflow() throws {
    let terms = try EscrowTerms(lower: .min, upper: .max, founder: a)
    var counter = EscrowCounter()
    #expect(counter.rights(toDecrementOf: a, under: terms) == .max)
    try counter.decrement(by: .max, as: a, under: terms)
    #expect(counter.rights(toDecrementOf: a, under: terms) == 1)
    #expect(counter.rights(toIncrementOf: a, under: terms) == .max)
  }
}
