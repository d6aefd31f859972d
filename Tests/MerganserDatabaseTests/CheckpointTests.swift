import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Rows that are stored behind the writers' backs are the same rows.
@Suite struct CheckpointTests {
  /// A random history over several tables, run twice, gives the same rows.
  ///
  /// Once in memory alone, all versions exchanged; and once with checkpoints, each step of which may be the
  /// last before a crash, and a log so short that states are handed over. Of the rows that are read back
  /// some are kept, or many, or none.
  @Test(
    .exercises([
      "a checkpoint that truncates nothing": 42,
      "a commit": 2268,
      "a crash during a checkpoint": 176,
      "a reception that applied versions": 121,
      "a row in several incarnations": 12,
      "a truncation": 226,
      "an adoption": 75,
      "violates a bill has a guest": 214,
      "violates a name is one guest's": 226,
      "violates a room is let once": 21,
      "violates a stay has a guest": 201,
    ]), arguments: 0..<6, [0, 10_000, 100_000])
  func aDatabaseThatIsStoredAndReadBackIsTheSame(seed: UInt64, cacheLimit: Int) throws {
    var history = try History(seed: seed, cacheLimit: cacheLimit)
    for _ in 0..<600 { try history.go() }
    try history.compare()
    #expect(history.adoptions > 3)
    for pair in history.pairs { try Exercised.countIncarnations(in: pair.plain.snapshot) }
    #expect(try history.earlier.allSatisfy { try $0.snapshot.digest == $0.digest })
    for pair in history.pairs {
      guard let use = pair.stored.cache?.use else {
        #expect(cacheLimit == 0)
        continue
      }
      #expect(use.bytes <= cacheLimit)
      #expect(use.hits > 200, "\(use)")
    }
  }

  /// A state whose bytes were changed on the way is refused, or is another state; it is never a trap.
  @Test(
    .exercises([
      "another state": 5, "countExceedsInput": 30, "invalidValue": 9, "malformedInteger": 1,
      "malformedState": 80, "trailingBytes": 1, "truncated": 9,
    ])
  )
  func aDamagedStateIsRefusedOrAnother() throws {
    var history = try History(seed: 77)
    try Exercised.uncounted { for _ in 0..<150 { try history.go() } }
    var generator = SplitMix(seed: 5)
    for _ in 0..<300 {
      var database = history.pairs[0].stored
      var transfer = StateTransfer(history.pairs[1].stored.snapshot)
      var parts: [[UInt8]] = []
      while let part = try transfer.next(limit: 100) { parts.append(part.binaryEncoded()) }
      let place = Int.random(in: parts.indices, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: parts[place].removeLast(Int.random(in: 1...parts[place].count, using: &generator))
      case 1: parts.remove(at: place)
      case 2: parts.swapAt(place, Int.random(in: parts.indices, using: &generator))
      default:
        let byte = Int.random(in: parts[place].indices, using: &generator)
        parts[place][byte] = UInt8.random(in: .min ... .max, using: &generator)
      }
      do {
        try database.beginAdoption(of: transfer.header, wall: HybridTime(bits: .max))
        for bytes in parts { try database.adopt(StatePart(binaryEncoded: bytes)) }
        _ = try database.completeAdoption()
        #if DEBUG
          try database.checkInvariants()
        #endif
        Exercised.count("another state")
      } catch {
        #expect(error is ReplicationError || error is BinaryDecodingError, "\(error)")
        Exercised.count(refusal: error)
      }
    }
  }

  /// The stored state is no larger than the rows: nothing is left of what was deleted.
  @Test func nothingStaysOfWhatWasDeleted() throws {
    let storage = MemoryStorage(checkpointInterval: 1)
    let (schema, wall) = (Hotel(), HybridTime(milliseconds: 1))
    let id = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    database.rest(on: try storage.snapshot().state)
    for round in 0..<2 {
      for guest in 0..<50 {
        let version = try database.transact(scope: .localOnly, wall: wall) { tx in
          if round == 0 {
            try tx[schema.guests, guest].set("guest \(guest)")
            try tx[schema.stays, Path(guest, child: "first")].set(Hotel.stay(room: guest, at: 1))
          } else {
            try tx[schema.guests, guest].delete()
          }
        }.version
        try storage.append([version].compactMap { $0 })
      }
      try store(&database, in: storage)
    }
    #expect(try database.snapshot.count(schema.guests) == 0)
    for space in Keyspace.allCases where space != .counts {
      let left = try storage.snapshot().state.entries(from: [], in: space)
      #expect(try left.next() == nil, "\(space)")
    }
  }

  @Test func aRangeOfRowsIsReadAcrossAllLayers() throws {
    let storage = MemoryStorage(checkpointInterval: 1)
    let (schema, wall) = (Hotel(), HybridTime(milliseconds: 1))
    let id = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    database.rest(on: try storage.snapshot().state)
    func write(_ guests: some Sequence<Int>, name: String?) throws {
      _ = try database.transact(scope: .localOnly, wall: wall) { tx in
        for guest in guests {
          if let name {
            try tx[schema.guests, guest].set("\(name) \(guest)")
          } else {
            try tx[schema.guests, guest].delete()
          }
        }
      }
    }
    try write(stride(from: 0, to: 100, by: 2), name: "stored")
    try store(&database, in: storage)
    try write(stride(from: 0, to: 100, by: 3), name: "frozen")
    database.beginCheckpoint()
    try write([10, 11], name: "recent")
    try write([12, 14], name: nil)
    let rows = try database.snapshot.rows(schema.guests, in: 8..<17)
    #expect(rows.map(\.key) == [8, 9, 10, 11, 15, 16])
    #expect(
      rows.compactMap { $0.value.value?.prefix(6) }
        == ["stored", "frozen", "recent", "recent", "frozen", "stored"])
    #expect(try database.snapshot.count(schema.guests) == 67 + 1 - 2)
    try store(&database, in: storage)
    #expect(try database.snapshot.rows(schema.guests, in: 8..<17).map(\.key) == rows.map(\.key))
    #expect(try database.snapshot.count(schema.guests) == 66)
  }
}

/// Stores all that memory holds.
private func store(_ database: inout Database, in storage: MemoryStorage) throws {
  repeat {
    if !database.isCheckpointing { database.beginCheckpoint() }
    while let step = try database.nextCheckpointStep(limit: 100) {
      storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
  } while database.bytesSinceCheckpoint > 0
}

/// Guests, their stays in rooms, their bills.
private struct Hotel: Schema {
  let guests = Table<Int, LWWRegister<String>>("guests")
  let stays = Table<Path<Int, String>, LWWRegister<String>>("stays")
  let bills = Table<Int, EscrowCounter>("bills")

  var invariants: [any Invariant] {
    Bounds(bills, in: 0...)
    Unique("a name is one guest's", on: guests) { _, name in name }
    ForeignKey("a stay has a guest", from: stays, to: guests, onDelete: .cascade)
    ForeignKey("a bill has a guest", from: bills, to: guests, onDelete: .cascade)
    NoOverlap("a room is let once", on: stays) { _, stay in
      let parts = stay.split(separator: " ").compactMap { Int64($0) }
      return (resource: Int(parts[0]), from: parts[1], to: parts[1] + 3)
    }
  }

  static func stay(room: Int, at start: Int) -> String { "\(room) \(start)" }
}

/// A history that two replicas write, each kept twice.
private struct History {
  struct Pair {
    /// The replica in memory alone, and all versions that it has taken in.
    var plain: Database
    let all: MemoryStorage
    /// The replica that stores its rows and truncates its log.
    var stored: Database
    let storage: MemoryStorage
  }

  let schema = Hotel()
  fileprivate(set) var pairs: [Pair]
  var generator: SplitMix
  /// Chance of its own, for what does not change the history.
  var looking: SplitMix
  var wall = HybridTime(milliseconds: 1)
  /// How often a state was handed over.
  var adoptions = 0
  /// Snapshots that were taken on the way, and what they have to go on showing.
  var earlier: [(snapshot: Snapshot, digest: UInt64)] = []

  init(seed: UInt64, cacheLimit: Int = 0) throws {
    generator = SplitMix(seed: seed)
    looking = SplitMix(seed: ~seed)
    let catalog = try Catalog(schema)
    pairs = []
    for number in 1...2 {
      let id = ReplicaID(high: 0, low: UInt64(number))
      let database = Database(
        catalog: catalog, replica: id, founder: ReplicaID(high: 0, low: 1))
      let storage = MemoryStorage(checkpointInterval: 1, retainedVersions: 1)
      var stored = database
      stored.cache = RowCache(limit: cacheLimit)
      stored.rest(on: try storage.snapshot().state)
      pairs.append(
        Pair(plain: database, all: MemoryStorage(), stored: stored, storage: storage))
    }
  }

  mutating func go() throws {
    let place = Int.random(in: 0..<2, using: &generator)
    try look(place)
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<13: try write(place)
    case 13..<14: try send(to: place)
    case 14..<18: try checkpoint(place)
    default: try crash(place)
    }
  }

  /// Keeps a snapshot, and looks at one that was kept.
  private mutating func look(_ place: Int) throws {
    if Int.random(in: 0..<8, using: &looking) == 0 {
      earlier.append((pairs[place].stored.snapshot, try pairs[place].plain.snapshot.digest))
    }
    if let one = earlier.randomElement(using: &looking) {
      #expect(try one.snapshot.digest == one.digest)
    }
    if earlier.count > 20 {
      earlier.remove(at: Int.random(in: earlier.indices, using: &looking))
    }
  }

  private mutating func write(_ place: Int) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    let guest = Int.random(in: 0..<6, using: &generator)
    let other = Int.random(in: 0..<12, using: &generator)
    let kind = Int.random(in: 0..<6, using: &generator)
    let schema = schema
    func body(_ tx: borrowing Transaction) throws {
      switch kind {
      case 0: try tx[schema.guests, guest].delete()
      case 1, 2: try tx[schema.guests, guest].set("name \(other)")
      case 3:
        try tx[schema.stays, Path(guest, child: "\(other % 2)")].set(
          Hotel.stay(room: other % 3, at: other))
      case 4: try tx[schema.bills, guest].increment(by: Int64(other))
      default: try tx[schema.stays, Path(guest, child: "\(other % 2)")].delete()
      }
    }
    let plain = Result {
      try pairs[place].plain.transact(scope: .localOnly, wall: wall, body: body)
    }
    let stored = Result {
      try pairs[place].stored.transact(scope: .localOnly, wall: wall, body: body)
    }
    switch (plain, stored) {
    case (.success(let one), .success(let other)):
      #expect(one.version == other.version)
      Exercised.count("a commit")
      for storage in [pairs[place].storage, pairs[place].all] {
        try storage.append([other.version].compactMap { $0 })
      }
    case (.failure(let one), .failure(let other)):
      #expect("\(one)" == "\(other)")
      Exercised.count(refusal: one)
    default: Issue.record("\(plain) but \(stored)")
    }
  }

  private mutating func send(to place: Int) throws {
    let late = HybridTime(bits: .max)
    let vector = pairs[place].plain.snapshot.vector
    let versions = try Self.versions(of: pairs[1 - place].all, beyond: vector)
    try pairs[place].all.append(pairs[place].plain.receive(versions, wall: late).applied)
    do {
      let versions = try Self.versions(of: pairs[1 - place].storage, beyond: vector)
      let applied = try pairs[place].stored.receive(versions, wall: late).applied
      try pairs[place].storage.append(applied)
      if !applied.isEmpty { Exercised.count("a reception that applied versions") }
    } catch StorageError.truncated {
      try adopt(place)
    }
    try compare(place)
  }

  /// Takes the other replica's state in.
  private mutating func adopt(_ place: Int) throws {
    adoptions += 1
    Exercised.count("an adoption")
    // A checkpoint that is under way is forgotten; what it has stored is stored.
    try recover(place)
    var database = pairs[place].stored
    var transfer = StateTransfer(pairs[1 - place].stored.snapshot)
    try database.beginAdoption(of: transfer.header, wall: HybridTime(bits: .max))
    while let part = try transfer.next(limit: 40) {
      try database.adopt(StatePart(binaryEncoded: part.binaryEncoded()))
    }
    let ahead = try database.completeAdoption()
    try store(&database, in: pairs[place].storage)
    try pairs[place].storage.advance(to: ahead)
    pairs[place].stored = database
  }

  private static func versions(
    of storage: MemoryStorage, beyond vector: VersionVector
  ) throws(StorageError) -> [StoredVersion] {
    var merge = try CausalMerge(try storage.snapshot(), beyond: vector)
    var vector = vector
    var versions: [StoredVersion] = []
    while let version = try merge.next(after: vector)?.stored {
      versions.append(version)
      vector[version.origin] = version.sequences.upperBound
    }
    return versions
  }

  private mutating func checkpoint(_ place: Int) throws {
    pairs[place].stored.beginCheckpoint()
    for _ in 0..<Int.random(in: 1..<4, using: &generator) {
      guard let step = try pairs[place].stored.nextCheckpointStep(limit: 60) else { return }
      pairs[place].storage.store(step)
      // A writer need not look at once at what was stored.
      if step.completes != nil || Bool.random(using: &generator) {
        pairs[place].stored.rest(on: try pairs[place].storage.snapshot().state)
      }
      if step.completes != nil {
        let before = try pairs[place].storage.snapshot().truncatedTo
        _ = try pairs[place].storage.truncate()
        let isShorter = try pairs[place].storage.snapshot().truncatedTo != before
        Exercised.count(isShorter ? "a truncation" : "a checkpoint that truncates nothing")
      }
    }
    try compare(place)
  }

  private mutating func crash(_ place: Int) throws {
    if pairs[place].stored.isCheckpointing { Exercised.count("a crash during a checkpoint") }
    try recover(place)
    try compare(place)
  }

  private mutating func recover(_ place: Int) throws {
    let old = pairs[place].stored
    pairs[place].stored = Database(
      catalog: old.catalog, replica: old.replica, founder: old.founder)
    // What was kept of the one is of no use for the other.
    pairs[place].stored.cache = old.cache
    try pairs[place].stored.recover(from: try pairs[place].storage.snapshot())
  }

  func compare() throws {
    for place in pairs.indices { try compare(place) }
  }

  private func compare(_ place: Int) throws {
    #if DEBUG
      try pairs[place].plain.checkInvariants()
      try pairs[place].stored.checkInvariants()
    #endif
    let (plain, stored) = (pairs[place].plain.snapshot, pairs[place].stored.snapshot)
    #expect(try plain.digest == stored.digest)
    #expect(try plain.count(schema.guests) == stored.count(schema.guests))
    #expect(try plain.count(schema.stays) == stored.count(schema.stays))
    #expect(try plain.violations() == stored.violations())
    #expect(pairs[place].plain.heads == pairs[place].stored.heads)
  }
}
