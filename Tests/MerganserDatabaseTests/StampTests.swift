import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A replica's clock goes on behind the times of writes that it has taken, so that its own win over them.
@Suite struct StampTests {
  struct Shelf: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    let sets = Table<String, LWWSet<String>>("sets")
    let times = Table<String, LWWRegister<HybridTime>>("times")
  }

  enum Kind: CaseIterable, Sendable { case register, set, twoRows }

  let shelf = Shelf()
  private let early = HybridTime(milliseconds: 1_000_000)
  /// Within what is tolerated of a version's time.
  private let late = HybridTime(milliseconds: 900_000_000)

  private func replica(_ number: UInt64) throws -> Database {
    var database = Database(
      catalog: try Catalog(shelf), replica: ReplicaID(high: 0, low: number),
      founder: ReplicaID(high: 0, low: 1))
    database.takesUnverifiedVersions = true
    return database
  }

  /// What a writer of an earlier version, or a wrong one, hands over: stamps later than the version's time.
  private func overstamped(
    _ body: (borrowing Transaction) throws -> Void
  ) throws -> StoredVersion {
    var writer = try replica(1)
    let honest = try #require(try writer.transact(wall: late, body: body).version).decoded()
    return try StoredVersion(
      origin: honest.origin, sequences: honest.sequences, time: early,
      dependencies: honest.links, previousHash: 0, replicas: honest.replicas,
      writes: Array(honest.writes)
    ).ofFormat1()
  }

  private func write(_ kind: Kind, tx: borrowing Transaction) throws {
    switch kind {
    case .register: try tx[shelf.notes, "a"].set("theirs")
    case .set:
      try tx[shelf.sets, "a"].update { store, author in
        Causal(try store.insert("theirs", as: &author), context: [])
      }
    case .twoRows:
      try tx[shelf.notes, "a"].set("theirs")
      try tx[shelf.notes, "b"].set("theirs")
    }
  }

  /// When a replica would commit next.
  private func next(_ database: inout Database) throws -> HybridTime {
    try #require(
      try database.transact(wall: early) { try $0[shelf.notes, "mine"].set("mine") }.version
    ).decoded().time
  }

  @Test(arguments: Kind.allCases) func aVersionsStampsAreNoted(_ kind: Kind) throws {
    var receiver = try replica(2)
    let version = try overstamped { try write(kind, tx: $0) }
    #expect(try receiver.receive([version], wall: early).applied.count == 1)
    #expect(try next(&receiver) > late)
  }

  @Test(arguments: Kind.allCases) func aStatesStampsAreNoted(_ kind: Kind) throws {
    var sender = try replica(3)
    _ = try sender.receive([try overstamped { try write(kind, tx: $0) }], wall: early)
    var transfer = StateTransfer(sender.snapshot)
    let header = StateHeader(
      heads: transfer.header.heads, time: early, tables: transfer.header.tables)
    var receiver = try replica(2)
    try receiver.beginAdoption(of: header, wall: early)
    while let part = try transfer.next() { try receiver.adopt(part) }
    _ = try receiver.completeAdoption()
    #expect(try next(&receiver) > late)
  }

  @Test func whatIsMalformedIsNotNoted() throws {
    var receiver = try replica(2)
    let version = try overstamped { try write(.twoRows, tx: $0) }.decoded()
    var writes = Array(version.writes)
    writes[1].delta.removeLast()
    let damaged = StoredVersion(
      origin: version.origin, sequences: version.sequences, time: early,
      dependencies: version.links, previousHash: 0, replicas: version.replicas,
      writes: writes)
    #expect(try receiver.receive([damaged], wall: early).refused.count == 1)
    #expect(try next(&receiver) < late)
  }

  @Test func aTimeThatIsAValueIsNone() throws {
    var receiver = try replica(2)
    let version = try overstamped { tx in
      try tx[shelf.times, "the end"].set(HybridTime(bits: .max))
    }
    _ = try receiver.receive([version], wall: early)
    let time = try next(&receiver)
    #expect(time > late && time.milliseconds <= late.milliseconds + 1)
  }
}
