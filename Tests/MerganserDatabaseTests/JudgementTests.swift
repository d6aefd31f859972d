import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What becomes of a version by the histories that it rests on, one invariant at a time.
@Suite struct JudgementTests {
  private struct Bank: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let notes = Table<String, ORSet<String>>("notes")

    var invariants: [any Invariant] { Bounds(accounts, in: 0...1000) }
  }

  private let bank = Bank()
  private let ids = (1...4).map { ReplicaID(high: 0, low: UInt64($0)) }
  private let wall = HybridTime(milliseconds: 1_000_000)

  private func database(_ place: Int) throws -> Database {
    Database(catalog: try Catalog(bank), replica: ids[place], founder: ids[0])
  }

  private func note(_ text: String, in database: inout Database) throws -> StoredVersion {
    let notes = bank.notes
    return try #require(
      try database.transact(wall: wall) { try $0[notes, "n"].insert(text) }.version)
  }

  /// The other branch is the longer, so that a number it has says nothing here; whatever comes first, all of it
  /// is set aside, and nothing waits for what never comes.
  @Test func whatRestsOnALongerBranchDoesNotWaitForIt() throws {
    var here = try database(0)
    var other = here
    let mine = try note("here", in: &here)
    let branch = [try note("one", in: &other), try note("two", in: &other)]
    var third = try database(2)
    #expect(try third.receive(branch, wall: wall).applied.count == 2)
    let resting = try note("on the branch", in: &third)
    let orders = [
      branch + [resting], [resting] + branch, [branch[0], resting, branch[1]],
      [resting, branch[1], branch[0]], [branch[1], resting, branch[0]],
    ]
    for order in orders {
      var receiver = try database(1)
      #expect(try receiver.receive([mine], wall: wall).applied == [mine])
      var aside: [StoredVersion] = []
      for version in order {
        aside += try receiver.receive([version], wall: wall).setAside.map(\.version)
      }
      #expect(Set(aside) == Set(order))
      #expect(receiver.waitingCount == 0 && receiver.setAsideCount == 3)
    }
  }

  /// What lies beyond a cut never comes: what depends on it does not wait for it.
  @Test func whatRestsBeyondACutDoesNotWaitForIt() throws {
    var founder = try database(0)
    let first = try note("before", in: &founder)
    var heir = try database(1)
    #expect(try heir.receive([first], wall: wall).applied.count == 1)
    _ = try #require(try heir.succeed(ids[0], wall: wall))
    let beyond = try note("beyond", in: &founder)
    var third = try database(2)
    #expect(try third.receive([first, beyond], wall: wall).applied.count == 2)
    let resting = try note("on it", in: &third)
    let reception = try heir.receive([resting], wall: wall)
    #expect(reception.setAside.map(\.version) == [resting])
    #expect(heir.waitingCount == 0)
    #expect(try heir.receive([beyond], wall: wall).setAside.map(\.version) == [beyond])
  }

  @Test func ofItsOwnWritesAReplicaTakesNone() throws {
    var replica = try database(1)
    let restored = replica
    let own = [try note("one", in: &replica), try note("two", in: &replica)]
    var again = restored
    let reception = try again.receive(own, wall: wall)
    #expect(reception.applied.isEmpty && again.heads.isEmpty && again.waitingCount == 0)
    #expect(
      reception.refused.first
        == .beyondOwnHistory(origin: ids[1], sequence: own[0].sequences.lowerBound, last: 0))
    #expect(reception.refused.count == 2)
  }

  /// Rights are minted once: what the heir had created before it became so has none of its own.
  @Test func whatTheHeirCreatedBeforeIsNotMinted() throws {
    let accounts = bank.accounts
    var (founder, heir) = (try database(0), try database(1))
    let made = try #require(
      try heir.transact(wall: wall) { try $0[accounts, "a"].create() }.version)
    let counted = try #require(
      try founder.transact(wall: wall) { try $0[accounts, "a"].increment(by: 100) }.version)
    #expect(try founder.receive([made], wall: wall).applied.count == 1)
    #expect(try heir.receive([counted], wall: wall).applied.count == 1)
    _ = try heir.succeed(ids[0], wall: wall)
    for (direction, rights) in [
      (EscrowCounter.Direction.increment, 900 as Int64), (.decrement, 100),
    ] {
      #expect(
        try heir.snapshot.rights(of: ids[1], towards: direction, in: accounts, key: "a") == rights)
    }
    #expect(throws: InvariantViolation.self) {
      try heir.transact(wall: wall) { try $0[accounts, "a"].increment(by: 901) }
    }
    _ = try heir.transact(wall: wall) { try $0[accounts, "a"].increment(by: 900) }
    #expect(try heir.snapshot[accounts, "a"]?.value == 1000)
  }

  @Test func versionsOfFormat1AreTakenOnlyWhereThatIsWanted() throws {
    var sender = try database(1)
    let first = try note("one", in: &sender)
    let second = try note("two", in: &sender)
    let old = try first.ofFormat1()
    #expect(try Array(old.decoded().writes) == Array(first.decoded().writes))
    #expect(try old.decoded().terms == VersionTerms())

    var receiver = try database(0)
    let refused = try receiver.receive([old], wall: wall)
    #expect(refused.applied.isEmpty)
    #expect(refused.refused == [.unverifiable(origin: ids[1], sequence: 1)])
    var willing = receiver
    willing.takesUnverifiedVersions = true
    #expect(try willing.receive([old], wall: wall).applied == [old])
    // One's own disk has them for ever.
    let storage = MemoryStorage()
    try storage.append([old])
    var owner = try database(1)
    try owner.recover(from: storage.snapshot())
    #expect(try owner.snapshot.digest == willing.snapshot.digest)

    // Not behind one of a later format.
    let log = MemoryStorage()
    #expect(try receiver.receive([first], wall: wall).applied == [first])
    try log.append([first])
    receiver.takesUnverifiedVersions = true
    let late = try receiver.receive([try second.ofFormat1()], wall: wall, history: log)
    #expect(
      late.refused == [.unverifiable(origin: ids[1], sequence: second.sequences.lowerBound)])
  }
}
