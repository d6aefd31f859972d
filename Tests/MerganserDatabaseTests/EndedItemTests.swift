import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// An item that has outlived its transaction answers nothing.
@Suite struct EndedItemTests {
  private struct Everything: Schema {
    let grow = Table<Int, GCounter>("grow")
    let count = Table<Int, PNCounter>("count")
    let reset = Table<Int, ResettableCounter>("reset")
    let stock = Table<Int, EscrowCounter>("stock")
    let last = Table<Int, LWWRegister<Int>>("last")
    let first = Table<Int, FWWRegister<Int>>("first")
    let many = Table<Int, MVRegister<Int>>("many")
    let on = Table<Int, EnableWinsFlag>("on")
    let off = Table<Int, DisableWinsFlag>("off")
    let most = Table<Int, Max<Int>>("most")
    let least = Table<Int, Min<Int>>("least")
    let bag = Table<Int, GSet<Int>>("bag")
    let set = Table<Int, ORSet<Int>>("set")
    let strict = Table<Int, RWSet<Int>>("strict")
    let timed = Table<Int, LWWSet<Int>>("timed")
    let once = Table<Int, TwoPhaseSet<Int>>("once")
    let map = Table<Int, ORMap<Int, ORSet<Int>>>("map")
    let growing = Table<Int, GMap<Int, GCounter>>("growing")
    let made = Table<Int, Incarnated<GCounter>>("made")
    let pair = Table<Int, Pair<GCounter, GCounter>>("pair")
    let lexicographic = Table<Int, Lexicographic<Max<Int>, GCounter>>("lexicographic")
    var invariants: [any Invariant] { Bounds(stock, in: 0...) }
  }

  private struct Failure: Error {}

  @Test(arguments: [false, true], [false, true])
  func everyMemberThrowsAfterTheTransaction(exists: Bool, fails: Bool) throws {
    let schema = Everything()
    var database = Database(
      catalog: try Catalog(schema), replica: ReplicaID(high: 0, low: 1),
      founder: ReplicaID(high: 0, low: 1))
    if exists {
      _ = try database.transact(wall: HybridTime(milliseconds: 1)) {
        try Self.createAll($0, schema: schema)
      }
    }
    var uses: [() throws -> Void] = []
    do {
      _ = try database.transact(wall: HybridTime(milliseconds: 2)) { tx in
        uses = try Self.uses(tx, schema: schema)
        if fails { throw Failure() }
      }
    } catch is Failure {}
    let before = try database.snapshot.digest
    #expect(uses.count > 60)
    for (number, use) in uses.enumerated() {
      #expect(throws: TransactionError.ended, "member \(number)", performing: use)
    }
    #expect(try database.snapshot.digest == before)
  }

  private static func createAll(_ tx: borrowing Transaction, schema: Everything) throws {
    try tx[schema.grow, 1].create()
    try tx[schema.count, 1].create()
    try tx[schema.stock, 1].increment(by: 10)
    try tx[schema.last, 1].set(1)
    try tx[schema.first, 1].set(1)
    try tx[schema.many, 1].set(1)
    try tx[schema.set, 1].insert(1)
  }

  private static func uses(
    _ tx: borrowing Transaction, schema: Everything
  ) throws -> [() throws -> Void] {
    let (last, many, stock) = (
      try tx[schema.last, 1], try tx[schema.many, 1], try tx[schema.stock, 1]
    )
    let first = try tx[schema.first, 1]
    let (set, bag) = (try tx[schema.set, 1], try tx[schema.bag, 1])
    let replica = tx.replica
    return try common(tx[schema.grow, 1]) + common(tx[schema.count, 1])
      + common(tx[schema.reset, 1]) + common(stock) + common(last) + common(first) + common(many)
      + common(tx[schema.map, 1]) + counters(tx, schema: schema) + composites(tx, schema: schema)
      + flags(tx, schema: schema)
      + [
        { try last.touch() }, { try many.touch() }, { try set.touch() }, { try bag.touch() },
        { try last.set(1) }, { try first.set(1) }, { try first.touch() }, { try many.set(1) },
        { try many.resolve { _ in 1 } },
        { try stock.increment(by: 1) }, { try stock.decrement(by: 1) },
        { try stock.increment(by: -1) },
        { try stock.transfer(1, of: .decrement, to: ReplicaID(high: 0, low: 2)) },
        { try stock.transfer(-1, of: .increment, to: replica) },
        { _ = try stock.rights(of: replica, towards: .decrement) },
        { _ = try stock.rights(of: replica, towards: .increment) },
        { try set.insert(1) }, { try set.remove(1) }, { try bag.insert(1) },
      ]
  }

  /// What every item can do.
  private static func common<Value: Replicated>(
    _ item: Item<Int, Value>
  ) -> [() throws -> Void] {
    [
      { _ = try item.exists }, { _ = try item.value }, { try item.create() }, { try item.delete() },
      { try item.update { _, _ in Causal() } }, { try item.updateEach { _, _ in Causal() } },
    ]
  }

  private static func counters(
    _ tx: borrowing Transaction, schema: Everything
  ) throws -> [() throws -> Void] {
    let (grow, count, reset) = (
      try tx[schema.grow, 1], try tx[schema.count, 1], try tx[schema.reset, 1]
    )
    return [
      { try grow.increment() }, { try count.increment() }, { try count.decrement() },
      { try reset.increment() }, { try reset.decrement() }, { try reset.reset() },
    ]
  }

  private static func flags(
    _ tx: borrowing Transaction, schema: Everything
  ) throws -> [() throws -> Void] {
    let (on, off) = (try tx[schema.on, 1], try tx[schema.off, 1])
    let (most, least) = (try tx[schema.most, 1], try tx[schema.least, 1])
    return [
      { try on.enable() }, { try on.disable() }, { try off.enable() }, { try off.disable() },
      { try most.observe(1) }, { try least.observe(1) },
    ]
  }

  private static func composites(
    _ tx: borrowing Transaction, schema: Everything
  ) throws -> [() throws -> Void] {
    let (strict, timed, once) = (
      try tx[schema.strict, 1], try tx[schema.timed, 1], try tx[schema.once, 1]
    )
    let (map, growing, made) = (
      try tx[schema.map, 1], try tx[schema.growing, 1], try tx[schema.made, 1]
    )
    let (pair, lexicographic) = (try tx[schema.pair, 1], try tx[schema.lexicographic, 1])
    return [
      { try strict.insert(1) }, { try strict.remove(1) }, { try timed.insert(1) },
      { try timed.remove(1) }, { try once.insert(1) }, { try once.remove(1) },
      { try map.update(1) { $0.insert(1, as: &$1) } }, { try map.remove(1) },
      { try growing.update(1) { counter, _ in counter } },
      { try made.write { counter, _ in counter } }, { try made.remove() },
      { try pair.updateFirst { counter, _ in counter } },
      { try pair.updateSecond { counter, _ in counter } },
      { try lexicographic.raise(Max(1)) },
      { try lexicographic.updateSecond { counter, _ in counter } },
    ]
  }
}
