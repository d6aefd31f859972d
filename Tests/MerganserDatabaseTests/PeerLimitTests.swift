import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What a peer can make grow has an end, and one peer takes no other's room.
@Suite struct PeerLimitTests {
  private let schema = Notes()
  private let catalog: Catalog
  private let founder = ReplicaID(high: 0, low: 1)
  private let wall = HybridTime(milliseconds: 1000)

  init() throws { catalog = try Catalog(schema) }

  private func database(_ number: UInt64) -> Database {
    Database(catalog: catalog, replica: ReplicaID(high: 0, low: number), founder: founder)
  }

  /// Versions of one replica, with a note of so many bytes each.
  private func versions(_ number: UInt64, count: Int, bytes: Int) throws -> [StoredVersion] {
    var database = database(number)
    return try (0..<count).compactMap { place in
      try database.transact(wall: wall) { [schema] in
        try $0[schema.notes, "\(number) \(place)"].set(String(repeating: "x", count: bytes))
      }.version
    }
  }

  @Test func whoFillsTheWaitingRoomKeepsNobodyOut() throws {
    var receiver = database(1)
    let honest = try versions(2, count: 4, bytes: 1 << 20)
    #expect(try receiver.receive([honest[0]], wall: wall).applied.count == 1)
    let filler = try versions(3, count: 80, bytes: 1 << 20)
    // The first is lacking, so that all others wait; they come by nobody that is known, or by one that is.
    _ = try receiver.receive(Array(filler.dropFirst()), wall: wall)
    let full = receiver.waitingCount
    #expect((60..<64).contains(full))
    let known = ReplicaID(high: 0, low: 2)
    _ = try receiver.receive(Array(honest[2...]), from: known, wall: wall)
    #expect(receiver.waitingCount == full)
    #expect(try receiver.receive([honest[1]], wall: wall).applied.count == 3)
    // The rest of the filler's is there as before.
    #expect(receiver.waitingCount == full - 2)
    #if DEBUG
      try receiver.checkInvariants()
    #endif
    #expect(try receiver.receive([filler[0]], wall: wall).applied.count == full - 1)
  }

  /// Names that nobody has heard of have one account together, however many they are.
  @Test func madeUpNamesShareAnAccount() throws {
    var receiver = database(1)
    let (honest, filler) = (
      try versions(2, count: 27, bytes: 1 << 20), try versions(3, count: 72, bytes: 1 << 20)
    )
    #expect(try receiver.receive([honest[0]], wall: wall).applied.count == 1)
    for (place, version) in filler.dropFirst().enumerated() {
      let name = ReplicaID(high: 9, low: UInt64(place % 8) + 1)
      _ = try receiver.receive([version], from: name, wall: wall)
    }
    let known = ReplicaID(high: 0, low: 2)
    _ = try receiver.receive(Array(honest[2...]), from: known, wall: wall)
    #expect(try receiver.receive([honest[1]], wall: wall).applied.count == 26)
  }

  /// By a relay, whose versions these are not, they count for the relay.
  @Test func aRelayHandsOnWhatOthersWrote() throws {
    var receiver = database(1)
    let (relay, honest) = (
      try versions(4, count: 1, bytes: 10), try versions(2, count: 3, bytes: 1 << 20)
    )
    _ = try receiver.receive(relay, wall: wall)
    _ = try receiver.receive(
      Array(try versions(3, count: 80, bytes: 1 << 20).dropFirst()), wall: wall)
    let relayID = ReplicaID(high: 0, low: 4)
    _ = try receiver.receive(Array(honest[1...]), from: relayID, wall: wall)
    #expect(try receiver.receive([honest[0]], from: relayID, wall: wall).applied.count == 3)
  }

  /// What is offered again takes no more room, and what has left gives its room back.
  @Test func theWaitingRoomIsUsedAgain() throws {
    var receiver = database(1)
    let log = try versions(2, count: 72, bytes: 2 << 20)
    for _ in 0..<70 { _ = try receiver.receive([log[71]], wall: wall) }
    #expect(receiver.waitingCount == 1)
    for place in stride(from: 0, to: 70, by: 2) {
      let late = [log[place + 1]]
      #expect(try receiver.receive(late, wall: wall).applied.isEmpty)
      #expect(try receiver.receive(late, wall: wall).applied.isEmpty)
      #expect(try receiver.receive([log[place]], wall: wall).applied.count == 2)
      #if DEBUG
        try receiver.checkInvariants()
      #endif
    }
    #expect(try receiver.receive([log[70]], wall: wall).applied.count == 2)
    #expect(receiver.waitingCount == 0)
  }

  @Test func theRoomOfWhatIsHeldIsUsedAgain() throws {
    let (accounts, notes) = (schema.accounts, schema.notes)
    var (holder, receiver) = (database(1), database(9))
    let base = try #require(
      try holder.transact(wall: wall) { try $0[accounts, "a"].increment(by: 100) }.version)
    _ = try receiver.receive([base], wall: wall)
    let id = ReplicaID(high: 0, low: 2)
    var spender = Database(
      catalog: try Catalog(Notes(isLawful: false)), replica: id, founder: founder)
    _ = try spender.receive([base], wall: wall)
    for round in 0..<14 {
      let spent = try #require(
        try spender.transact(scope: .localOnly, wall: wall) { tx in
          try tx[accounts, "a"].decrement(by: 1)
          // The last needs nearly all of the room.
          let size = round < 13 ? 700_000 : 7_000_000
          try tx[notes, "\(round)"].set(String(repeating: "x", count: size))
        }.version)
      for _ in 0..<2 { #expect(try receiver.receive([spent], wall: wall).applied.isEmpty) }
      let gift = try #require(
        try holder.transact(wall: wall) {
          try $0[accounts, "a"].transfer(1, of: .decrement, to: id)
        }.version)
      #expect(try receiver.receive([gift], wall: wall).applied == [gift, spent])
      #if DEBUG
        try receiver.checkInvariants()
      #endif
    }
    #expect(receiver.waitingCount == 0)
  }

  @Test func whoFillsWhatIsHeldKeepsNobodyOut() throws {
    let (accounts, notes) = (schema.accounts, schema.notes)
    var (holder, receiver) = (database(1), database(9))
    let base = try #require(
      try holder.transact(wall: wall) { try $0[accounts, "a"].increment(by: 100) }.version)
    _ = try receiver.receive([base], wall: wall)
    /// Spends rights that are not its own, as far as is known.
    func spend(_ database: inout Database, bytes: Int) throws -> StoredVersion {
      let name = "\(database.replica)"
      let version = try database.transact(scope: .localOnly, wall: wall) { tx in
        try tx[accounts, "a"].decrement(by: 40)
        try tx[notes, name].set(String(repeating: "x", count: bytes))
      }.version
      return try #require(version)
    }
    func lawless(_ number: UInt64) throws -> Database {
      var database = Database(
        catalog: try Catalog(Notes(isLawful: false)), replica: ReplicaID(high: 0, low: number),
        founder: founder)
      _ = try database.receive([base], wall: wall)
      return database
    }
    for number in 20..<40 as Range<UInt64> {
      var filler = try lawless(number)
      let reception = try receiver.receive([try spend(&filler, bytes: 700_000)], wall: wall)
      #expect(reception.applied.isEmpty)
    }
    let full = receiver.waitingCount
    #expect((9...11).contains(full))
    var honest = try lawless(2)
    let first = try #require(
      try honest.transact(wall: wall) { try $0[notes, "first"].set("1") }.version)
    #expect(try receiver.receive([first], wall: wall).applied == [first])
    let spent = try spend(&honest, bytes: 700_000)
    #expect(try receiver.receive([spent], from: honest.replica, wall: wall).applied.isEmpty)
    #expect(receiver.waitingCount == full)
    let gift = try #require(
      try holder.transact(wall: wall) {
        try $0[accounts, "a"].transfer(40, of: .decrement, to: ReplicaID(high: 0, low: 2))
      }.version)
    #expect(try receiver.receive([gift], wall: wall).applied == [gift, spent])
  }

  @Test func whoFillsWhatIsSetAsideKeepsNobodyOut() throws {
    // Another branch of what is here.
    func branch(_ number: UInt64, count: Int, bytes: Int) throws -> [StoredVersion] {
      try versions(number, count: count, bytes: bytes)
    }
    var receiver = database(1)
    for number in 2...3 as ClosedRange<UInt64> {
      var other = database(number)
      let first = try other.transact(wall: wall) { [schema] in
        try $0[schema.notes, "first"].set("one")
      }.version
      #expect(try receiver.receive([first].compactMap { $0 }, wall: wall).applied.count == 1)
    }
    let filling = try receiver.receive(try branch(3, count: 80, bytes: 1 << 20), wall: wall)
    #expect((60..<64).contains(filling.setAside.count) && !filling.refused.isEmpty)
    #expect(receiver.setAsideCount == filling.setAside.count)
    let reception = try receiver.receive(
      try branch(2, count: 5, bytes: 1 << 20), from: ReplicaID(high: 0, low: 2), wall: wall)
    #expect(reception.setAside.count == 5 && reception.refused.isEmpty)
    #expect(reception.displaced.count == 5)
    #if DEBUG
      try receiver.checkInvariants()
    #endif
    #expect(receiver.setAsideCount == filling.setAside.count)
    // What is stored is what is noted.
    let storage = MemoryStorage(checkpointInterval: 1)
    for came in [filling, reception] {
      let step = try CheckpointStep(keeping: came) { () throws(StorageError) in
        try storage.stateForWriter()
      }
      storage.store(try #require(step))
    }
    #expect(try SetAsideIndex(storage.snapshot().state).count == receiver.setAsideCount)
  }

  @Test func refusalsAreListedUpToALimitAndShort() throws {
    var receiver = database(1)
    let name = String(repeating: "table", count: 1 << 18)
    let unknown = StoredVersion(
      origin: ReplicaID(high: 0, low: 5), sequences: 1...1, time: wall, previousHash: 0,
      replicas: [ReplicaID(high: 0, low: 5)],
      writes: [RowDelta(table: name, key: [1], delta: [1])])
    var reception = try receiver.receive([unknown], wall: wall)
    #expect(reception.refused.count == 1)
    #expect("\(reception.refused)".utf8.count < 4000)
    let small = StoredVersion(
      origin: unknown.origin, sequences: 1...1, time: wall, previousHash: 0,
      replicas: [unknown.origin], writes: [RowDelta(table: "t", key: [1], delta: [1])])
    reception = try receiver.receive(Array(repeating: small, count: 3000), wall: wall)
    #expect(reception.refused.count == Database.Reception.limit)
    #expect(reception.refused.count + reception.furtherRefusals == 3000)
  }

  /// A state of as many origins as there can be; then nobody new writes, and all others go on.
  @Test func originsHaveANumber() throws {
    let limit = Database.maximumOrigins
    var receiver = database(1)
    var honest = database(2)
    let first = try honest.transact(wall: wall) { [schema] in
      try $0[schema.notes, "a"].set("1")
    }.version
    _ = try receiver.receive([first].compactMap { $0 }, wall: wall)
    func header(_ count: Int) -> StateHeader {
      var heads = [honest.replica: Head(sequence: 1, hash: first?.hash ?? 0)]
      for number in 1..<UInt64(count) {
        heads[ReplicaID(high: 7, low: number)] = Head(sequence: 1, hash: 1)
      }
      return StateHeader(heads: heads, time: wall, tables: [])
    }
    let before = receiver
    #expect(
      throws: ReplicationError.exceedsLimit(
        "replicas that have written", found: limit + 1, limit: limit)
    ) { try receiver.beginAdoption(of: header(limit + 1), wall: wall) }
    receiver = before
    try receiver.beginAdoption(of: header(limit), wall: wall)
    _ = try receiver.completeAdoption()
    let stranger = try versions(99, count: 1, bytes: 1)
    let refused = try receiver.receive(stranger, wall: wall)
    #expect(
      refused.refused == [
        .exceedsLimit("replicas that have written", found: limit + 1, limit: limit)
      ])
    let second = try honest.transact(wall: wall) { [schema] in
      try $0[schema.notes, "a"].set("2")
    }.version
    #expect(try receiver.receive([second].compactMap { $0 }, wall: wall).applied.count == 1)
  }

  @Test func aPartOfAStateHasASize() throws {
    var receiver = database(1)
    try receiver.beginAdoption(
      of: StateHeader(heads: [:], time: wall, tables: ["notes"]), wall: wall)
    // All of them have the same bytes in memory.
    let row = StatePart.Row(key: [1], bytes: [UInt8](repeating: 0, count: 16 << 20))
    let rows = Array(repeating: row, count: StatePart.maximumSize / (16 << 20) + 1)
    let part = StatePart(table: "notes", behind: nil, last: nil, rows: rows)
    let error = #expect(throws: ReplicationError.self) { try receiver.adopt(part) }
    guard case .exceedsLimit("bytes in a part of a state", _, StatePart.maximumSize)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// What many small rows take in memory has an end, whatever a message's bytes allow.
  @Test func aPartOfAStateHasSoManyRows() throws {
    let row = StatePart.Row(key: [], bytes: [])
    var part = StatePart(
      table: "notes", behind: nil, last: nil,
      rows: Array(repeating: row, count: StatePart.maximumCount))
    #expect(try StatePart(binaryEncoded: part.binaryEncoded()) == part)
    part.rows.append(row)
    #expect(throws: BinaryDecodingError.self) {
      try StatePart(binaryEncoded: part.binaryEncoded())
    }
  }

  @Test func everyErrorIsShort() {
    let (long, replica) = (String(repeating: "é\u{1B}", count: 1 << 20), founder)
    let row = UnreadableRow(table: long, key: long, reason: long)
    let errors: [ReplicationError] = [
      .malformed(origin: replica, sequence: 1, reason: long),
      .unreadable(origin: replica, sequence: 1, row: row), .unreadableState(row),
      .cutsDiffer(of: replica, ours: long, theirs: long),
      .breaksInvariant(origin: replica, sequence: 1, invariant: long, reason: long),
      .lacksRights(origin: replica, sequence: 1, table: long, key: long, missing: 1),
      .ownedElsewhere(origin: replica, sequence: 1, name: long, owner: replica),
      .malformedSchema(reason: long),
      .otherLayout(LayoutDifference(table: long, type: long, expected: long, found: long)),
      .uncheckedInvariant(long, lackedBy: nil),
      .unknownTable(origin: replica, sequence: 1, table: long),
      .malformedState(reason: long), .needsReplica(replica, reason: long),
      .unexpectedMessage(long),
      .removesRows((0..<1000).map { RemovedRows(table: "\($0)", removed: 1, rows: 1) }),
    ]
    for error in errors {
      #expect("\(error)".utf8.count < 3000, "\("\(error)".prefix(100))")
      #expect("\(error.shortened)" == "\(error)")
    }
    #expect("short".shortened == "short")
    #expect(long.shortened.utf8.count <= String.shownLength + 3)
  }

  @Test func aSchemaHasASize() throws {
    let own = catalog.description
    func grown(_ change: (inout SchemaDescription) -> Void) -> SchemaDescription {
      var grown = own
      change(&grown)
      return SchemaDescription(tables: grown.tables, invariants: grown.invariants)
    }
    func table(_ name: String, type: String = "PNCounter") -> SchemaDescription.Table {
      .init(name: name, key: "Int", value: type)
    }
    let excesses: [SchemaDescription] = [
      grown { schema in schema.tables += (0..<1024).map { table("t\($0)") } },
      grown { schema in
        schema.invariants += (0..<4096).map {
          .init(kind: "Check", name: "\($0)", parameters: ["notes"])
        }
      },
      grown { $0.tables.append(table(String(repeating: "t", count: 129))) },
      grown { $0.tables.append(table("")) },
      grown { $0.tables.append(table("a\0b")) },
      grown { $0.tables.append(table("t", type: String(repeating: "T", count: 4097))) },
      grown { schema in
        schema.invariants.append(
          .init(
            kind: "Check", name: "c",
            parameters: ["notes", String(repeating: "p", count: 4 << 20)]))
      },
    ]
    for schema in excesses {
      let error = #expect(throws: ReplicationError.self) { try own.later(schema) }
      guard case .malformedSchema(let reason)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect("\(ReplicationError.malformedSchema(reason: reason))".utf8.count < 1000)
    }
    #expect(
      try own.later(grown { $0.tables.append(table("t")) }).tables.count == own.tables.count + 1)
    // What nobody else takes is not made.
    let tables = (0..<1025).map { Table<Int, PNCounter>("t\($0)") }
    #expect(throws: SchemaError.self) { try Catalog(tables: tables, invariants: []) }
  }
}
