import Merganser
import MerganserConfluence
import MerganserDatabase
import Testing

/// What rests on a search is refused wherever it goes beyond what was searched.
@Suite struct PlanSearchTests {
  /// A club of at most 3, at which each replica registers once.
  ///
  /// No theorem speaks of it, so a search decides.
  private struct Club: TransactionSchema {
    let members = Table<ReplicaID, LWWRegister<Int>>("members")
    let doors = Table<Int, LWWRegister<Int>>("doors")
    /// What stands at the door at first.
    var sign = 1
    /// What is written besides the fee.
    var bonus = 0
    var readsTime = false

    var invariants: [any Invariant] {
      Custom("at most 3 are registered", over: [members]) { [members] snapshot in
        try snapshot.count(members) <= 3
      }
    }

    var transactions: [AnyDeclaredTransaction] { register }

    var register: DeclaredTransaction<Int> {
      DeclaredTransaction("register", over: [1]) { tx, fee in
        _ = try tx[doors, 1].value
        if readsTime { _ = tx.time }
        if try tx[members, tx.replica].exists { return }
        try tx[members, tx.replica].set(fee + bonus)
      }
    }

    func start(_ tx: borrowing Transaction) throws { try tx[doors, 1].set(sign) }
  }

  private static func plan(_ club: some TransactionSchema, replicas: Int) throws -> Plan {
    let budget = Budget(replicas: replicas, configurations: 50_000)
    let made = try Planning(Analysis(Workload(of: club), within: budget), within: budget).plan
    return try Plan(parsing: made.description)
  }

  private static let plan = Result { try plan(Club(), replicas: 3) }

  private let club = Club()
  private let running: Running

  init() throws { running = Running(by: try Self.plan.get()) }

  private func replica(
    joining founder: Replica<Club>? = nil, club: Club? = nil
  ) throws -> Replica<Club> {
    try Replica(club ?? self.club, joining: founder?.id, running: running)
  }

  @Test func thePlanSaysWhatWasSearched() throws {
    let plan = try Self.plan.get()
    let entry = Plan.Entry(
      way: .local, basis: .search(replicas: 3), invariants: ["at most 3 are registered"],
      writes: [Effect(.insert, in: "members")], reads: ["doors"], arguments: [["1"]])
    #expect(plan.entries == ["register": entry])
    #expect(plan.seatCount == 3)
    #expect((plan.searched?.sample.count ?? 0) > 1)
  }

  @Test func fourReplicasDoNotRegisterWhereThreeWereSearched() async throws {
    let founder = try replica()
    let others = try (0..<3).map { _ in try replica(joining: founder) }
    // The start is there from the beginning, and comes to others with the plan.
    #expect(try founder.snapshot[club.doors, 1]?.value == 1)
    #expect(try founder.seats == [founder.id])
    for (place, other) in others.enumerated() {
      await #expect(throws: PlanError.beforeStart("register", founder: founder.id)) {
        try await other.perform(club.register, 1)
      }
      if place < 2 { try await founder.giveSeat(to: other.id) }
    }
    await #expect(throws: PlanError.noSeatLeft(replicas: 3)) {
      try await founder.giveSeat(to: others[2].id)
    }
    await #expect(throws: PlanError.hasSeat(others[0].id, seat: 2)) {
      try await founder.giveSeat(to: others[0].id)
    }
    for other in others { try await founder.sync(with: other) }
    await #expect(throws: PlanError.seatsGivenElsewhere(at: founder.id)) {
      try await others[0].giveSeat(to: others[2].id)
    }
    for member in [founder, others[0], others[1]] { try await member.perform(club.register, 1) }
    await #expect(throws: PlanError.noSeat("register", replica: others[2].id, replicas: 3)) {
      try await others[2].perform(club.register, 1)
    }
    for other in others + others { try await founder.sync(with: other) }
    #expect(try founder.snapshot.count(club.members) == 3)
    #expect(try founder.snapshot.violations().isEmpty)
    #expect(try others[2].seats == [founder.id, others[0].id, others[1].id])
  }

  @Test func anHeirHasTheSeatOfTheEnded() async throws {
    let founder = try replica()
    let (second, third) = (try replica(joining: founder), try replica(joining: founder))
    try await founder.giveSeat(to: second.id)
    try await founder.sync(with: second)
    try await second.perform(club.register, 1)
    try await third.sync(with: second)
    await #expect(throws: PlanError.noSeat("register", replica: third.id, replicas: 3)) {
      try await third.perform(club.register, 1)
    }
    try await third.succeed(second.id)
    // It has its seat, and not its name: the club would have a fourth.
    await #expect(throws: PlanError.readsReplica("register", inPlaceOf: second.id)) {
      try await third.perform(club.register, 1)
    }
    // Who takes the founder's place gives seats.
    let fourth = try replica(joining: founder)
    await #expect(throws: PlanError.seatsGivenElsewhere(at: founder.id)) {
      try await third.giveSeat(to: fourth.id)
    }
    try await third.succeed(founder.id)
    try await third.giveSeat(to: fourth.id)
    try await fourth.sync(with: third)
    try await fourth.perform(club.register, 1)
    #expect(try fourth.snapshot.violations().isEmpty)
  }

  /// A write that promises nothing to others changes what the search speaks of all the same.
  @Test func noScopeOfAWriteReachesWhatIsSearched() async throws {
    let founder = try replica()
    for scope in [Scope.everywhere, .localOnly] {
      await #expect(throws: TransactionError.self, "\(scope)") {
        try await founder.write(scope) { [club] in try $0[club.members, founder.id].set(1) }
      }
    }
    #expect(try founder.snapshot.count(club.members) == 0)
  }

  @Test func nobodyTakesASeat() async throws {
    let founder = try replica()
    let (liar, other) = (try replica(joining: founder), try replica(joining: founder))
    try await founder.sync(with: liar)
    let id = liar.id
    try await liar.write(.localOnly) { try $0[planTable, seatKey(2)].set(id.description) }
    try await other.sync(with: founder)
    try await other.sync(with: liar)
    try await founder.sync(with: liar)
    for honest in [founder, other] { #expect(try honest.seats == [founder.id]) }
  }

  @Test func onlyWhatWasSearchedIsPerformed() async throws {
    let founder = try replica()
    await #expect(throws: PlanError.unsearchedArguments("register", arguments: ["2"])) {
      try await founder.perform(club.register, 2)
    }
    // A value with the same text is another value.
    let spelled = DeclaredTransaction<String>("register", over: ["1"]) { _, _ in }
    await #expect(throws: PlanError.unsearchedArguments("register", arguments: ["1"])) {
      try await founder.perform(spelled, "1")
    }
    // Another closure under the name is not run.
    let members = club.members
    let other = DeclaredTransaction("register", over: [1]) { tx, fee in
      for _ in 0..<4 { try tx[members, .random()].set(fee) }
    }
    try await founder.perform(other, 1)
    #expect(try founder.snapshot.count(members) == 1)
  }

  @Test func otherCodeThanWasSearchedIsRefusedAtOpen() throws {
    #expect(throws: PlanError.self) { try replica(club: Club(sign: 2)) }
    let start = #expect(throws: PlanError.self) { try replica(club: Club(sign: 2)) }
    guard case .otherStart = start else {
      Issue.record("\(String(describing: start))")
      return
    }
    #expect(throws: PlanError.otherCode(step: 1)) { try replica(club: Club(bonus: 1)) }
    var plan = try Self.plan.get()
    plan.entries["register"]?.arguments = [["1"], ["2"]]
    #expect(
      throws: PlanError.otherArguments("register", declared: [["1"]], searched: [["1"], ["2"]])
    ) { try Replica(club, running: Running(by: plan)) }
  }

  @Test func whatRestsOnASearchReadsNoTime() async throws {
    let founder = try replica(club: Club(readsTime: true))
    await #expect(throws: PlanError.readsTime("register")) {
      try await founder.perform(club.register, 1)
    }
    #expect(try founder.snapshot.count(club.members) == 0)
    let entry = try Self.plan(Club(readsTime: true), replicas: 2).entries["register"]
    #expect(entry?.way == .refused)
    #expect(entry?.reason?.contains("time") == true)
  }

  /// A value that is not equal even to itself is searched and performed as any other.
  @Test func anArgumentThatIsNoNumberIsOne() async throws {
    let scales = Scales()
    let plan = try Self.plan(scales, replicas: 2)
    #expect(plan.entries["weigh"]?.basis != .theorems)
    let replica = try Replica(scales, running: Running(by: plan))
    try await replica.perform(scales.weigh, .nan)
    #expect(try replica.snapshot[scales.weights, 1]?.value == "nan")
    await #expect(throws: PlanError.unsearchedArguments("weigh", arguments: ["2.0"])) {
      try await replica.perform(scales.weigh, 2)
    }
  }

  @Test func plainWritesLeaveAloneWhatIsRead() async throws {
    let founder = try replica()
    let doors = club.doors
    await #expect(
      throws: TransactionError.reservedBySearch(transaction: "register", table: "doors")
    ) { try await founder.write { try $0[doors, 1].set(2) } }
    #expect(try founder.snapshot[doors, 1]?.value == 1)
  }

  @Test func onlyAPlanThatWidensTheFirstTakesItsPlace() async throws {
    let (storage, id) = (MemoryStorage(), ReplicaID.random())
    let narrow = Running(by: try Self.plan(club, replicas: 2))
    func open(_ running: Running) throws -> Replica<Club> {
      try Replica(club, id: id, running: running, storage: storage)
    }
    let first = try open(narrow)
    try await first.giveSeat(to: .random())
    await #expect(throws: PlanError.noSeatLeft(replicas: 2)) {
      try await first.giveSeat(to: .random())
    }
    let wide = try open(running)
    try await wide.giveSeat(to: .random())
    try await wide.perform(club.register, 1)
    let back = try open(narrow)
    await #expect(throws: PlanError.otherFoundingPlan("register")) {
      try await back.perform(club.register, 1)
    }
  }

  /// What plain writes may have changed under the earlier plan is not what a later search began with.
  @Test func aPlanThatSearchesMoreTablesDoesNotWidenOne() {
    func plan(_ entries: [String: (reads: Set<String>, arguments: Set<[String]>)]) -> Plan {
      Plan(
        fingerprint: 1, searched: Plan.Searched(start: 1, sample: []),
        entries: entries.mapValues {
          Plan.Entry(
            way: .local, basis: .search(replicas: 3), invariants: [], reads: $0.reads,
            arguments: $0.arguments)
        })
    }
    let before = plan(["see": (["doors"], [["1"]])])
    #expect(plan(["see": (["doors"], [["1"], ["2"]])]).widens(before))
    #expect(plan(["see": (["doors"], [["1"]]), "go": (["doors"], [["1"]])]).widens(before))
    #expect(!plan(["see": (["doors", "rooms"], [["1"]])]).widens(before))
    #expect(!plan(["see": (["doors"], [["1"]]), "go": (["rooms"], [["1"]])]).widens(before))
    #expect(!plan(["see": (["doors"], [["2"]])]).widens(before))
  }
}

private struct Scales: TransactionSchema {
  let weights = Table<Int, LWWRegister<String>>("weights")

  var invariants: [any Invariant] {
    Custom("few are weighed", over: [weights]) { [weights] in try $0.count(weights) <= 1 }
  }

  var transactions: [AnyDeclaredTransaction] { weigh }

  var weigh: DeclaredTransaction<Double> {
    DeclaredTransaction("weigh", over: [1, .nan]) { tx, weight in
      try tx[weights, 1].set("\(weight)")
    }
  }
}
