import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// What an earlier program cannot keep it refuses, by name and before harm.
@Suite struct OlderProgramRefusalTests {
  /// ``Bank``, grown in one of several ways.
  struct Grown: Schema {
    enum Way { case nothing, check, total, restrict, other }
    let accounts = Table<String, EscrowCounter>("accounts")
    let owners = Table<String, LWWRegister<String>>("owners")
    let parts = Table<String, PNCounter>("parts")
    let totals = Table<String, PNCounter>("totals")
    let children = Table<String, GCounter>("children")
    var way: Way

    var invariants: [any Invariant] {
      Bounds(accounts, in: 0...)
      ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
      ForeignKey("a part's account exists", from: parts, to: accounts, onDelete: .cascade)
      if way == .check {
        Check("owners have names", on: owners) { _, name in !name.isEmpty }
      }
      if way == .total { SumOf("the parts' total", of: parts, in: totals) { _ in "all" } }
      if way == .restrict {
        ForeignKey("a child's part", from: children, to: parts, onDelete: .restrict)
      }
      if way == .other { Unique("owners differ", on: owners) { _, name in name } }
    }
  }

  /// A type that no description tells.
  struct Colour: Hashable, BinaryCodable {
    var name: String
    init(name: String) { self.name = name }
    func encode(to encoder: inout BinaryEncoder) { name.encode(to: &encoder) }
    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      name = try String(from: &decoder)
    }
  }

  struct Coloured: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let owners = Table<String, LWWRegister<String>>("owners")
    let colours = Table<String, LWWRegister<Colour>>("colours")
    var invariants: [any Invariant] {
      Bounds(accounts, in: 0...)
      ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    }
  }

  let bank = Bank()

  private func store(_ way: Grown.Way, in folder: TemporaryFolder) async throws -> String {
    let (grown, path) = (Grown(way: way), folder.path + "/lisbon")
    let replica = try await Replica.open(grown, at: path)
    try await replica.write(.localOnly) { tx in
      try tx[grown.accounts, "a"].increment(by: 5)
      try tx[grown.owners, "a"].set("Ann")
      if way != .other {
        try tx[grown.parts, "a"].increment(by: 2)
        try tx[grown.totals, "all"].increment(by: 2)
        try tx[grown.children, "a"].increment(by: 1)
      }
    }
    try await replica.close()
    return path
  }

  @Test func aNewCheckRefusesTheWritesOfWhoDoesNotHaveIt() async throws {
    let folder = try TemporaryFolder()
    let path = try await store(.check, in: folder)
    let older = try await Replica.open(bank, at: path)
    await #expect(throws: TransactionError.lacksInvariant("owners have names", table: "owners")) {
      try await older.write(.localOnly) { [bank] in try $0[bank.owners, "a"].set("") }
    }
    // All else goes on.
    #expect(try older.snapshot[bank.owners, "a"]?.value == "Ann")
    try await older.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    // Another's rows have not been asked, and those who cannot ask them do not take them in.
    let other = try Replica(bank, joining: older.founder)
    try await other.write { [bank] tx in
      try tx[bank.accounts, "b"].increment(by: 1)
      try tx[bank.owners, "b"].set("")
    }
    await #expect(
      throws: ReplicationError.uncheckedInvariant("owners have names", lackedBy: other.id)
    ) {
      try await older.sync(with: other)
    }
    await #expect(
      throws: ReplicationError.uncheckedInvariant("owners have names", lackedBy: other.id)
    ) {
      try await other.sync(with: older)
    }
    let bundle = folder.path + "/b"
    try await other.export(to: bundle)
    await #expect(
      throws: ReplicationError.uncheckedInvariant("owners have names", lackedBy: other.id)
    ) {
      try await older.import(from: bundle)
    }
    // One with the same schema may come, whatever its program.
    let grown = Grown(way: .check)
    let equal = try Replica(grown, joining: older.founder)
    try await equal.sync(with: older)
    #expect(try equal.snapshot[grown.parts, "a"]?.value == 2)
    try await older.close()
    let again = try await Replica.open(grown, at: path)
    #expect(try again.snapshot.digest == equal.snapshot.digest)
    try await again.close()
  }

  /// An earlier program, which does not know the invariant, deletes accounts, and their parts go with them.
  @Test(arguments: [Grown.Way.total, .restrict])
  func aInvariantThatNeedsRowsWhichOthersMayDeleteCannotBeAdded(way: Grown.Way) async throws {
    let folder = try TemporaryFolder()
    let path = try await store(way, in: folder)
    await #expect {
      try await Replica.open(bank, at: path)
    } throws: { "\($0)".contains("another schema") }
    let lisbon = try Replica(Grown(way: way))
    let porto = try Replica(bank, joining: lisbon.founder)
    await #expect(throws: ReplicationError.self) { try await porto.sync(with: lisbon) }
    try await Replica.open(bank, at: folder.path + "/porto").close()
    await #expect {
      try await Replica.open(Grown(way: way), at: folder.path + "/porto")
    } throws: { "\($0)".contains("needs rows that go with those of table accounts") }
  }

  @Test func aTableThatTheProgramDoesNotDeclareIsNotWrittenTo() async throws {
    let folder = try TemporaryFolder()
    let path = try await store(.nothing, in: folder)
    let older = try await Replica.open(bank, at: path)
    let parts = Table<String, PNCounter>("parts")
    await #expect(throws: SchemaError.unknownTable("parts", expected: nil)) {
      try await older.write(.localOnly) { try $0[parts, "a"].increment(by: 1) }
    }
    #expect(try older.snapshot.text(ofTable: "parts").map(\.value) == ["2"])
    try await older.write { [bank] in try $0[bank.accounts, "a"].delete() }
    #expect(try older.snapshot.text(ofTable: "parts").isEmpty)
    try await older.close()
  }

  @Test func aTypeThatIsNotKnownIsNamed() async throws {
    let folder = try TemporaryFolder()
    let (coloured, path) = (Coloured(), folder.path + "/lisbon")
    let lisbon = try await Replica.open(coloured, at: path)
    try await lisbon.write { try $0[coloured.colours, "a"].set(Colour(name: "red")) }
    let porto = try await Replica.open(bank, at: folder.path + "/porto", joining: lisbon.founder)
    await #expect(
      throws: SchemaError.unknownType(table: "colours", type: "LWWRegister<Colour> by String")
    ) { try await porto.sync(with: lisbon) }
    #expect(porto.snapshot.vector == VersionVector())
    try await porto.close()
    try await lisbon.close()
    await #expect {
      try await Replica.open(bank, at: path)
    } throws: { "\($0)".contains("colours holds LWWRegister<Colour> by String") }
    // A store is not made one that its program cannot open.
    let stores = try [path, folder.path + "/porto"].map { try LogStore.open(at: $0) }
    await #expect(throws: SchemaError.self) {
      try await sync(StorePeer(stores[0]), with: StorePeer(stores[1]))
    }
    for store in stores { try store.close() }
    try await Replica.open(bank, at: folder.path + "/porto").close()
    try await Replica.open(coloured, at: path).close()
  }

  @Test func schemasOfWhichNeitherGrewFromTheOtherDoNotSync() async throws {
    let folder = try TemporaryFolder()
    let path = try await store(.other, in: folder)
    await #expect {
      try await Replica.open(bank, at: path)
    } throws: { "\($0)".contains("another schema") }
    let (lisbon, grown) = (try Replica(NewerBank()), Grown(way: .nothing))
    let porto = try Replica(grown, joining: lisbon.founder)
    await #expect(
      throws: ReplicationError.otherSchema(
        ours: try Catalog(NewerBank()).description.fingerprint,
        theirs: try Catalog(grown).description.fingerprint)
    ) { try await lisbon.sync(with: porto) }
    // An earlier program follows whom it meets first.
    let faro = try Replica(bank, joining: lisbon.founder)
    try await faro.sync(with: lisbon)
    await #expect(throws: ReplicationError.self) { try await faro.sync(with: porto) }
  }

  @Test func aSchemaThatCannotBeRecordedChangesNothing() async throws {
    let storage = FailingStorage()
    let lisbon = try Replica(NewerBank())
    let porto = try Replica(bank, joining: lisbon.founder, storage: storage)
    try await lisbon.write { try $0[NewerBank().points, "a"].increment(by: 1) }
    storage.isFull(true)
    await #expect(throws: StorageError.diskFull(path: "here")) {
      try await porto.sync(with: lisbon)
    }
    #expect(porto.snapshot.vector == VersionVector())
    #expect(try await porto.greeting().schema == Catalog(bank).description)
    storage.isFull(false)
    try await porto.sync(with: lisbon)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
  }
}
