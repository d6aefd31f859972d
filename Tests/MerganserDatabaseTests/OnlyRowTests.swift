import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A version that wrote one row is joined in as it is read: all of it, or nothing with the reason.
@Suite struct OnlyRowTests {
  struct Counters: Schema {
    let rows = Table<Int, PNCounter>("rows")
  }

  private let sender = ReplicaID(high: 0, low: 1)
  private let receiver = ReplicaID(high: 0, low: 2)
  private let stranger = ReplicaID(high: 0, low: 3)
  private let wall = HybridTime(milliseconds: 1)

  @Test func whatIsWrongWithTheOnlyRowChangesNothing() throws {
    let schema = Counters()
    let catalog = try Catalog(schema)
    var source = Database(catalog: catalog, replica: sender, founder: sender)
    func increment() throws -> StoredVersion {
      try #require(
        try source.transact(wall: wall) { try $0[schema.rows, 7].increment(by: 5) }.version)
    }
    let (first, second) = (try increment(), try increment())
    var target = Database(catalog: catalog, replica: receiver, founder: sender)
    #expect(try target.receive([first], wall: wall).refused.isEmpty)

    let version = try second.decoded()
    let row = try #require(Array(version.writes).first)
    func forged(
      by origin: ReplicaID? = nil, key: [UInt8]? = nil, delta: [UInt8]? = nil
    ) -> StoredVersion {
      StoredVersion(
        origin: origin ?? sender, sequences: origin == nil ? second.sequences : 1...1,
        time: version.time,
        previousHash: origin == nil ? second.previousHash : 0, replicas: version.replicas,
        writes: [
          RowDelta(table: row.table, key: key ?? Array(row.key), delta: delta ?? Array(row.delta))
        ])
    }
    // A creation, so that its dot has not been seen here.
    var other = Database(catalog: catalog, replica: sender, founder: sender)
    let created = try #require(
      try other.transact(wall: wall) { tx in
        try tx[schema.rows, 1].increment()
        try tx[schema.rows, 2].increment()
      }.version)
    let unseen = try #require(Array(try created.decoded().writes).last)
    let faults = [
      ("another replica", forged(by: stranger, key: Array(unseen.key), delta: Array(unseen.delta))),
      ("no key", forged(key: [1, 2, 3])),
      ("beyond the end", forged(delta: Array(row.delta) + [0])),
      ("byte", forged(delta: Array(row.delta.dropLast()))),
    ]
    for (reason, fault) in faults {
      let before = try target.snapshot.digest
      let refused = try target.receive([fault], wall: wall).refused
      #expect(refused.count == 1 && "\(refused)".contains(reason), "\(reason): \(refused)")
      #expect(try target.snapshot.digest == before)
      #expect(try target.snapshot[schema.rows, 7]?.value == 5)
    }
    #expect(try target.receive([second], wall: wall).refused.isEmpty)
    #expect(try target.snapshot[schema.rows, 7]?.value == 10)
  }
}
