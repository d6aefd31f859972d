import MerganserModel
import MerganserTypes
import Testing

/// What is asked of a row is asked of each of its creations, wherever it stands among them.
@Suite struct LaterCreationTests {
  struct Words: Schema {
    let words = Table<Int, ORSet<String>>("words")
    let stays = Table<Int, ORSet<Int64>>("stays")
    var invariants: [any Invariant] {
      Check("a word is short", on: words) { _, word in word.utf8.count < 5 }
      Unique("a word is one row's", on: words, by: .owner(.founder)) { _, word in word }
      NoOverlap("one at a time", on: stays, by: .owner(.founder)) { _, begin in
        (resource: 0, from: begin, to: begin + 3)
      }
    }
  }

  let schema = Words()

  /// A touch of the founder stands before what another replica created; what is written goes to the latter.
  @Test func invariantsHoldBehindATouch() throws {
    let (words, stays) = (schema.words, schema.stays)
    var cluster = try Replicas(schema)
    try cluster.write(1) { tx in
      try tx[words, 1].create()
      try tx[stays, 1].create()
    }
    try cluster.exchange()
    try cluster.write(0) { tx in
      try tx[words, 1].touch()
      try tx[stays, 1].touch()
      try tx[words, 1].insert("one")
      try tx[stays, 1].insert(1)
    }
    let breaks: [(borrowing Transaction) throws -> Void] = [
      { try $0[words, 1].insert("too long") },
      { try $0[words, 2].insert("one") },
      { try $0[stays, 2].insert(2) },
    ]
    for body in breaks {
      #expect(throws: InvariantViolation.self) { try cluster.write(0, body: body) }
    }
    try cluster.write(0) { tx in
      try tx[words, 2].insert("two")
      try tx[stays, 2].insert(4)
    }
    try cluster.exchange()
  }

  /// A row's dots are those of its creations and of all that was written to these.
  @Test func aRowHasTheDotsOfEachOfItsCreations() throws {
    let table = OneTable<ORSet<String>>()
    var cluster = try Replicas(table)
    for place in 0..<3 { try cluster.write(place) { try $0[table.rows, 1].insert("one") } }
    try cluster.exchange()
    let tables = cluster.replicas[0].snapshot.state.tables
    let rows = try tables.compactMap { try $0.row(1.keyEncoded(), as: ORSet<String>.Store.self) }
    let row = try #require(rows.first)
    let all = (0..<3).flatMap { place in
      (1...2).map { Dot(cluster.replicas[place].replica, sequence: $0) }
    }
    #expect(row.dots == CausalContext(all))
    #expect(row.isCovered(by: CausalContext(all)))
    for dot in all {
      #expect(!row.isCovered(by: CausalContext(all.filter { $0 != dot })), "\(dot)")
    }
  }

  @Test func aRowCountsWhatIsCountedInEachOfItsCreations() throws {
    func check<Counter: Counted>(
      _: Counter.Type, count: (inout Counter.Store, ReplicaID) throws -> Void
    ) throws {
      let stores = try (1...3).map { (number: UInt64) in
        var store = Counter.Store()
        try count(&store, ReplicaID(high: 0, low: number % 2))
        return store
      }
      #expect(Counter.count(of: stores) == 21, "\(Counter.typeName)")
    }
    let free = try EscrowTerms(lower: nil, upper: nil, founder: ReplicaID(high: 0, low: 1))
    try check(GCounter.self) { try $0.increment(by: 7, as: $1) }
    try check(PNCounter.self) { try $0.increment(by: 7, as: $1) }
    try check(EscrowCounter.self) { _ = try $0.increment(by: 7, as: $1, under: free) }
    try check(Tallied.self) { try $0.increment(by: 7, as: $1) }
  }
}

/// A user's counter, of which the rows' counts are those of what they unite to.
private struct Tallied: Counted {
  let store: PNCounter
  init(_ store: PNCounter) { self.store = store }
  var count: Int128 { store.count }

  static func unite(_ store: inout PNCounter, with concurrent: PNCounter, for access: RowAccess) {
    PNCounter.unite(&store, with: concurrent, for: access)
  }
}
