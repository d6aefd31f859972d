import MerganserTypes
import Testing

/// Counters at the ends of `Int64`, merged from two sides: every value can be read, and an update that its
/// replica's count has no room for is refused before anything changes.
@Suite struct CounterExtremesTests {
  let a = ReplicaID(high: 0, low: 1)
  let b = ReplicaID(high: 0, low: 2)

  /// What the counters have in common, so that each stands the same test.
  struct Kind<Counter: LatticeStore & Replicated & CustomStringConvertible>
  where Counter.Store == Counter {
    var up: (inout Counter, Int64, ReplicaID) throws -> Counter
    var down: ((inout Counter, Int64, ReplicaID) throws -> Counter)?
    var value: (Counter) throws -> Int64
    var exact: (Counter) -> Int128
  }

  private func check<Counter>(_ kind: Kind<Counter>) throws {
    try ends(kind, count: kind.up, sign: 1)
    if let down = kind.down { try ends(kind, count: down, sign: -1) }
    guard let down = kind.down else { return }
    // What does not fit comes back into range, by whoever has room.
    var (one, other) = (Counter(), Counter())
    _ = try kind.up(&one, .max, a)
    _ = try kind.up(&other, .max, b)
    one.merge(other)
    _ = try down(&one, .max, a)
    #expect(try kind.value(one) == .max)
    _ = try down(&one, .max, b)
    #expect(try kind.value(one) == 0)
    #expect(one.description == "0")
  }

  private func ends<Counter>(
    _ kind: Kind<Counter>, count: (inout Counter, Int64, ReplicaID) throws -> Counter,
    sign: Int128
  ) throws {
    let most = Int128(Int64.max)
    var (one, other) = (Counter(), Counter())
    _ = try count(&one, .max, a)
    #expect(Int128(try kind.value(one)) == sign * most)
    for amount in [Int64(1), .max] {
      let before = one
      #expect(
        throws: LatticeError.amountOverflow(replica: a, held: UInt64(Int64.max), amount: amount)
      ) {
        _ = try count(&one, amount, a)
      }
      #expect(one == before)
    }
    #expect(throws: LatticeError.negativeAmount(.min)) { _ = try count(&one, .min, a) }
    _ = try count(&one, 0, a)

    _ = try count(&other, .max - 1, b)
    other.merge(one)
    one.merge(other)
    #expect(one == other)
    #expect(kind.exact(one) == sign * (2 * most - 1))
    #expect(throws: LatticeError.valueOverflow) { _ = try kind.value(one) }
    #expect(one.description == "\(sign * (2 * most - 1))")
    _ = try count(&one, 1, b)
    #expect(kind.exact(one) == sign * 2 * most)
    #expect(try Counter(binaryEncoded: one.binaryEncoded()) == one)

    // The least of all fits by one more than the greatest.
    var least = Counter()
    _ = try count(&least, .max, a)
    _ = try count(&least, 1, b)
    #expect(kind.exact(least) == sign * (most + 1))
    if sign < 0 {
      #expect(try kind.value(least) == .min)
    } else {
      #expect(throws: LatticeError.valueOverflow) { _ = try kind.value(least) }
    }

    // Rows that were created apart count both, and three of them are more than 64 bits hold.
    var united = one
    Counter.unite(&united, with: one, for: .reading)
    #expect(kind.exact(united) == sign * 4 * most)
    Counter.unite(&united, with: one, for: .reading)
    #expect(throws: LatticeError.valueOverflow) { _ = try kind.value(united) }
    _ = (kind.exact(united), united.description, united.decomposed(), united.delta(since: one))
    united.merge(one)
    _ = try? count(&united, 1, a)
  }

  @Test func growingCounters() throws {
    try check(
      Kind<GCounter>(
        up: { try $0.increment(by: $1, as: $2) }, down: nil, value: { try $0.value },
        exact: { $0.exactValue }))
  }

  @Test func counters() throws {
    try check(
      Kind<PNCounter>(
        up: { try $0.increment(by: $1, as: $2) }, down: { try $0.decrement(by: $1, as: $2) },
        value: { try $0.value }, exact: { $0.exactValue }))
  }

  @Test func resettableCounters() throws {
    let kind = Kind<ResettableCounter>(
      up: { try $0.increment(by: $1, as: $2) }, down: { try $0.decrement(by: $1, as: $2) },
      value: { try $0.value }, exact: { $0.exactValue })
    try check(kind)
    var (one, other) = (ResettableCounter(), ResettableCounter())
    try one.increment(by: .max, as: a)
    try other.increment(by: .max, as: b)
    one.merge(other)
    one.reset(as: a)
    #expect(try one.value == 0)
    other.merge(one)
    #expect(try other.value == 0)
    // The room that was used up stays used up.
    #expect(throws: LatticeError.amountOverflow(replica: a, held: UInt64(Int64.max), amount: 1)) {
      try one.increment(as: a)
    }
  }

  @Test func escrowCountersWithoutBounds() throws {
    let terms = try EscrowTerms(lower: nil, upper: nil, founder: a)
    try check(
      Kind<EscrowCounter>(
        up: { try $0.increment(by: $1, as: $2, under: terms) },
        down: { try $0.decrement(by: $1, as: $2, under: terms) }, value: { try $0.value },
        exact: { $0.exactValue }))
  }

  @Test func escrowCountersWithTheWidestBounds() throws {
    let terms = try EscrowTerms(lower: .min, upper: .max, founder: a)
    var (one, other) = (EscrowCounter(), EscrowCounter())
    try one.transfer(.max, of: .decrement, as: a, to: b, under: terms)
    other.merge(one)
    try one.increment(by: .max, as: a, under: terms)
    try other.decrement(by: .max, as: b, under: terms)
    one.merge(other)
    #expect(try one.value == 0)
    for replica in [a, b] {
      for direction in [EscrowCounter.Direction.increment, .decrement] {
        _ = one.rights(of: replica, towards: direction, under: terms)
      }
    }
    let before = one
    #expect(throws: LatticeError.self) { try one.increment(by: .max, as: a, under: terms) }
    #expect(throws: LatticeError.self) {
      try one.transfer(.max, of: .decrement, as: a, to: b, under: terms)
    }
    #expect(one == before)
    // One bound alone: what has no bound goes as far as the counts do.
    let half = try EscrowTerms(lower: 0, upper: nil, founder: a)
    var (up, more) = (EscrowCounter(), EscrowCounter())
    try up.increment(by: .max, as: a, under: half)
    try more.increment(by: .max, as: b, under: half)
    up.merge(more)
    #expect(up.exactValue == 2 * Int128(Int64.max))
    #expect(up.rights(toDecrementOf: a, under: half) == .max)
    try up.decrement(by: .max, as: a, under: half)
    #expect(try up.value == .max)
  }
}
