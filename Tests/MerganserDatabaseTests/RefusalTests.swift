import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization
import TestSupport
import Testing

/// A transaction that does not commit has changed nothing.
@Suite struct RefusalTests {
  /// Two replicas of one name, in memory: one tries everything, the other only what that one committed.
  @Test(arguments: 0..<8) func aRefusedTransactionChangesNothing(_ seed: Int) throws {
    var attempts = try Attempts(seed: seed, isStored: false)
    for step in 0..<150 { try attempts.go(step) }
    try attempts.compareAll()
    for stage in ["changed its mind", "coordination", "names", "a lamp's room"] {
      #expect(attempts.refusals[stage, default: 0] > 0, "\(stage) in \(attempts.refusals)")
    }
  }

  /// As above, where most rows are stored, by checkpoints that are anywhere when a transaction comes; and
  /// what is stored cannot be read now and then.
  @Test(arguments: 0..<8) func nothingIsChangedWhereRowsAreStored(_ seed: Int) throws {
    var attempts = try Attempts(seed: seed, isStored: true)
    for step in 0..<150 { try attempts.go(step) }
    try attempts.compareAll()
    for stage in ["storage", "coordination", "names"] {
      #expect(attempts.refusals[stage, default: 0] > 0, "\(stage) in \(attempts.refusals)")
    }
  }
}

/// What lets some reads of stored rows pass, and the next one fail.
private final class Fault: Sendable {
  private let left = Mutex<Int?>(nil)

  /// How many reads pass; nothing for all.
  func admit(_ count: Int?) { left.withLock { $0 = count } }

  func check() throws(StorageError) {
    let passes = left.withLock { left in
      guard let count = left else { return true }
      left = count - 1
      return count > 0
    }
    if !passes { throw .damaged(place: "here", reason: "nothing can be read now") }
  }
}

/// Stored rows that cannot be read now and then.
private struct FaultyState: StoredState {
  let kept: any StoredState
  let fault: Fault

  var checkpoint: Checkpoint? { kept.checkpoint }

  func value(of key: [UInt8], in space: Keyspace) throws(StorageError) -> [UInt8]? {
    try fault.check()
    return try kept.value(of: key, in: space)
  }

  func entry(before key: [UInt8], in space: Keyspace) throws(StorageError) -> StateEntry? {
    try fault.check()
    return try kept.entry(before: key, in: space)
  }

  func entries(from key: [UInt8], in space: Keyspace) throws(StorageError) -> any StateReader {
    try fault.check()
    return Reader(kept: try kept.entries(from: key, in: space), fault: fault)
  }

  private final class Reader: StateReader {
    let kept: any StateReader
    let fault: Fault

    init(kept: any StateReader, fault: Fault) { (self.kept, self.fault) = (kept, fault) }

    func next() throws(StorageError) -> StateEntry? {
      try fault.check()
      return try kept.next()
    }
  }
}

private struct Attempts {
  let seed: Int
  let village = Village()
  /// What tries everything; nobody holds a copy of it, so that it is changed where it stands.
  var tried: Database
  /// What runs only what has committed.
  var twin: Database
  let storage: MemoryStorage?
  let fault = Fault()
  var dice: SplitMix
  var wall: UInt64 = 1000
  /// How often what refused a transaction.
  var refusals: [String: Int] = [:]
  /// What readers see, which stays as it is.
  var held: [(snapshot: Snapshot, digest: UInt64)] = []

  init(seed: Int, isStored: Bool) throws {
    self.seed = seed
    dice = SplitMix(seed: UInt64(seed) + 1)
    let id = Village.replicas[0]
    tried = Database(catalog: try Catalog(village), replica: id, founder: id)
    twin = Database(catalog: try Catalog(village), replica: id, founder: id)
    storage = isStored ? MemoryStorage(checkpointInterval: 1) : nil
    try rest()
  }

  private mutating func rest() throws {
    guard let storage else { return }
    tried.rest(on: FaultyState(kept: try storage.snapshot().state, fault: fault))
  }

  mutating func go(_ step: Int) throws {
    wall += 1
    let comment: Comment = "seed \(seed), step \(step)"
    if dice.next() % 4 == 0 { try checkpoint() }
    let scope: Scope = dice.next() % 4 == 0 ? .everywhere : .localOnly
    let time = HybridTime(milliseconds: wall)
    var (copy, other) = (dice, dice)
    let village = village
    if storage != nil, dice.next() % 2 == 0 { fault.admit(Int(dice.next() % 24)) }
    let result = Result {
      try tried.transact(scope: scope, wall: time) { try village.act($0, dice: &copy) }.version
    }
    fault.admit(nil)
    switch result {
    case .success(let version):
      let wanted = try twin.transact(scope: scope, wall: time) { try village.act($0, dice: &other) }
      try #require(wanted.version == version, comment)
    case .failure(let error):
      refusals[Self.stage(of: error), default: 0] += 1
      try #require(try tried.snapshot.digest == twin.snapshot.digest, "\(comment), \(error)")
      try compareCounts(comment)
      try compareTaking(of: Int(dice.next() % 30), comment: comment)
    }
    // What a reader would fail at has been read before.
    dice = SplitMix(seed: dice.next() &+ copy.next())
    if step % 20 == 0 {
      held.append((tried.snapshot, try tried.snapshot.digest))
      try #require(try tried.snapshot.digest == twin.snapshot.digest, comment)
    }
  }

  private static func stage(of error: any Error) -> String {
    switch error {
    case let violation as InvariantViolation: violation.invariant
    case TransactionError.needsCoordination, TransactionError.ownedElsewhere: "coordination"
    case is ChangedItsMind: "changed its mind"
    case is StorageError: "storage"
    default: "\(error)"
    }
  }

  /// Stores a part of the rows.
  private mutating func checkpoint() throws {
    guard let storage else { return }
    tried.beginCheckpoint()
    for _ in 0...dice.next() % 3 {
      guard let step = try tried.nextCheckpointStep(limit: 100) else { return }
      storage.store(step)
      if step.completes != nil || dice.next() % 2 == 0 { try rest() }
    }
  }

  /// Compares all that can be asked for.
  func compareAll() throws {
    for number in 0..<30 { try compareTaking(of: number, comment: "seed \(seed), in the end") }
    try compareCounts("seed \(seed), in the end")
    #expect(try tried.snapshot.violations() == twin.snapshot.violations())
    for (snapshot, digest) in held { #expect(try snapshot.digest == digest) }
  }

  private func compareCounts(_ comment: Comment) throws {
    for number in tried.snapshot.catalog.tables.indices {
      try #require(
        tried.snapshot.state.tables[number].count == twin.snapshot.state.tables[number].count,
        comment)
    }
  }

  /// Compares who is said to have a name, a plate, a room's number and the hours of a slot and of a bed, by
  /// trying to take them.
  private func compareTaking(of number: Int, comment: Comment) throws {
    func outcome(_ database: Database) -> [String] {
      let village = village
      let (house, room) = (9, Path(9, child: 9))
      return [
        taking(database) { try $0[village.names, 9].set(number % 6) },
        taking(database) { try $0[village.plates, 9].set(number % 6) },
        taking(database) { try $0[village.slots, 9].insert(number) },
        taking(database) { tx in
          try tx[village.houses, house].create()
          try tx[village.rooms, room].set(number % 6)
        },
        taking(database) { tx in
          try tx[village.houses, house].create()
          try tx[village.rooms, room].create()
          try tx[village.beds, Path(room, child: 9)].set(number % 20)
        },
      ]
    }
    try #require(outcome(tried) == outcome(twin), comment)
  }

  private func taking(
    _ database: Database, body: (borrowing Transaction) throws -> Void
  ) -> String {
    var database = database
    do {
      _ = try database.transact(scope: .localOnly, wall: HybridTime(milliseconds: wall), body: body)
      return "free"
    } catch { return "\(error)" }
  }
}
