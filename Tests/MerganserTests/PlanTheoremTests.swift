import Merganser
import MerganserConfluence
import MerganserDatabase
import Testing

/// What rests on theorems takes any arguments, as long as it does what the theorems speak of; and a condition sees
/// what it is declared over.
@Suite struct PlanTheoremTests {
  private struct Savings: TransactionSchema {
    let accounts = Table<String, PNCounter>("accounts")
    let notes = Table<Int, LWWRegister<String>>("notes")

    var invariants: [any Invariant] { Limit("no savings below 0", on: accounts, atLeast: 0) }

    var transactions: [AnyDeclaredTransaction] {
      save
      close.placed(.ordered)
      lend.placed(.owned(byArgument: 0))
    }

    var save: DeclaredTransaction<Int64> {
      DeclaredTransaction("save", over: [1, 2]) { tx, amount in
        try tx[accounts, "ann"].increment(by: amount)
        if amount == 7 { _ = try tx[notes, 7].exists }
        if amount == 8 { try tx[notes, 8].set("much") }
      }
    }

    var close: DeclaredTransaction<Void> {
      DeclaredTransaction("close") { tx in try tx[accounts, "bob"].increment() }
    }

    var lend: DeclaredTransaction<String> {
      DeclaredTransaction("lend", over: ["cid"]) { tx, name in try tx[accounts, name].increment() }
    }
  }

  private static let plan = Result {
    let budget = Budget(replicas: 2, configurations: 2000)
    return try Planning(
      Analysis(Workload(of: Savings()), within: budget), within: budget
    ).plan
  }

  @Test func declaredPlacementsArePlanned() throws {
    let plan = try Self.plan.get()
    #expect(plan.searched == nil)
    #expect(plan.entries["save"]?.way == .local)
    #expect(plan.entries["close"]?.way == .ordered)
    #expect(plan.entries["lend"]?.way == .owned(argument: 0))
    #expect(plan.entries.values.allSatisfy { $0.basis == .theorems && $0.arguments.isEmpty })
  }

  @Test func aCallDoesWhatThePlanLists() async throws {
    let savings = Savings()
    let plan = try Self.plan.get()
    let replica = try Replica(savings, running: Running(by: plan))
    try await replica.perform(savings.save, 1000)
    let digest = try replica.snapshot.digest
    let planned = ["increment accounts", "insert accounts"]
    await #expect(
      throws: PlanError.exceedsWrites("save", found: ["insert notes"], planned: planned)
    ) { try await replica.perform(savings.save, 8) }
    await #expect(
      throws: PlanError.exceedsReads("save", found: "notes", planned: ["accounts"])
    ) { try await replica.perform(savings.save, 7) }
    #expect(try replica.snapshot.digest == digest)
    // A request is not answered by it, and leaves what is the database's own alone.
    guard case .committed = try await replica.perform(savings.save, 1, request: RequestID(1)) else {
      Issue.record("it did not commit")
      return
    }
    await #expect(throws: PlanError.self) {
      try await replica.perform(savings.save, 8, request: RequestID(2))
    }
    try await replica.perform(savings.save, 9, request: RequestID(2))
    #expect(try replica.snapshot[savings.accounts, "ann"]?.value == 1010)
    // Plain writes are as free as before.
    try await replica.write { try $0[savings.notes, 1].set("x") }
  }

  private struct Pair: Schema {
    let listed = Table<Int, LWWRegister<Int>>("listed")
    let other = Table<Int, LWWRegister<Int>>("other")
    var invariants: [any Invariant] {
      Custom("listed alone", over: [listed]) { [other] snapshot in
        try snapshot.count(other) < 2
      }
    }
  }

  @Test func aConditionSeesTheTablesThatItLists() async throws {
    let pair = Pair()
    let expected = SchemaError.unlistedTable("other", invariant: "listed alone")
    let replica = try Replica(pair)
    await #expect(throws: expected) {
      try await replica.write(.localOnly) { try $0[pair.listed, 1].set(1) }
    }
    #expect(throws: expected) { try replica.snapshot.violations() }
    let workload = try Workload("pair", of: pair) {
      DeclaredTransaction("write") { tx in try tx[pair.listed, 1].set(1) }
    }
    #expect(throws: expected) { try Explorer.explore(workload) }
  }

  /// A condition that reads what follows from no table.
  private struct Looking: Schema {
    let rows = Table<Int, LWWRegister<Int>>("rows")
    let look: @Sendable (Snapshot) throws -> Bool

    var invariants: [any Invariant] { Custom("looking", over: [rows]) { try look($0) } }
  }

  @Test(arguments: 0..<7) func aConditionSeesNothingBeyondTables(place: Int) async throws {
    let looks: [(String, @Sendable (Snapshot) throws -> Bool)] = [
      ("the time", { $0.time < HybridTime(milliseconds: 1) }),
      ("the founder", { $0.founder == .random() }),
      ("the founder", { $0.actingFounder == .random() }),
      ("the vector", { $0.vector.replicas.isEmpty }),
      ("the ends of identities", { $0.cuts.isEmpty }),
      ("what invariants say", { try $0.violations().isEmpty }),
      ("what invariants say", { try $0.brokenInvariants().isEmpty }),
    ]
    let (what, look) = looks[place]
    let schema = Looking(look: look)
    let expected = SchemaError.unlistedRead(what, invariant: "looking")
    let replica = try Replica(schema)
    await #expect(throws: expected) {
      try await replica.write(.localOnly) { try $0[schema.rows, 1].set(1) }
    }
    let workload = try Workload("looking", of: schema) {
      DeclaredTransaction("write") { tx in try tx[schema.rows, 1].set(1) }
    }
    // A check of many programs goes on, and no plan lets it run.
    let analysis = try Analysis(workload)
    #expect(analysis.obstacle?.description.contains("\(expected)") == true)
    #expect(try Planning(analysis).plan.entries["write"]?.way == .refused)
  }

  private struct Named: TransactionSchema {
    let rows = Table<Int, GSet<Int>>("rows")
    var others: [AnyDeclaredTransaction] = []

    var transactions: [AnyDeclaredTransaction] {
      put
      others
    }

    var put: DeclaredTransaction<Int> {
      DeclaredTransaction("put", over: [1]) { tx, number in try tx[rows, 1].insert(number) }
    }
  }

  @Test func transactionsThatMakeNoSenseAreRefused() throws {
    let put = Named().put
    let twice = Named(others: [AnyDeclaredTransaction(put)])
    #expect(throws: SchemaError.duplicateTransaction("put")) { try Workload(of: twice) }
    #expect(throws: SchemaError.duplicateTransaction("put")) { try Replica(twice) }
    #expect(throws: SchemaError.duplicateTransaction("put")) {
      try Workload("named", of: Named()) { [put, put].map { AnyDeclaredTransaction($0) } }
    }
    let other = DeclaredTransaction("other", over: [1]) { tx, number in
      try tx[Named().rows, number].insert(1)
    }
    for argument in [-1, 1, .max] {
      #expect(throws: SchemaError.self) {
        try Workload(of: Named(others: [other.placed(.owned(byArgument: argument))]))
      }
    }
    #expect(throws: Never.self) {
      try Workload(of: Named(others: [other.placed(.owned(byArgument: 0))]))
    }
  }

  @Test func aPlanOfAnArgumentThatIsNotThereDoesNotOpen() throws {
    var plan = try Planning(Analysis(Workload(of: Named()))).plan
    plan.entries["put"]?.way = .owned(argument: 7)
    #expect(throws: PlanError.noSuchArgument("put", argument: 7, count: 1)) {
      try Replica(Named(), running: Running(by: plan))
    }
  }
}
