import MerganserDatabase
import MerganserTypes
import Testing

/// What cannot be applied yet, and is offered by a second peer, too, counts for the one that takes less: it stays
/// when the first has to give way.
@Suite struct SecondOfferTests {
  private let schema = Notes()
  private let catalog: Catalog
  private let wall = HybridTime(milliseconds: 1000)
  private let filler = Self.id(2)
  private let honest = Self.id(3)
  private let third = Self.id(4)

  init() throws { catalog = try Catalog(schema) }

  private static func id(_ number: UInt64) -> ReplicaID { ReplicaID(high: 0, low: number) }

  private func database(_ id: ReplicaID, catalog: Catalog? = nil) -> Database {
    Database(catalog: catalog ?? self.catalog, replica: id, founder: Self.id(1))
  }

  /// Writes a note of so many bytes.
  private func note(_ database: inout Database, name: String, bytes: Int) throws -> StoredVersion {
    let note = String(repeating: "x", count: bytes)
    let written = try database.transact(scope: .localOnly, wall: wall) { [schema] in
      try $0[schema.notes, name].set(note)
    }
    return try #require(written.version)
  }

  /// Versions of one replica with a note each: a small one, and so many of a megabyte.
  private func log(_ id: ReplicaID, name: String, count: Int) throws -> [StoredVersion] {
    var database = database(id)
    return try (0...count).map {
      try note(&database, name: "\(name) \($0)", bytes: $0 == 0 ? 1 : 1 << 20)
    }
  }

  /// What waits for versions.
  @Test func whatWaitsStaysForTheSecond() throws {
    var receiver = database(Self.id(1))
    let logs = [
      try log(filler, name: "filler", count: 61), try log(honest, name: "honest", count: 2),
      try log(third, name: "third", count: 8),
    ]
    #expect(try receiver.receive(logs.map { $0[0] }, wall: wall).applied.count == 3)
    _ = try receiver.receive(Array(logs[0][2...]), from: filler, wall: wall)
    for peer in [filler, honest] {
      _ = try receiver.receive([logs[1][2]], from: peer, wall: wall)
    }
    let before = receiver.waitingCount
    #expect(before == 61)
    _ = try receiver.receive(Array(logs[2][2...]), from: third, wall: wall)
    // Some of the filler's has left.
    #expect(receiver.waitingCount < before + 7)
    #expect(try receiver.receive([logs[1][1]], wall: wall).applied == Array(logs[1][1...]))
  }

  /// What rests on other branches.
  @Test func whatIsSetAsideStaysForTheSecond() throws {
    var receiver = database(Self.id(1))
    for origin in [filler, honest, third] {
      #expect(
        try receiver.receive(try log(origin, name: "here", count: 0), wall: wall).applied.count == 1
      )
    }
    let branches = [
      try log(filler, name: "filler", count: 62), try log(honest, name: "honest", count: 1),
      try log(third, name: "third", count: 8),
    ]
    _ = try receiver.receive(Array(branches[0][1...]), from: filler, wall: wall)
    for (peer, isNew) in [(filler, true), (honest, false)] {
      let reception = try receiver.receive([branches[1][1]], from: peer, wall: wall)
      // What is set aside already is not stored again, and not refused.
      #expect(reception.setAside.count == (isNew ? 1 : 0) && reception.refused.isEmpty)
    }
    let reception = try receiver.receive(Array(branches[2][1...]), from: third, wall: wall)
    #expect(reception.setAside.count == 8 && !reception.displaced.isEmpty)
    #expect(receiver.setAside.contains(branches[1][1].head, of: honest))
  }

  /// What waits for rights.
  @Test func whatIsHeldStaysForTheSecond() throws {
    let accounts = schema.accounts
    var (holder, receiver) = (database(Self.id(1)), database(Self.id(9)))
    let base = try #require(
      try holder.transact(wall: wall) { try $0[accounts, "a"].increment(by: 1000) }.version)
    _ = try receiver.receive([base], wall: wall)
    let lawless = try Catalog(Notes(isLawful: false))
    func spending(_ id: ReplicaID) throws -> StoredVersion {
      var spender = database(id, catalog: lawless)
      _ = try spender.receive([base], wall: wall)
      let spent = try spender.transact(scope: .localOnly, wall: wall) { [schema] tx in
        try tx[accounts, "a"].decrement(by: 10)
        try tx[schema.notes, "\(id)"].set(String(repeating: "x", count: 700_000))
      }
      return try #require(spent.version)
    }
    for origin in [filler, honest, third] {
      var writer = database(origin)
      let first = try note(&writer, name: "\(origin)", bytes: 1)
      #expect(try receiver.receive([first], wall: wall).applied == [first])
    }
    // They are spent by others, whom these peers hand on.
    let spent = try (20..<40 as Range<UInt64>).map { try spending(Self.id($0)) }
    _ = try receiver.receive(Array(spent[..<10]), from: filler, wall: wall)
    for peer in [filler, honest] { _ = try receiver.receive([spent[10]], from: peer, wall: wall) }
    let before = receiver.waitingCount
    #expect(before == 11)
    _ = try receiver.receive(Array(spent[11..<15]), from: third, wall: wall)
    #expect(receiver.waitingCount == before)
    let gift = try #require(
      try holder.transact(wall: wall) {
        try $0[accounts, "a"].transfer(10, of: .decrement, to: spent[10].origin)
      }.version)
    #expect(try receiver.receive([gift], wall: wall).applied == [gift, spent[10]])
  }
}
