import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What is asked of a state before it is taken in, and of what comes to a store that no program has open.
@Suite struct StateQuestionTests: HasMembers {
  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    let tags = Table<String, ORSet<String>>("tags")
  }

  private let schema = Notes()
  let catalog: Catalog

  init() throws { catalog = try Catalog(schema) }

  /// A state that rests on another branch of what is here is not begun with.
  @Test func aStateOfAnotherBranchIsRefused() throws {
    var (other, receiver) = (member(1), member(2))
    let version = try write(&other) { try $0[schema.tags, "t"].insert("x") }
    _ = try receiver.receive([version], wall: wall)
    var head = version.head
    head.hash ^= 1
    #expect(throws: ReplicationError.forkedHistory(origin: ids[1], sequence: head.sequence)) {
      try receiver.beginAdoption(
        of: StateHeader(heads: [ids[1]: head], time: wall, tables: []), wall: wall)
    }
  }

  /// A state with a table that is not here is not begun with: its rows would be lost.
  @Test func aStateWithAnotherTableIsRefused() throws {
    var receiver = member(2)
    let before = receiver
    for tables in [["elsewhere"], ["notes", "elsewhere"], ["notes", "elsewhere", "tags"]] {
      let error = #expect(throws: ReplicationError.self) {
        try receiver.beginAdoption(
          of: StateHeader(heads: [:], time: wall, tables: tables), wall: wall)
      }
      guard case .malformedState(let reason)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(reason.contains("elsewhere"))
    }
    receiver = before
    try receiver.beginAdoption(
      of: StateHeader(heads: [:], time: wall, tables: ["notes", "tags"]), wall: wall)
  }

  /// A row of the notes, in bytes, with an incarnation for each of the given dots.
  private func encodedNote(_ dots: [Dot]) -> [UInt8] {
    BinaryEncoder.standalone { encoder in
      encoder.encode(count: dots.count)
      for dot in dots {
        dot.encode(to: &encoder)
        [Dot]().encode(to: &encoder)
        LWWRegister<String>().encode(to: &encoder)
      }
    }
  }

  /// A part is one that follows, and its rows are of its table, in their places, and of writes that the state has seen.
  @Test func everyPartIsAsked() throws {
    let sound = encodedNote([Dot(ids[1], sequence: 1)])
    func row(_ key: [UInt8], bytes: [UInt8]? = nil) -> StatePart.Row {
      StatePart.Row(key: key, bytes: bytes ?? sound)
    }
    let keys = ["a", "b", "c"].map { $0.keyEncoded() }
    func part(
      _ rows: [StatePart.Row] = [], of table: String = "notes", behind: [UInt8]? = nil,
      last: [UInt8]? = nil
    ) -> StatePart {
      StatePart(table: table, behind: behind, last: last, rows: rows)
    }
    let header = StateHeader(
      heads: [ids[1]: Head(sequence: 2, hash: 1)], time: wall, tables: ["notes"])
    func adopt(_ parts: [StatePart], of header: StateHeader) throws -> Database {
      var receiver = member(2)
      try receiver.beginAdoption(of: header, wall: wall)
      for part in parts { try receiver.adopt(part) }
      _ = try receiver.completeAdoption()
      return receiver
    }
    let whole = try adopt(
      [part([row(keys[0]), row(keys[1])], last: keys[1]), part([row(keys[2])], behind: keys[1])],
      of: header)
    #expect(try whole.snapshot.rows(schema.notes).map(\.key) == ["a", "b", "c"])
    let long = [UInt8](repeating: 65, count: 5000)
    let lies: [(what: String, parts: [StatePart])] = [
      ("nothing", []), ("a part that is not the last", [part(last: keys[0])]),
      ("another table", [part(of: "tags")]), ("another beginning", [part(behind: keys[0])]),
      ("a long end", [part(last: long), part(behind: long)]),
      (
        "an end where it begins",
        [
          part(last: keys[0]), part(behind: keys[0], last: keys[0]), part(behind: keys[0]),
        ]
      ),
      ("more than was announced", [part(), part()]),
      ("rows in another order", [part([row(keys[1]), row(keys[0])])]),
      ("a row twice", [part([row(keys[0]), row(keys[0])])]),
      (
        "a row where the part begins", [part(last: keys[0]), part([row(keys[0])], behind: keys[0])]
      ),
      ("a row behind its end", [part([row(keys[1])], last: keys[0]), part(behind: keys[0])]),
      ("no key", [part([row([0xFF])])]), ("a long key", [part([row(long)])]),
      ("no bytes", [part([row(keys[0], bytes: [])])]),
      ("an empty row", [part([row(keys[0], bytes: encodedNote([]))])]),
      ("a later write", [part([row(keys[0], bytes: encodedNote([Dot(ids[1], sequence: 3)]))])]),
      (
        "a stranger's write", [part([row(keys[0], bytes: encodedNote([Dot(ids[3], sequence: 1)]))])]
      ),
    ]
    for (what, parts) in lies {
      let error = #expect(throws: ReplicationError.self, "\(what)") {
        try adopt(parts, of: header)
      }
      guard case .malformedState? = error else {
        Issue.record("\(what): \(String(describing: error))")
        continue
      }
    }
  }

  /// Numbers and orders that nobody writes are refused as they are read.
  @Test func whatNobodyWritesIsNotRead() throws {
    func header(_ heads: [(ReplicaID, UInt64)]) -> [UInt8] {
      BinaryEncoder.standalone { encoder in
        encoder.encode(count: heads.count)
        for (origin, sequence) in heads {
          origin.encode(to: &encoder)
          encoder.encode(varint: sequence)
          encoder.encode(fixed64: 1)
        }
        wall.encode(to: &encoder)
      }
    }
    let last = Dot.maximumSequence
    #expect(
      try StateHeader(binaryEncoded: header([(ids[0], 1), (ids[1], last)])).heads.count == 2)
    let lies: [[(ReplicaID, UInt64)]] = [
      [(ids[1], 1), (ids[0], 1)], [(ids[0], 1), (ids[0], 2)], [(ids[0], 0)], [(ids[0], last + 1)],
    ]
    for heads in lies {
      #expect(throws: BinaryDecodingError.self) { try StateHeader(binaryEncoded: header(heads)) }
    }
    func cut(_ sequence: UInt64, decided: UInt64 = 1) -> [UInt8] {
      Cut(last: Head(sequence: sequence, hash: 1), heir: ids[0], decided: decided).binaryEncoded()
    }
    #expect(try Cut(binaryEncoded: cut(last)).last.sequence == last)
    for bytes in [cut(last + 1), cut(1, decided: 0), cut(1, decided: last + 1)] {
      #expect(throws: BinaryDecodingError.self) { try Cut(binaryEncoded: bytes) }
    }
    let dots = [Dot(ids[0], sequence: 1), Dot(ids[0], sequence: 2)]
    typealias Note = Row<LWWRegister<String>>
    #expect(try Note(binaryEncoded: encodedNote(dots)).incarnations.map(\.dot) == dots)
    for other in [Array(dots.reversed()), [dots[0], dots[0]]] {
      #expect(throws: BinaryDecodingError.self) { try Note(binaryEncoded: encodedNote(other)) }
    }
  }

  /// Of a table that the state does not have, and so of all its rows, the vector says nothing.
  @Test func aTableThatTheStateLacksStays() throws {
    var (other, receiver) = (member(1), member(2))
    let version = try write(&other) { try $0[schema.tags, "t"].insert("x") }
    _ = try receiver.receive([version], wall: wall)
    try receiver.beginAdoption(
      of: StateHeader(heads: [ids[1]: version.head], time: wall, tables: ["notes"]), wall: wall)
    try receiver.adopt(StatePart(table: "notes", behind: nil, last: nil, rows: []))
    #expect(try receiver.completeAdoption().isEmpty)
    #expect(try receiver.snapshot[schema.tags, "t"].map(Array.init) == ["x"])
  }

  /// A row with an end of some identity, in bytes.
  private func encodedCut() -> [UInt8] {
    BinaryEncoder.standalone { encoder in
      encoder.encode(count: 1)
      Dot(ids[1], sequence: 1).encode(to: &encoder)
      [Dot]().encode(to: &encoder)
      GSet([Cut(last: Head(sequence: 0, hash: 0), heir: ids[1], decided: 1)])
        .encode(to: &encoder)
    }
  }

  /// Takes in a state with so many ends of identities.
  private func adoptCuts(_ count: Int, into receiver: inout Database) throws {
    let bytes = encodedCut()
    let rows = (0..<count).map {
      StatePart.Row(
        key: ReplicaID(high: 7, low: UInt64($0)).keyEncoded(), bytes: bytes)
    }
    let header = StateHeader(
      heads: [ids[1]: Head(sequence: 1, hash: 1)], time: wall, tables: [cutTable.name])
    try receiver.beginAdoption(of: header, wall: wall)
    try receiver.adopt(StatePart(table: cutTable.name, behind: nil, last: nil, rows: rows))
    _ = try receiver.completeAdoption()
  }

  /// As many identities can have ended as a database can have; of another no end is taken, and all else is.
  @Test func endsHaveANumber() throws {
    let limit = Database.maximumOrigins
    let exceeded = ReplicationError.exceedsLimit(
      "ends of identities", found: limit + 1, limit: limit)
    var (other, receiver) = (member(3), member(2))
    let before = receiver
    #expect(throws: exceeded) { try adoptCuts(limit + 1, into: &receiver) }
    receiver = before
    try adoptCuts(limit, into: &receiver)
    var more = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    let lost = try write(&more) { try $0[schema.tags, "t"].insert("x") }
    _ = try other.receive([lost], wall: wall)
    let cut = try #require(try other.succeed(ids[0], wall: wall))
    let reception = try receiver.receive([lost, cut], wall: wall)
    #expect(reception.applied == [lost] && reception.refused == [exceeded])
  }

  /// A store that records no table of an early kind takes nothing for it; what its log has of it stays.
  @Test func whatTheSchemaDoesNotHaveIsRefusedAndWhatWasAppliedStays() throws {
    var (founder, heir) = (member(0), member(1))
    let base = try write(&founder) { try $0[schema.tags, "t"].insert("x") }
    _ = try heir.receive([base], wall: wall)
    let cut = try #require(try heir.succeed(ids[0], wall: wall))
    let description = catalog.description
    let early = SchemaDescription(
      tables: description.tables.filter { $0.name != cutTable.name },
      invariants: description.invariants)
    func store() throws -> Database {
      Database(catalog: try Catalog(judging: early), replica: ids[2], founder: ids[0])
    }
    var receiver = try store()
    let reception = try receiver.receive([base, cut], wall: wall)
    #expect(reception.applied == [base])
    #expect(
      reception.refused == [
        .unknownTable(
          origin: ids[1], sequence: cut.sequences.lowerBound, table: cutTable.name)
      ])
    let storage = MemoryStorage()
    try storage.append([base, cut])
    var again = try store()
    try again.recover(from: storage.snapshot())
    #expect(again.heads[ids[1]] == cut.head)
  }

  /// A store that no program has open keeps no rows in memory but those of the tables that every database has.
  @Test func aStoreKeepsNoRowsOfItsOwnTables() throws {
    var founder = member(0)
    let version = try write(&founder) { tx in
      try tx[schema.tags, "t"].insert("x")
      try tx[schema.notes, "n"].set("y")
    }
    var store = Database(
      catalog: try Catalog(judging: catalog.description), replica: ids[2], founder: ids[0])
    #expect(try store.receive([version], wall: wall).applied == [version])
    #expect(store.snapshot.state.tables.allSatisfy { $0.count == 0 })
  }
}
