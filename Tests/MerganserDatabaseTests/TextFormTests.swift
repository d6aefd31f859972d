import Foundation
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

private let composed = "caf\u{E9}"
private let decomposed = "cafe\u{301}"

/// A type of a user's own that has text in it.
private struct Guest: Hashable, BinaryCodable {
  var name: String
  var nicknames: [String?] = []

  init(_ name: String) {
    self.name = name
    nicknames = [name, nil]
  }

  func encode(to encoder: inout BinaryEncoder) {
    name.encode(to: &encoder)
    nicknames.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    name = try String(from: &decoder)
    nicknames = try [String?](from: &decoder)
  }
}

/// Text that is written as it is: what a program would send that does not compose it.
private struct RawText: Hashable, BinaryCodable, TableKey {
  var text: String

  init(_ text: String) { self.text = text }

  func encode(to encoder: inout BinaryEncoder) { encoder.encode(lengthPrefixed: text.utf8) }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    text = String(decoding: try decoder.decodeLengthPrefixed(), as: UTF8.self)
  }

  func keyEncoded() -> [UInt8] { Array(text.utf8) }

  init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    text = String(decoding: bytes, as: UTF8.self)
  }
}

/// The bytes of text as text, so that names differ if the bytes do.
private func bytes(_ text: String) -> String {
  text.utf8.map { String($0, radix: 16) }.joined(separator: " ")
}

private func isComposed(_ text: String) -> Bool {
  text.utf8.elementsEqual(text.precomposedStringWithCanonicalMapping.utf8)
}

private struct Names: Schema {
  let registers = Table<Int, LWWRegister<String>>("registers")
  let optionals = Table<Int, LWWRegister<String?>>("optionals")
  let lists = Table<Int, LWWRegister<[String]>>("lists")
  let guests = Table<Int, LWWRegister<Guest>>("guests")
  let several = Table<Int, MVRegister<String>>("several")
  let sets = Table<Int, ORSet<String>>("sets")
  let growing = Table<Int, GSet<Guest>>("growing")

  var invariants: [any Invariant] {
    // Each name is the bytes that the invariant sees.
    Unique("registers", on: registers) { bytes($1) }
    Unique("optionals", on: optionals) { bytes($1 ?? "") }
    Unique("lists", on: lists) { bytes($1.joined()) }
    Unique("guests", on: guests) { bytes($1.name + ($1.nicknames.first.flatMap(\.self) ?? "")) }
    Unique("several", on: several) { bytes($1) }
    Unique("sets", on: sets) { bytes($1) }
    Unique("growing", on: growing) { bytes($1.name) }
    Check("registers are composed", on: registers) { isComposed($1) }
    Check("lists are composed", on: lists) { $1.allSatisfy(isComposed) }
    Check("guests are composed", on: guests) {
      isComposed($1.name) && isComposed($1.nicknames[0] ?? "")
    }
    Check("several are composed", on: several) { isComposed($1) }
    Check("sets are composed", on: sets) { isComposed($1) }
    Check("growing are composed", on: growing) { isComposed($1.name) }
  }

  /// A way to write a text to a row, and all texts that are read from it.
  struct Writer: Sendable {
    let name: String
    let write: @Sendable (borrowing Transaction, Int, String) throws -> Void
    let texts: @Sendable (Snapshot, Int) throws -> [String]
  }

  var writers: [Writer] {
    [
      Writer(name: "registers") {
        try $0[registers, $1].set($2)
      } texts: {
        [try $0[registers, $1]?.value].compactMap(\.self)
      },
      Writer(name: "optionals") {
        try $0[optionals, $1].set($2)
      } texts: {
        [try $0[optionals, $1]?.value.flatMap(\.self)].compactMap(\.self)
      },
      Writer(name: "lists") {
        try $0[lists, $1].set(["a", $2])
      } texts: {
        try $0[lists, $1]?.value ?? []
      },
      Writer(name: "guests") {
        try $0[guests, $1].set(Guest($2))
      } texts: {
        let guest = try $0[guests, $1]?.value
        return [guest?.name].compactMap(\.self) + (guest?.nicknames ?? []).compactMap(\.self)
      },
      Writer(name: "several") {
        try $0[several, $1].set($2)
      } texts: {
        try $0[several, $1]?.values ?? []
      },
      Writer(name: "sets") {
        try $0[sets, $1].insert($2)
      } texts: {
        Array(try $0[sets, $1] ?? ORSet())
      },
      Writer(name: "growing") {
        try $0[growing, $1].insert(Guest($2))
      } texts: {
        try ($0[growing, $1] ?? GSet()).map(\.name)
      },
    ]
  }
}

private let id = ReplicaID(high: 0, low: 1)
private let wall = HybridTime(milliseconds: 1)

private func database(_ schema: some Schema, replica: ReplicaID = id) throws -> Database {
  Database(catalog: try Catalog(schema), replica: replica, founder: id)
}

/// Stores all that a database has in memory.
private func checkpoint(
  _ database: inout Database, after version: StoredVersion?, in storage: MemoryStorage
) throws {
  try storage.append([version].compactMap { $0 })
  database.beginCheckpoint()
  while let step = try database.nextCheckpointStep() {
    storage.store(step)
    database.rest(on: try storage.snapshot().state)
  }
}

/// What invariants, indexes and readers see of text is what is stored.
@Suite struct TextFormTests {
  @Test(arguments: Names().writers.indices)
  func whatIsSeenIsWhatIsStored(_ place: Int) throws {
    let schema = Names()
    let writer = schema.writers[place]
    var here = try database(schema)
    var there = try database(schema, replica: ReplicaID(high: 0, low: 2))
    for (row, text) in [(1, decomposed), (2, "\u{212B}"), (3, "e\u{323}\u{302}"), (4, "a")] {
      let version = try here.transact(scope: .localOnly, wall: wall) { tx in
        try writer.write(tx, row, text)
      }.version
      _ = try there.receive([try #require(version)], wall: wall)
      for snapshot in [here.snapshot, there.snapshot] {
        let texts = try writer.texts(snapshot, row)
        #expect(texts.contains(text))
        #expect(texts.allSatisfy(isComposed), "\(writer.name) \(texts.map(bytes))")
      }
    }
    #expect(try here.snapshot.digest == there.snapshot.digest)
    #expect(try here.snapshot.violations() == [])
    #expect(try there.snapshot.violations() == [])
    // One name, whichever way it is typed, on both.
    for form in [composed, decomposed] {
      #expect(throws: InvariantViolation.self, "\(writer.name)") {
        try here.transact(scope: .localOnly, wall: wall) { try writer.write($0, 5, form) }
      }
      #expect(throws: InvariantViolation.self) {
        try there.transact(scope: .localOnly, wall: wall) { try writer.write($0, 5, form) }
      }
    }
  }

  /// A name is free again when its row is gone, also if the row was stored and read back meanwhile.
  @Test func aNameIsNotTakenByARowThatIsGone() throws {
    let schema = Names()
    let storage = MemoryStorage(checkpointInterval: 1)
    var here = try database(schema)
    here.rest(on: try storage.snapshot().state)
    func write(_ body: (borrowing Transaction) throws -> Void) throws {
      let version = try here.transact(scope: .localOnly, wall: wall, body: body).version
      try checkpoint(&here, after: version, in: storage)
    }
    try write { try $0[schema.registers, 1].set(decomposed) }
    try write { try $0[schema.registers, 1].delete() }
    try write { try $0[schema.registers, 2].set(composed) }
    #expect(try here.snapshot.violations() == [])
  }

  /// What another program sends uncomposed is composed here as it is taken in.
  @Test func whatIsReceivedIsComposed() throws {
    struct Raw: Schema { let names = Table<Int, LWWRegister<RawText>>("names") }
    struct Composed: Schema {
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] { Unique("names", on: names) { bytes($1) } }
    }
    var sender = try database(Raw())
    var receiver = try database(Composed(), replica: ReplicaID(high: 0, low: 2))
    let sent = try sender.transact(wall: wall) {
      try $0[Raw().names, 1].set(RawText(decomposed))
    }
    _ = try receiver.receive([try #require(sent.version)], wall: wall)
    #expect(try receiver.snapshot[Composed().names, 1]?.value.map(bytes) == bytes(composed))
    #expect(throws: InvariantViolation.self) {
      try receiver.transact(scope: .localOnly, wall: wall) {
        try $0[Composed().names, 2].set(composed)
      }
    }
  }

  /// Text whose characters are known to need no composition needs none.
  @Test func whatIsPlainIsComposed() {
    let marks: [Unicode.Scalar] = [
      "a", "\u{301}", "\u{E9}", "\u{438}", "\u{306}", "\u{1100}", "\u{11A8}",
    ]
    for value in (0..<0xD800).map(UInt32.init) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for mark in marks {
        var text = String(scalar)
        text.unicodeScalars.append(mark)
        var encoder = BinaryEncoder()
        text.encode(to: &encoder)
        let expected = text.precomposedStringWithCanonicalMapping
        if !encoder.bytes.dropFirst().elementsEqual(expected.utf8) {
          Issue.record("\(String(value, radix: 16)) \(mark.value)")
          return
        }
      }
    }
  }
}

private struct Places: Schema {
  let cafes = Table<String, GCounter>("cafes")
  let tables = Table<Path<String, String>, LWWRegister<String>>("tables")
  let tips = Table<Path<String, Int>, PNCounter>("tips")
  let totals = Table<String, PNCounter>("totals")
  let seats = Table<String, LWWRegister<String>>("seats")

  var invariants: [any Invariant] {
    ForeignKey("a table's café exists", from: tables, to: cafes, onDelete: .cascade)
    SumOf("tips", of: tips, in: totals) { $0.parent }
    Unique(
      "seats", on: seats,
      by: .owner({ (name: String) in bytes(name) == bytes(composed) ? id : nil })
    ) { $1 }
    NoOverlap(
      "tables", on: tables,
      by: .owner({ (name: String) in bytes(name) == bytes(composed) ? id : nil })
    ) { key, hour in
      let hour = Int64(hour) ?? 0
      return (resource: key.parent, from: hour, to: hour + 1)
    }
  }
}

/// A key is the same row whichever way it was typed.
@Suite struct TextKeyTests {
  @Test func formsOfAKeyNameOneRow() throws {
    let schema = Places()
    var here = try database(schema)
    _ = try here.transact(wall: wall) { tx in
      try tx[schema.cafes, decomposed].increment(by: 1)
      try tx[schema.cafes, composed].increment(by: 2)
      try tx[schema.tables, Path(decomposed, child: composed)].set("1")
      try tx[schema.tables, Path(composed, child: decomposed)].set("2")
      try tx[schema.tips, Path(decomposed, child: 1)].increment(by: 5)
      try tx[schema.totals, composed].increment(by: 5)
      // The owner is asked about the composed name.
      try tx[schema.seats, composed].set(decomposed)
    }
    let snapshot = here.snapshot
    #expect(try snapshot.count(schema.cafes) == 1)
    #expect(try snapshot.count(schema.tables) == 1)
    for form in [composed, decomposed] {
      #expect(try snapshot[schema.cafes, form]?.value == 3)
      #expect(try snapshot[schema.tables, Path(form, child: form)]?.value == "2")
      #expect(try snapshot.rows(schema.tables, below: form).count == 1)
      #expect(
        try snapshot.rows(schema.cafes, in: form...form).map { bytes($0.key) } == [bytes(composed)])
    }
    #expect(throws: InvariantViolation.self) {
      try here.transact(wall: wall) { try $0[schema.seats, "other"].set(composed) }
    }
    #expect(throws: InvariantViolation.self) {
      try here.transact(wall: wall) { try $0[schema.tables, Path(decomposed, child: "x")].set("2") }
    }
    _ = try here.transact(wall: wall) { try $0[schema.cafes, decomposed].delete() }
    #expect(try here.snapshot.count(schema.tables) == 0)
  }

  /// Rows whose keys an earlier program did not compose are read, written and deleted by these keys.
  @Test func rowsUnderFormerKeysStay() throws {
    struct Raw: Schema {
      let cafes = Table<RawText, GCounter>("cafes")
      let tables = Table<Path<RawText, RawText>, GCounter>("tables")
    }
    struct Composed: Schema {
      let cafes = Table<String, GCounter>("cafes")
      let tables = Table<Path<String, String>, GCounter>("tables")
    }
    let (raw, schema) = (Raw(), Composed())
    var sender = try database(raw)
    var here = try database(schema, replica: ReplicaID(high: 0, low: 2))
    let sent = try sender.transact(wall: wall) { tx in
      try tx[raw.cafes, RawText(decomposed)].increment(by: 5)
      try tx[raw.tables, Path(RawText("a"), child: RawText(decomposed))].increment(by: 7)
    }
    _ = try here.receive([try #require(sent.version)], wall: wall)
    let key = try #require(try here.snapshot.rows(schema.cafes).first?.key)
    #expect(try here.snapshot[schema.cafes, key]?.value == 5)
    _ = try here.transact(wall: wall) { try $0[schema.cafes, key].increment() }
    let path = try #require(try here.snapshot.rows(schema.tables).first?.key)
    _ = try here.transact(wall: wall) { try $0[schema.tables, path].increment() }
    #expect(try here.snapshot[schema.cafes, key]?.value == 6)
    #expect(try here.snapshot[schema.tables, path]?.value == 8)
    #expect(try here.snapshot.count(schema.cafes) == 1)
    _ = try here.transact(wall: wall) { tx in
      try tx[schema.cafes, key].delete()
      try tx[schema.tables, path].delete()
    }
    _ = try here.transact(wall: wall) { try $0[schema.cafes, key].increment() }
    #expect(try here.snapshot.rows(schema.cafes).map { bytes($0.key) } == [bytes(composed)])
    #expect(try here.snapshot.count(schema.tables) == 0)
  }

  /// Names of tables are known by their bytes, and so have one form; those of invariants are composed.
  @Test func namesHaveOneForm() throws {
    struct Tables: Schema { let names = Table<Int, GCounter>(decomposed) }
    #expect(throws: SchemaError.invalidTableName(decomposed)) { try Catalog(Tables()) }

    struct Invariants: Schema {
      var name: String
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] { Unique(name, on: names) { $1 } }
    }
    let storage = MemoryStorage(checkpointInterval: 1)
    var here = try database(Invariants(name: decomposed))
    here.rest(on: try storage.snapshot().state)
    let version = try here.transact(scope: .localOnly, wall: wall) {
      try $0[Invariants(name: "").names, 1].set("ann")
    }.version
    try checkpoint(&here, after: version, in: storage)
    var other = try database(Invariants(name: composed))
    try other.recover(from: storage.snapshot())
    #expect(throws: InvariantViolation.self) {
      try other.transact(scope: .localOnly, wall: wall) {
        try $0[Invariants(name: "").names, 2].set("ann")
      }
    }
  }
}

/// Text of which normalization would take the square of its length.
@Suite struct CombiningMarkTests {
  private static let most = String.maximumMarks

  /// A letter with so many marks behind it, in an order that composing turns round.
  private func text(marks: Int) -> String {
    var text = "e"
    for number in 0..<marks { text.unicodeScalars.append(number % 2 == 0 ? "\u{301}" : "\u{323}") }
    return text
  }

  @Test func moreMarksThanAnyLanguageHasAreNotRead() throws {
    for marks in [0, 1, 2, Self.most - 1, Self.most] {
      let read = try String(binaryEncoded: text(marks: marks).binaryEncoded())
      #expect(read == text(marks: marks))
    }
    for marks in [Self.most + 1, 100_000] {
      let error = #expect(throws: BinaryDecodingError.self) {
        try String(binaryEncoded: text(marks: marks).binaryEncoded())
      }
      #expect("\(try #require(error))".contains("combining marks"))
    }
    // Many letters with some marks each are text like other text.
    let many = String(repeating: text(marks: 100), count: 100)
    #expect(try String(binaryEncoded: many.binaryEncoded()) == many)
  }

  /// Wherever such text stands in a value, the transaction says so, and nothing is written.
  @Test func aTransactionThatWritesThemIsRefusedByName() throws {
    let names = Names()
    let replica = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(names), replica: replica, founder: replica)
    let digest = try database.snapshot.digest
    let long = text(marks: Self.most + 1)
    let error = #expect(throws: TransactionError.self) {
      try database.transact(wall: HybridTime(milliseconds: 1)) { tx in
        try tx[names.registers, 1].set("plain")
        try tx[names.registers, 2].set(long)
      }
    }
    guard case .unreadable("registers", "2", let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("256 combining marks"))
    #expect(try database.snapshot.digest == digest)
    #expect(throws: (any Error).self) { try RequestID(long) }
  }
}
