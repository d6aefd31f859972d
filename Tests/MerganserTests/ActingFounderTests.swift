import Merganser
import MerganserDatabase
import Testing

/// What runs at the founder, or at an owner, runs at its heir once it has ended, and nowhere else.
@Suite struct ActingFounderTests {
  private struct League: TransactionSchema {
    let players = Table<String, LWWRegister<String>>("players")
    let rooms = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("rooms")
    let savings = Table<String, PNCounter>("savings")

    var invariants: [any Invariant] {
      Unique("a nickname is one player's", on: players, by: .owner(.founder)) { _, nickname in
        nickname
      }
      NoOverlap("a room is let once", on: rooms, by: .owner(.creator)) { key, hour in
        (resource: key.parent, from: Int64(hour), to: Int64(hour) + 2)
      }
      Limit("no savings below 0", on: savings, atLeast: 0)
    }
    var transactions: [AnyDeclaredTransaction] {
      spend
      lend
    }
    var spend: DeclaredTransaction<Int64> {
      DeclaredTransaction("spend", over: [1]) { tx, amount in
        try tx[savings, "ann"].increment(by: 5)
        try tx[savings, "ann"].decrement(by: amount)
      }
    }
    var lend: DeclaredTransaction<String> {
      DeclaredTransaction("lend", over: ["ann"]) { tx, name in
        try tx[savings, name].increment(by: 1)
      }
    }
  }

  private let league = League()
  private let founder, heir, third: Replica<League>

  init() async throws {
    let writes: Set = [Effect(.insert, in: "savings"), Effect(.increment, in: "savings")]
    let entries = [
      "spend": Plan.Entry(way: .ordered, invariants: ["no savings below 0"], writes: writes),
      "lend": Plan.Entry(
        way: .owned(argument: 0), invariants: ["no savings below 0"], writes: writes),
    ]
    let league = league
    let plan = Plan(fingerprint: try Catalog(league).fingerprint, entries: entries)
    func replica(joining founder: ReplicaID?) throws -> Replica<League> {
      try Replica(league, joining: founder, running: Running(by: plan))
    }
    founder = try replica(joining: nil)
    heir = try replica(joining: founder.founder)
    third = try replica(joining: founder.founder)
    try await founder.perform(league.spend, 1)
    let id = founder.id
    try await founder.write {
      try $0[league.players, "p"].set("falcon")
      try $0[league.rooms, Path(id, child: 1)].set(8)
    }
    for other in [heir, third] { try await founder.sync(with: other) }
  }

  @Test func orderedTransactionsRunAtTheHeir() async throws {
    let league = league
    for replica in [heir, third] {
      await #expect(throws: PlanError.runsElsewhere("spend", at: founder.id)) {
        try await replica.perform(league.spend, 1)
      }
    }
    try await heir.succeed(founder.id)
    try await heir.perform(league.spend, 1)
    try await heir.perform(league.spend, 1, request: RequestID(1))
    try await heir.perform(league.lend, "ann")
    // Who has not heard of it sends to the founder, and who has to the heir.
    await #expect(throws: PlanError.runsElsewhere("lend", at: founder.id)) {
      try await third.perform(league.lend, "ann")
    }
    try await third.sync(with: heir)
    await #expect(throws: PlanError.runsElsewhere("spend", at: heir.id)) {
      try await third.perform(league.spend, 1)
    }
    await #expect(throws: PlanError.runsElsewhere("lend", at: heir.id)) {
      try await third.perform(league.lend, "ann")
    }
    #expect(try third.snapshot[league.savings, "ann"]?.value == 13)
    // The founder, back from where it was, writes nothing once it knows.
    try await founder.sync(with: heir)
    await #expect(throws: PlanError.runsElsewhere("spend", at: heir.id)) {
      try await founder.perform(league.spend, 1)
    }
  }

  @Test func namesAndResourcesOfTheEndedAreTheHeirs() async throws {
    let league = league
    let ended = founder.id
    func takes(_ replica: Replica<League>) async throws {
      try await replica.write { try $0[league.players, "q"].set("osprey") }
      try await replica.write { try $0[league.rooms, Path(ended, child: 2)].set(12) }
      try await replica.write { try $0[league.rooms, Path(ended, child: 1)].set(10) }
    }
    await #expect(throws: TransactionError.self) { try await takes(heir) }
    try await heir.succeed(ended)
    try await takes(heir)
    await #expect(throws: InvariantViolation.self) {
      try await heir.write { try $0[league.players, "r"].set("falcon") }
    }
    await #expect(throws: InvariantViolation.self) {
      try await heir.write { try $0[league.rooms, Path(ended, child: 3)].set(11) }
    }
    try await third.sync(with: heir)
    let refusals: [@Sendable (borrowing Transaction) throws -> Void] = [
      { tx in try tx[league.players, "r"].set("heron") },
      { tx in try tx[league.rooms, Path(ended, child: 3)].set(20) },
    ]
    for body in refusals {
      let error = await #expect(throws: TransactionError.self) {
        try await third.write { try body($0) }
      }
      guard case .ownedElsewhere(_, by: heir.id, _, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(try third.snapshot.violations().isEmpty)
    #expect(try heir.snapshot.digest == third.snapshot.digest)
  }
}
