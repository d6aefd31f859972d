import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Several stores are on the branch that is left, and are healed one after the other: what each of them tells, hands
/// over and leaves to the others.
@Suite struct HealingChainTests {
  struct Notes: Schema {
    let notes = Table<String, ORSet<String>>("notes")
    let lines = Table<Path<String, Int>, PNCounter>("lines")
    let clicks = Table<String, ResettableCounter>("clicks")

    var invariants: [any Invariant] {
      ForeignKey("a line has a note", from: lines, to: notes, onDelete: .cascade)
    }
  }

  /// ``Notes`` with another table.
  struct Later: Schema {
    let notes = Table<String, ORSet<String>>("notes")
    let lines = Table<Path<String, Int>, PNCounter>("lines")
    let clicks = Table<String, ResettableCounter>("clicks")
    let tags = Table<String, GSet<String>>("tags")

    var invariants: [any Invariant] {
      ForeignKey("a line has a note", from: lines, to: notes, onDelete: .cascade)
    }
  }

  private let schema = Notes()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func insert(_ text: String, replica: Replica<Notes>) async throws {
    let notes = schema.notes
    try await replica.write { try $0[notes, "n"].insert(text) }
  }

  /// A founder with two branches behind what all have: `kept` holds the one, `left` has written the other; the
  /// stores are on neither.
  private func fork(
    _ names: [String]
  ) async throws -> (kept: Replica<Notes>, left: Replica<Notes>, stores: [Replica<Notes>]) {
    let (id, storage, saved) = (ReplicaID.random(), MemoryStorage(), MemoryStorage())
    let first = try Replica(schema, id: id, storage: storage)
    try await insert("common", replica: first)
    let reader = try storage.snapshot().versions(of: id, after: 0)
    while let version = try reader.next() { try saved.append([version]) }
    let kept = try Replica(schema, joining: id)
    var stores: [Replica<Notes>] = []
    for name in names {
      stores.append(try await Replica.open(schema, at: path(name), joining: id))
      try await stores.last?.sync(with: first)
    }
    try await insert("kept", replica: first)
    try await kept.sync(with: first)
    let left = try Replica(schema, id: id, storage: saved)
    try await insert("left", replica: left)
    return (kept, left, stores)
  }

  /// Heals a store, and gives the replica that it became.
  private func heal(
    _ name: String, replica: Replica<Notes>, from healthy: Replica<Notes>,
    offering others: Set<ReplicaID> = [], anyway: Bool = false
  ) async throws -> (report: HealingReport, replica: Replica<Notes>) {
    try await replica.close()
    let report = try await Replica.heal(
      schema, at: path(name), into: path(name + "2"), from: healthy, offering: others,
      anyway: anyway)
    return (report, try await Replica.open(schema, at: path(name + "2")))
  }

  /// An end that was decided on the branch is neither made again nor waited for.
  @Test func anEndOfAnIdentityIsNeitherOfferedNorLeftToOthers() async throws {
    let (kept, left, stores) = try await fork(["y", "z"])
    let (y, z) = (stores[0], stores[1])
    let gone = try Replica(schema, joining: kept.founder)
    try await insert("of who ends", replica: gone)
    try await y.sync(with: gone)
    try await y.sync(with: left)
    try await y.succeed(gone.id)
    try await z.sync(with: y)
    try await insert("of z", replica: z)
    // Nothing of y's is lacking that could be offered.
    let (report, z2) = try await heal("z", replica: z, from: kept, offering: [left.id])
    #expect(report.offered == 2 && report.offeredBefore == 0 && report.refused.isEmpty)
    #expect(report.leftToOthers.isEmpty)
    #expect(
      try z2.snapshot[schema.notes, "n"]?.sorted()
        == ["common", "kept", "left", "of who ends", "of z"])
    let (second, y2) = try await heal("y", replica: y, from: kept, offering: [left.id])
    #expect(second.offered == 0 && second.offeredBefore == 1 && second.refused.isEmpty)
    #expect(!y2.snapshot.cuts.keys.contains(gone.id))
  }

  /// What follows an end of an identity rests on what that end had seen, though the end is not made again.
  @Test func whatFollowsAnEndRestsOnWhatThatHadSeen() async throws {
    let (kept, left, stores) = try await fork(["y"])
    let (y, id) = (stores[0], left.id)
    let gone = try Replica(schema, joining: kept.founder)
    try await insert("of who ends", replica: gone)
    try await y.sync(with: gone)
    try await y.sync(with: left)
    try await y.succeed(gone.id)
    try await insert("of y", replica: y)
    try await y.close()
    await #expect(throws: HealingError.othersFirst([id: 1])) {
      try await Replica.heal(schema, at: path("y"), into: path("y2"), from: kept)
    }
  }

  /// What one store makes again in its own name, a reset takes back that it or another store makes again.
  @Test(arguments: [false, true])
  func whatIsResetOnTheBranchIsResetWhoeverMakesItAgain(byOne: Bool) async throws {
    let (kept, left, stores) = try await fork(["y", "z"])
    let (y, z, clicks) = (stores[0], stores[1], schema.clicks)
    try await y.sync(with: left)
    try await y.write { try $0[clicks, "c"].increment(by: 5) }
    try await z.sync(with: y)
    try await z.write { try $0[clicks, "c"].reset() }
    if !byOne {
      let (_, y2) = try await heal("y", replica: y, from: kept, offering: [left.id])
      #expect(try y2.snapshot[clicks, "c"]?.value == 5)
    }
    let (report, z2) = try await heal(
      "z", replica: z, from: kept, offering: byOne ? [left.id, y.id] : [])
    #expect(report.offered == (byOne ? 3 : 1) && report.refused.isEmpty)
    #expect(try z2.snapshot[clicks, "c"]?.value == 0)
  }

  /// A version that was offered although what it rests on was not: what rests on it still waits for that.
  @Test func whatRestsOnOthersByWayOfAnotherWaits() async throws {
    let (kept, left, stores) = try await fork(["y", "z"])
    let (y, z) = (stores[0], stores[1])
    try await y.sync(with: left)
    try await insert("of y", replica: y)
    try await z.sync(with: y)
    try await insert("of z", replica: z)
    let (first, _) = try await heal("y", replica: y, from: kept, anyway: true)
    #expect(first.offered == 1 && first.leftToOthers == [left.id: 1])
    await #expect(throws: HealingError.othersFirst([left.id: 1])) {
      try await heal("z", replica: z, from: kept)
    }
  }

  /// Versions of a store are given to no database but its own.
  @Test func aReplicaOfAnotherDatabaseIsGivenNothing() async throws {
    let (_, left, stores) = try await fork(["y"])
    let other = try Replica(schema)
    try await insert("of another database", replica: other)
    let (founder, before, heads) = (left.id, try other.snapshot.digest, try other.log().heads)
    await #expect(throws: ReplicationError.otherDatabase(ours: founder, theirs: other.id)) {
      try await heal("y", replica: stores[0], from: other)
    }
    #expect(try other.snapshot.digest == before)
    #expect(try other.log().heads == heads)
  }

  /// What is handed over comes with the schema that it was written under.
  @Test func theSchemaIsHandedOverWithTheVersions() async throws {
    let (kept, left, stores) = try await fork(["y"])
    let (later, tags) = (Later(), Later().tags)
    try await stores[0].close()
    let y = try await Replica.open(later, at: path("y"))
    try await y.write { try $0[tags, "t"].insert("rests on nothing") }
    try await y.sync(with: left)
    try await y.write { try $0[tags, "t"].insert("rests on the branch") }
    try await y.close()
    let report = try await Replica.heal(
      later, at: path("y"), into: path("y2"), from: kept, offering: [left.id])
    #expect(report.handedOver == 1 && report.offered == 2 && report.isSynced)
    let reader = try Replica(later, joining: kept.founder)
    try await reader.sync(with: kept)
    #expect(
      try reader.snapshot[tags, "t"]?.elements == ["rests on nothing", "rests on the branch"])
  }

  /// A refusal tells the rows that the schema has; what a database records beside them is left out.
  @Test func aRefusalTellsTheRowsOfTheSchema() async throws {
    let (kept, left, stores) = try await fork(["y"])
    let (y, notes, lines) = (stores[0], schema.notes, schema.lines)
    try await kept.write { try $0[notes, "n"].delete() }
    try await y.sync(with: left)
    _ = try await y.write(request: RequestID(7), contents: RequestContents(1)) {
      try $0[lines, Path("n", child: 1)].increment(by: 1)
    }
    let (report, _) = try await heal("y", replica: y, from: kept, offering: [left.id])
    #expect(report.refused.count == 1)
    let writes = report.refused.first?.writes ?? []
    #expect(writes.count == 1 && writes[0].hasPrefix("lines "), "\(writes)")
  }

  enum Refusal: CaseIterable { case byInvariant, byType }

  /// A version counts once, whoever offers it: one that was refused stays so, also where it would pass by now.
  @Test(arguments: Refusal.allCases)
  func whatWasRefusedStaysRefused(_ refusal: Refusal) async throws {
    let (kept, left, stores) = try await fork(["y", "z"])
    let (y, z, notes, lines) = (stores[0], stores[1], schema.notes, schema.lines)
    try await y.sync(with: left)
    switch refusal {
    case .byInvariant:
      try await kept.write { try $0[notes, "n"].delete() }
      try await y.write { try $0[lines, Path("n", child: 1)].increment(by: 1) }
    case .byType:
      // Two replicas may count as much, the one that makes both again may not.
      try await y.write { try $0[lines, Path("n", child: 1)].increment(by: .max) }
      try await z.sync(with: y)
      try await z.write { try $0[lines, Path("n", child: 1)].increment(by: 1) }
      try await y.sync(with: z)
    }
    let (first, _) = try await heal("y", replica: y, from: kept, offering: [left.id, z.id])
    #expect(first.refused.count == 1 && first.isSynced)
    if refusal == .byInvariant { try await insert("again", replica: kept) }
    let second = try await Replica.heal(
      schema, at: path("y"), into: path("y3"), from: kept, offering: [left.id, z.id])
    #expect(second.offered == 0 && second.refused.map(\.origin) == first.refused.map(\.origin))
  }
}
