import Merganser
import MerganserDatabase
import MerganserLog

/// A bank of the tests, with a table whose type no tool knows, and one that refers to it.
struct TestBank: Schema {
  let accounts = Table<UInt64, EscrowCounter>("accounts")
  let holders = Table<UInt64, LWWRegister<String>>("holders")
  let tags = Table<UInt64, ORSet<String>>("tags")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0..., name: "no balance below zero")
    ForeignKey("a holder has an account", from: holders, to: accounts, onDelete: .cascade)
  }
}

/// A type of a program's own.
enum Colour: UInt8, Hashable, BinaryCodable {
  case red, green

  func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: rawValue) }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard let colour = Colour(rawValue: try decoder.decodeByte()) else {
      throw .invalidValue(offset: start, expected: "a colour")
    }
    self = colour
  }
}

/// A schema with tables that a tool cannot read: one of a type that it does not know, and one whose
/// rows live and die with that one's.
struct PaintShop: Schema {
  let pots = Table<String, LWWRegister<Colour>>("pots")
  let labels = Table<String, LWWRegister<String>>("labels")
  let shelves = Table<String, GSet<Int>>("shelves")

  var invariants: [any Invariant] {
    ForeignKey("a label has a pot", from: labels, to: pots, onDelete: .cascade)
  }
}

/// A schema whose types a tool knows, with an invariant that compares rows by code.
struct GuestRegister: Schema {
  let guests = Table<UInt64, LWWRegister<String>>("guests")

  var invariants: [any Invariant] {
    Unique("no name twice", on: guests, by: .owner({ (_: String) in TestStore.lisbon })) { $1 }
  }
}

/// Writes stores with given identities at given times, so that what tools print is always the same.
struct TestStore {
  static let lisbon = ReplicaID(high: 0xA1B2_C3D4_0000_0001, low: 1)
  static let porto = ReplicaID(high: 0xB0B0_B0B0_0000_0002, low: 2)

  private let store: LogStore
  private var database: Database
  private var milliseconds: UInt64

  /// Makes a store in a folder; its description of the schema is another one where `recorded` is given.
  init(
    _ schema: some Schema, at path: String, replica: ReplicaID = lisbon,
    founder: ReplicaID = lisbon, recorded: SchemaDescription? = nil,
    options: ReplicaOptions = ReplicaOptions(), startingAt start: UInt64 = 1_767_225_600_000
  ) throws {
    milliseconds = start
    let catalog = try Catalog(schema)
    store = try LogStore.create(
      at: path,
      identity: StoreIdentity(
        replica: replica, founder: founder, schema: recorded ?? catalog.description),
      options: options)
    database = Database(catalog: catalog, replica: replica, founder: founder)
    try database.recover(from: store.snapshot())
  }

  private mutating func wall() -> HybridTime {
    milliseconds += 1000
    return HybridTime(milliseconds: milliseconds)
  }

  mutating func write(_ body: (borrowing Transaction) throws -> Void) throws {
    let (_, version) = try database.transact(wall: wall(), body: body)
    try store.append([version].compactMap { $0 })
  }

  mutating func write(
    request: RequestID, body: (borrowing Transaction) throws -> Void
  ) throws {
    let (_, version) = try database.transact(
      request: request, recordsRefusal: true, wall: wall(), body: body)
    try store.append([version].compactMap { $0 })
  }

  /// Stores the rows, or only a step of that.
  mutating func checkpoint(steps: Int = .max) throws {
    database.beginCheckpoint()
    var count = 0
    while count < steps,
      let step = try database.nextCheckpointStep(limit: steps == .max ? 1 << 18 : 1)
    {
      try store.store(step)
      try database.rest(on: store.snapshot().state)
      count += 1
    }
  }

  /// Takes all out of the log that is in the stored rows.
  func truncate() throws { while try store.truncate() {} }

  /// Notes that as many dependencies could not be verified.
  func note(unverified: Int) throws {
    var reception = Database.Reception()
    reception.unverified = unverified
    let step = try CheckpointStep(keeping: reception) { () throws(StorageError) in
      try store.stateForWriter()
    }
    if let step { try store.store(step) }
  }

  func close() throws { try store.close() }

  /// Options under which nothing that is in the stored rows stays in the log.
  static var keepingNothing: ReplicaOptions {
    var options = ReplicaOptions()
    options.retention = Retention(history: 0, backlog: 0)
    return options
  }

  /// A bank's store whose log has been truncated: of 50 accounts with a version each, the rows are stored.
  static func truncatedBank(at path: String) throws {
    var store = try TestStore(TestBank(), at: path, options: keepingNothing)
    let bank = TestBank()
    for account in 1...50 as ClosedRange<UInt64> {
      try store.write { tx in
        try tx[bank.accounts, account].increment(by: Int64(account) * 100)
        try tx[bank.holders, account].set("holder \(account)")
      }
    }
    try store.checkpoint()
    try store.truncate()
    try store.write { tx in try tx[bank.accounts, 7].decrement(by: 50) }
    try store.write { tx in
      try tx[bank.tags, 7].insert("vip")
      try tx[bank.holders, 8].set("nobody")
    }
    try store.close()
  }

  /// A bank's store in which two replicas have committed request 5, and one request 6.
  static func doubles(at path: String) throws {
    let accounts = TestBank().accounts
    try doubles(in: TestBank(), at: path) { tx in try tx[accounts, 1].increment(by: 1) }
  }

  /// A store under a schema in which two replicas have committed a request with what `body` writes, and one
  /// request 6.
  static func doubles(
    of request: RequestID = 5, in schema: some Schema, at path: String,
    body: (borrowing Transaction) throws -> Void
  ) throws {
    var store = try TestStore(schema, at: path)
    try store.write(request: request, body: body)
    var other = Database(catalog: store.database.catalog, replica: porto, founder: lisbon)
    let (_, version) = try other.transact(
      request: request, recordsRefusal: true, wall: store.wall(), body: body)
    let reception = try store.database.receive([version].compactMap { $0 }, wall: store.wall())
    try store.store.append(reception.applied)
    try store.write(request: 6, body: body)
    try store.close()
  }

  /// A small bank's store, closed.
  static func bank(at path: String) throws {
    var store = try TestStore(TestBank(), at: path)
    let bank = TestBank()
    try store.write { tx in
      for (account, cents) in [(UInt64(10), Int64(50_000)), (2, 12_345)] {
        try tx[bank.accounts, account].increment(by: cents)
      }
      try tx[bank.holders, 2].set("Ana\u{1B}[31m Sousa")
    }
    try store.write(request: 77) { tx in try tx[bank.accounts, 2].decrement(by: 345) }
    try store.write(request: 78) { tx in try tx[bank.accounts, 2].decrement(by: 99_999) }
    try store.write { tx in
      try tx[bank.accounts, 2].transfer(5_000, of: .decrement, to: porto)
      try tx[bank.tags, 2].insert("vip")
      try tx[bank.tags, 2].insert("new")
    }
    try store.write { tx in
      try tx[bank.tags, 2].remove("new")
      try tx[bank.accounts, 10].delete()
    }
    try store.close()
  }
}
