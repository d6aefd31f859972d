import Merganser
import MerganserDatabase
import MerganserSync
import Testing

/// A schema with a table for each thing that a receiver asks.
struct House: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let votes = Table<String, PNCounter>("votes")
  let notes = Table<String, LWWRegister<String>>("notes")
  let tags = Table<String, ORSet<String>>("tags")
  let names = Table<Int, LWWRegister<String>>("names")
  let seals = Table<String, LWWRegister<Seal>>("seals")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...1000)
    Check("a note is short", on: notes) { _, note in note.utf8.count < 10 }
    Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
  }
}

/// The same tables without invariants: what a program writes that keeps none.
struct LawlessHouse: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let votes = Table<String, PNCounter>("votes")
  let notes = Table<String, LWWRegister<String>>("notes")
  let tags = Table<String, ORSet<String>>("tags")
  let names = Table<Int, LWWRegister<String>>("names")
  let seals = Table<String, LWWRegister<AnySeal>>("seals")
  let cellar = Table<String, GSet<Int>>("cellar")

  var invariants: [any Invariant] {}
}

/// A type of a program's own.
enum Seal: UInt8, Hashable, BinaryCodable {
  case open, shut

  func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: rawValue) }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard let seal = Seal(rawValue: try decoder.decodeByte()) else {
      throw .invalidValue(offset: start, expected: "a seal")
    }
    self = seal
  }
}

/// What another program takes for a seal.
struct AnySeal: Hashable, BinaryCodable {
  var byte: UInt8

  func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: byte) }

  init(_ byte: UInt8) { self.byte = byte }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    byte = try decoder.decodeByte()
  }
}

/// What is wrong with a version.
enum Malice: String, CaseIterable, CustomTestStringConvertible {
  case undecodableDelta, longKey, longKeyOfSeal, noKey, countsForAnother, givesForAnother, lateStamp
  case ownLaterWrite, foreignHeir, unknownTable, brokenFrame
  case brokenCheck, undecodableSeal
  case lacksRights, ownedElsewhere
  case namesWhatIsNotHere, comesTooEarly, atTheEnd

  var testDescription: String { rawValue }

  /// Whether it takes a program to find it: an invariant says what is wrong, or a type that only the program knows.
  var takesAProgram: Bool {
    switch self {
    case .brokenCheck, .undecodableSeal, .lacksRights, .ownedElsewhere: true
    default: false
    }
  }

  /// Whether it waits for what may come; otherwise it is refused for good.
  var waits: Bool {
    switch self {
    case .lacksRights, .ownedElsewhere: true
    default: onlyComesTooEarly
    }
  }

  /// Whether it waits without a word.
  var onlyComesTooEarly: Bool {
    switch self {
    case .namesWhatIsNotHere, .comesTooEarly, .atTheEnd: true
    default: false
    }
  }

  /// Whether a log can have it: nothing is missing before it, and its frame can be read.
  var canBeInALog: Bool {
    switch self {
    case .brokenFrame, .comesTooEarly, .atTheEnd: false
    default: true
    }
  }

  /// Whether an error is the one by which it is refused.
  func isNamed(by error: ReplicationError, of origin: ReplicaID) -> Bool {
    switch (self, error) {
    case (.brokenCheck, .breaksInvariant(origin, _, "a note is short", _)),
      (.undecodableSeal, .unreadable(origin, _, _)),
      (.lacksRights, .lacksRights(origin, _, "accounts", "a", 40)),
      (.ownedElsewhere, .ownedElsewhere(origin, _, "jim", _)),
      (.unknownTable, .unknownTable(origin, _, "cellar")):
      true
    case (.brokenCheck, _), (.undecodableSeal, _), (.lacksRights, _), (.ownedElsewhere, _),
      (.unknownTable, _):
      false
    case (_, .malformed(origin, _, _)): true
    default: false
    }
  }
}

/// A database with a founder, an honest member, and one that writes what no program would; what they wrote, as it is
/// handed over.
struct HostileHouse {
  static let wall = HybridTime(milliseconds: 1000)
  static let founder = ReplicaID(high: 0, low: 1)
  static let hostile = ReplicaID(high: 0, low: 2)
  static let victim = ReplicaID(high: 0, low: 3)
  static let honest = ReplicaID(high: 0, low: 4)
  static let relay = ReplicaID(high: 0, low: 5)
  let catalog: Catalog
  /// What everybody takes in.
  let good: [StoredVersion]
  /// The version in question.
  let bad: StoredVersion
  /// What rests on it: the hostile member's next version, and one of a member that took it in.
  let resting: [StoredVersion]
  /// Good versions that come after it.
  let later: [StoredVersion]
  /// The bytes of the database that holds the good versions.
  let digest: UInt64

  init(_ malice: Malice) throws {
    let (house, wall) = (House(), Self.wall)
    let (founder, hostile, victim) = (Self.founder, Self.hostile, Self.victim)
    let (honest, relay) = (Self.honest, Self.relay)
    let catalog = try Catalog(house)
    self.catalog = catalog
    let lawless = try Catalog(LawlessHouse())
    var first = Database(catalog: catalog, replica: founder, founder: founder)
    var second = Database(catalog: catalog, replica: honest, founder: founder)
    var third = Database(catalog: lawless, replica: hostile, founder: founder)
    var fourth = Database(catalog: lawless, replica: relay, founder: founder)
    func write(
      _ database: inout Database, body: (borrowing Transaction) throws -> Void
    ) throws -> StoredVersion {
      let version = try database.transact(scope: .localOnly, wall: wall, body: body).version
      guard let version else { throw MaliceError.nothingWritten }
      return version
    }
    let base = try write(&first) { tx in
      try tx[house.votes, "a"].increment(by: 3)
      try tx[house.accounts, "a"].increment(by: 100)
      try tx[house.tags, "t"].insert("x")
      try tx[house.seals, "s"].set(.shut)
    }
    let tag = try write(&second) { try $0[house.tags, "t"].insert("y") }
    _ = try third.receive([base, tag], wall: wall)
    let fair = try Self.forged(
      write(&third) { try $0[house.tags, "u"].insert("fair") }, by: hostile)
    let unseen = try write(&second) { try $0[house.tags, "t"].insert("z") }
    let honestLater = try write(&second) { try $0[house.votes, "b"].increment(by: 2) }

    // What the hostile member writes next, as its program would.
    var hostileHand = third
    _ = try hostileHand.receive([unseen], wall: wall)
    let number = fair.head.sequence + 1
    // In another's name.
    var founderHand = first
    func written(_ hand: inout Database, at time: HybridTime = Self.wall) throws -> StoredVersion {
      let lawless = LawlessHouse()
      let version = try hand.transact(scope: .localOnly, wall: time) { tx in
        switch malice {
        case .countsForAnother: try tx[house.votes, "a"].increment(by: 1_000_000)
        case .givesForAnother:
          try tx[house.accounts, "a"].transfer(50, of: .decrement, to: hostile)
        case .lateStamp: try tx[house.notes, "n"].set("late")
        case .brokenCheck: try tx[house.notes, "n"].set("far too long a note")
        case .lacksRights: try tx[house.accounts, "a"].decrement(by: 40)
        case .ownedElsewhere: try tx[house.names, 1].set("jim")
        case .noKey: try tx[house.names, 2].set("joe")
        case .unknownTable: try tx[lawless.cellar, "c"].insert(1)
        case .undecodableSeal, .longKeyOfSeal: try tx[lawless.seals, "s"].set(AnySeal(77))
        case .namesWhatIsNotHere: try tx[house.tags, "t"].remove("z")
        case .foreignHeir:
          let cut = Cut(last: base.head, heir: honest, decided: number)
          try tx[cutTable, founder].insert(cut)
        default: try tx[house.tags, "t"].insert("bad")
        }
      }.version
      guard let version else { throw MaliceError.nothingWritten }
      return version
    }
    if malice == .ownLaterWrite { _ = try written(&hostileHand) }
    let raw: StoredVersion
    switch malice {
    case .countsForAnother, .givesForAnother: raw = try written(&founderHand)
    case .lateStamp: raw = try written(&hostileHand, at: HybridTime(milliseconds: 1 << 46))
    default: raw = try written(&hostileHand)
    }
    var writes = Array(try raw.decoded().writes)
    switch malice {
    case .undecodableDelta: writes[0].delta = [0xFF, 0xFF, 0xFF, 7]
    case .longKey, .longKeyOfSeal: writes[0].key = ArraySlice([UInt8](repeating: 65, count: 5000))
    case .noKey: writes[0].key = [1, 2, 3]
    default: break
    }
    var links: [Dependency] = []
    if malice == .comesTooEarly { links = [Dependency(origin: honest, sequence: 99, hash: 1)] }
    let count = malice == .ownLaterWrite ? 1 : raw.sequences.count
    var spoiled = try Self.forged(
      raw, by: hostile, sequences: number...(number + UInt64(count) - 1),
      time: malice == .lateStamp ? wall : nil, links: links, previousHash: fair.hash,
      writes: writes)
    switch malice {
    case .brokenFrame:
      spoiled = try StoredVersion(origin: hostile, payload: Array(spoiled.payload.dropLast(3)))
    case .atTheEnd:
      let end = Dot.maximumSequence
      spoiled = try Self.forged(
        raw, by: hostile, sequences: end...end, links: [], previousHash: 7, writes: writes)
    default: break
    }
    bad = spoiled

    // Its next version counts on from there.
    var text = "filling"
    while third.snapshot.vector[hostile] < spoiled.head.sequence, malice != .atTheEnd {
      text += "g"
      _ = try write(&third) { [text] in try $0[house.tags, "t"].insert(text) }
    }
    let next = try Self.forged(
      write(&third) { try $0[house.tags, "w"].insert("next") }, by: hostile, links: [],
      previousHash: spoiled.hash)
    let own = try write(&fourth) { try $0[house.tags, "v"].insert("rests") }
    let rests = try Self.forged(
      own, by: relay,
      links: [Dependency(origin: hostile, sequence: spoiled.head.sequence, hash: spoiled.hash)])
    good = [base, tag, fair]
    resting = malice == .atTheEnd ? [] : [next, rests]
    // What it names comes with nobody here, where that is what is wrong with it.
    later = malice == .namesWhatIsNotHere ? [] : [unseen, honestLater]
    var reference = Database(catalog: catalog, replica: victim, founder: founder)
    _ = try reference.receive(good + later, wall: wall)
    digest = try reference.snapshot.digest
  }

  /// A version with some of its parts exchanged, as if under the schema of the house.
  private static func forged(
    _ version: StoredVersion, by origin: ReplicaID, sequences: ClosedRange<UInt64>? = nil,
    time: HybridTime? = nil, links: [Dependency]? = nil, previousHash: UInt64? = nil,
    writes: [RowDelta]? = nil
  ) throws -> StoredVersion {
    let read = try version.decoded()
    return StoredVersion(
      origin: origin, sequences: sequences ?? read.sequences, time: time ?? read.time,
      terms: VersionTerms(schema: try Catalog(House()).fingerprint),
      dependencies: links ?? read.links, previousHash: previousHash ?? version.previousHash,
      replicas: read.replicas, writes: writes ?? Array(read.writes))
  }

  /// All of it, in the order in which it was written.
  var all: [StoredVersion] { good + [bad] + resting + later }

  /// The last version of each origin.
  var heads: [ReplicaID: Head] {
    Dictionary(all.map { ($0.origin, $0.head) }) { $0.sequence < $1.sequence ? $1 : $0 }
  }

  /// What the hostile member says of itself.
  var greeting: Greeting {
    Greeting(
      replica: Self.hostile, founder: Self.founder, schema: catalog.description,
      heads: heads.filter { $0.key != Self.victim })
  }
}

private enum MaliceError: Error { case nothingWritten }

/// The hostile member: it hands over what it has, whoever asks for what.
struct HostilePeer: Peer {
  var said: Greeting
  var handed: [StoredVersion] = []
  var header: StateHeader?

  func greeting() async throws -> Greeting { said }

  func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
    HistoryComparison()
  }

  func versions(
    beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    AsyncThrowingStream { stream in
      for version in handed { stream.yield([version]) }
      stream.finish()
    }
  }

  func apply(_ versions: [StoredVersion]) async throws -> Database.Reception {
    Database.Reception()
  }

  func state() async throws -> StateStream {
    guard let header else { throw ReplicationError.unexpectedMessage("a state") }
    return StateStream(header: header, parts: AsyncThrowingStream { nil })
  }

  func adopt(_ state: StateStream) async throws {}

  func grow(to schema: SchemaDescription) async throws {}
}
