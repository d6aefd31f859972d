import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// What versions of a left branch do besides writing values: they touch rows, are refused, and create rows of which
/// one creation alone has rights.
@Suite struct RepeatedChangesTests {
  struct Yard: Schema {
    let trips = Table<Int, LWWRegister<String>>("trips")
    let lines = Table<Path<Int, Int>, PNCounter>("lines")
    let notes = Table<String, ORSet<String>>("notes")
    let counts = Table<String, PNCounter>("counts")
    let accounts = Table<String, EscrowCounter>("accounts")

    var invariants: [any Invariant] {
      ForeignKey("a line has a trip", from: lines, to: trips, onDelete: .cascade)
      Bounds(accounts, in: (-100)...)
    }
  }

  let schema = Yard()

  enum Refusal: CaseIterable { case byInvariant, byType }

  /// The dots of what is refused are written again by what comes next: nothing that the branch did to the one is
  /// done to the other.
  @Test(arguments: Refusal.allCases) func whatIsRefusedHasNoPlaces(_ refusal: Refusal) throws {
    var branches = try Branches(schema)
    try branches.write(0) { tx in
      try tx[schema.trips, 1].set("Lagos")
      try tx[schema.notes, "n"].insert("common")
    }
    try branches.part()
    try branches.write(2) { try $0[schema.trips, 1].delete() }
    try branches.write(0) { try $0[schema.counts, "c"].increment(by: .max) }
    try branches.give(from: 0, to: 1)
    let texts = (0..<5).map { "refused \($0)" }
    try branches.write(1) { tx in
      switch refusal {
      case .byInvariant: try tx[schema.lines, Path(1, child: 1)].increment(by: 1)
      // Two replicas may count as much; the one that makes it again may not.
      case .byType: try tx[schema.counts, "c"].increment(by: 1)
      }
      for text in texts { try tx[schema.notes, "n"].insert(text) }
    }
    try branches.write(1) { tx in
      for number in 0..<5 { try tx[schema.notes, "n"].insert("kept \(number)") }
    }
    try branches.write(1) { tx in
      for text in texts { try tx[schema.notes, "n"].remove(text) }
    }
    let (healed, outcomes) = try branches.repeated()
    #expect(outcomes.count == 4)
    guard case .refused = outcomes[1] else {
      Issue.record("\(outcomes)")
      return
    }
    let found = try healed.snapshot[schema.notes, "n"]?.sorted()
    #expect(found == ["common"] + (0..<5).map { "kept \($0)" })
    #expect(try healed.snapshot.violations().isEmpty)
  }

  /// Both branches of the founder created a row that begins with the bound's rights: these are there once.
  @Test func theRightsOfARowThatBothBranchesCreatedAreThereOnce() throws {
    var branches = try Branches(schema)
    try branches.write(0) { try $0[schema.notes, "n"].insert("common") }
    try branches.part()
    var founder = branches.replicas[0]
    let kept = try founder.transact(wall: branches.wall) { tx in
      try tx[schema.accounts, "a"].decrement(by: 60)
    }.version
    try branches.write(0) { try $0[schema.accounts, "a"].decrement(by: 60) }
    try branches.write(0) { try $0[schema.accounts, "a"].decrement(by: 40) }
    try branches.give(from: 0, to: 1)
    let (healed, outcomes) = try branches.repeated(
      behind: [kept].compactMap { $0 }, ending: founder.replica)
    guard outcomes.count == 2, case .refused = outcomes[0] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(outcomes[1] == .committed)
    #expect(try healed.snapshot[schema.accounts, "a"]?.value == -100)
    #expect(try healed.snapshot.violations().isEmpty)
  }

  /// Ends of identities are not made again, whatever else their version wrote.
  @Test func anEndOfAnIdentityIsNotMadeAgain() throws {
    var branches = try Branches(schema)
    try branches.write(0) { try $0[schema.notes, "n"].insert("common") }
    try branches.part()
    let (gone, heir) = (ReplicaID(high: 0, low: 3), ReplicaID(high: 0, low: 1))
    let cut = Cut(
      last: Head(sequence: 0, hash: 0), heir: heir,
      decided: branches.replicas[0].snapshot.vector[heir] + 1)
    try branches.write(0) { tx in
      try tx[cutTable, gone].insert(cut)
      try tx[schema.notes, "n"].insert("with the end")
    }
    #expect(branches.replicas[0].snapshot.cuts.keys.contains(gone))
    try branches.give(from: 0, to: 1)
    let (healed, outcomes) = try branches.repeated()
    #expect(outcomes == [.committed])
    #expect(try healed.snapshot[schema.notes, "n"]?.sorted() == ["common", "with the end"])
    #expect(healed.snapshot.cuts.isEmpty)
  }

  /// Rows of a checkpoint that was not finished may hold what a version wrote: what that changed is not known then.
  @Test(arguments: [false, true])
  func whatAnUnfinishedCheckpointHoldsIsNoRowBefore(isUnfinished: Bool) throws {
    let (storage, wall) = (MemoryStorage(checkpointInterval: 1), HybridTime(milliseconds: 1000))
    let (catalog, id) = (try Catalog(schema), ReplicaID(high: 0, low: 1))
    var left = Database(catalog: catalog, replica: id, founder: id)
    left.rest(on: try storage.snapshot().state)
    func write(_ text: String) throws {
      let version = try left.transact(wall: wall) { try $0[schema.notes, "n"].insert(text) }.version
      try storage.append([version].compactMap { $0 })
      left.noteStored()
    }
    func store(isFinished: Bool) throws {
      left.beginCheckpoint()
      while let step = try left.nextCheckpointStep(limit: 1),
        isFinished || step.completes == nil
      {
        storage.store(step)
        left.rest(on: try storage.snapshot().state)
      }
    }
    try write("stored")
    try store(isFinished: true)
    let common = left.snapshot.vector
    try write("behind the checkpoint")
    if isUnfinished { try store(isFinished: false) }
    var healed = Database(catalog: catalog, replica: ReplicaID(high: 0, low: 9), founder: id)
    let repeater = HistoryRepeater(common: common)
    var walk = try LogWalk(
      storage.snapshot(), catalog: catalog,
      identity: StoreIdentity(replica: id, founder: id, schema: catalog.description),
      beyond: common)
    let step = try #require(try walk.next())
    let held = try step.before?[schema.notes, "n"]?.sorted()
    #expect(held == (isUnfinished ? ["behind the checkpoint", "stored"] : ["stored"]))
    let outcome = try repeater.offer(
      step, to: &healed, clearance: { Clearance(scope: $0) }, wall: wall
    ).outcome
    #expect(outcome == (isUnfinished ? .unknown : .committed))
  }

  /// A touch of the branch keeps the row from a deletion on the side that is kept; one that both sides know is
  /// not made again.
  @Test(arguments: [false, true]) func aTouchIsMadeAgain(isCommon: Bool) throws {
    var branches = try Branches(schema)
    try branches.write(0) { try $0[schema.trips, 1].set("Lagos") }
    if isCommon { try branches.write(0) { try $0[schema.trips, 1].touch() } }
    try branches.part()
    try branches.write(0) { tx in
      if isCommon { try tx[schema.trips, 1].set("Faro") } else { try tx[schema.trips, 1].touch() }
    }
    try branches.give(from: 0, to: 1)
    var (healed, outcomes) = try branches.repeated()
    #expect(outcomes == [.committed])
    try branches.write(2) { try $0[schema.trips, 1].delete() }
    _ = try healed.receive(branches.logs[2], wall: branches.wall)
    #expect(try healed.snapshot[schema.trips, 1]?.value == (isCommon ? nil : "Lagos"))
  }

  /// Whatever is touched, written, created and deleted on the branch is there again, or gone, as it was there.
  @Test(arguments: 0..<100) func touchesAndDeletionsEndAsOnTheBranch(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var branches = try Branches(schema)
    func step(_ place: Int, number: Int) throws {
      let kind = Int.random(in: 0..<6, using: &random)
      try branches.write(place) { tx in
        let (trip, note) = (try tx[schema.trips, 1], try tx[schema.notes, "n"])
        switch kind {
        case 0, 1:
          if try trip.exists { try trip.touch() }
          if try note.exists { try note.touch() }
        case 2:
          try trip.set("\(number)")
          try note.insert("\(number)")
        case 3:
          try trip.delete()
          try note.delete()
        case 4:
          try trip.delete()
          try note.delete()
          try trip.set("anew \(number)")
          try note.insert("anew \(number)")
        default: try note.remove("\(Int.random(in: 0..<number, using: &random))")
        }
      }
    }
    for number in 1...3 { try step(Int.random(in: 0..<3, using: &random), number: number) }
    try branches.part()
    for number in 4..<12 {
      let place = Int.random(in: 0..<2, using: &random)
      try step(place, number: number)
      if Int.random(in: 0..<3, using: &random) == 0 {
        try branches.give(from: place, to: 1 - place)
      }
    }
    try branches.give(from: 0, to: 1)
    let (healed, outcomes) = try branches.repeated()
    #expect(outcomes.allSatisfy { $0 == .committed })
    let wanted = branches.replicas[1].snapshot
    let found = healed.snapshot
    #expect(try found[schema.trips, 1]?.value == wanted[schema.trips, 1]?.value)
    #expect(try found[schema.notes, "n"]?.sorted() == wanted[schema.notes, "n"]?.sorted())
  }
}

/// Two replicas on a branch that is left, and a third one that stays.
private struct Branches<S: Schema> {
  private(set) var replicas: [Database]
  private(set) var logs: [[StoredVersion]] = [[], [], []]
  private(set) var wall = HybridTime(milliseconds: 1000)
  private var common = VersionVector()

  init(_ schema: S) throws {
    let catalog = try Catalog(schema)
    let founder = ReplicaID(high: 0, low: 1)
    replicas = (1...3).map {
      Database(catalog: catalog, replica: ReplicaID(high: 0, low: $0), founder: founder)
    }
  }

  mutating func write(_ place: Int, body: (borrowing Transaction) throws -> Void) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    if let version = try replicas[place].transact(wall: wall, body: body).version {
      logs[place].append(version)
    }
  }

  mutating func give(from: Int, to: Int) throws {
    let reception = try replicas[to].receive(logs[from], wall: wall)
    #expect(reception.refused.isEmpty)
    logs[to] += reception.applied
  }

  /// Ends the common beginning: all have all.
  mutating func part() throws {
    for _ in 0..<2 {
      for from in 0..<3 { for to in 0..<3 where to != from { try give(from: from, to: to) } }
    }
    common = replicas[2].snapshot.state.vector
  }

  /// What the second replica has beyond the beginning, made again by a fourth, which has what the third has.
  func repeated(
    behind kept: [StoredVersion] = [], ending identity: ReplicaID? = nil
  ) throws -> (Database, [HistoryRepeater.Outcome]) {
    let storage = MemoryStorage()
    for version in logs[1] { try storage.append([version]) }
    let (catalog, founder) = (replicas[1].catalog, replicas[1].founder)
    var healed = Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: 9), founder: founder)
    _ = try healed.receive(logs[2] + kept, wall: wall)
    if let identity { _ = try healed.succeed(identity, wall: wall, evenIfUnknown: true) }
    let repeater = HistoryRepeater(common: common)
    var walk = try LogWalk(
      storage.snapshot(), catalog: catalog,
      identity: StoreIdentity(
        replica: replicas[1].replica, founder: founder, schema: catalog.description))
    var outcomes: [HistoryRepeater.Outcome] = []
    while let step = try walk.next() {
      guard repeater.isBehindCommon(step.stored) else { continue }
      outcomes.append(
        try repeater.offer(
          step, to: &healed, clearance: { Clearance(scope: $0) }, wall: wall
        ).outcome)
    }
    try #require(!outcomes.isEmpty, "there is nothing to make again")
    return (healed, outcomes)
  }
}
