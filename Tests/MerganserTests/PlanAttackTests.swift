import Merganser
import MerganserAttack
import MerganserConfluence
import MerganserDatabase
import RandomPrograms
import Testing

/// An attack finds nothing where a plan holds, and finds what is wrong with one that does not.
@Suite struct PlanAttackTests {
  /// The seeds of fifty random programs that are soon analysed, and let something run.
  private static let seeds: [UInt64] = [
    1, 3, 5, 6, 7, 9, 10, 11, 12, 17, 18, 20, 24, 27, 34, 37, 38, 39, 40, 41, 42, 43, 44, 46, 48,
    50, 52, 54, 55, 58, 61, 62, 64, 65, 66, 68, 70, 71, 73, 74, 75, 87, 88, 89, 90, 91, 92, 95,
    96, 97,
  ]

  /// Random programs, each by the plan that the analysis makes of it; `make attack` has many more.
  @Test func plansOfRandomProgramsHold() async throws {
    var summary = AttackSummary()
    for seed in Self.seeds {
      let program = try RandomProgram(seed: seed)
      let budget = Budget(replicas: 2, configurations: 300)
      let plan = try Planning(Analysis(program.workload, within: budget), within: budget).plan
      do {
        let found = try await attack(plan, on: program.schema, steps: 60, seed: seed) {
          program.others
        }
        summary.add(found)
      } catch {
        Issue.record("program \(seed): \(error)\n\(program.text)\n\(plan)")
      }
    }
    #expect(summary.steps == 3000, "\(summary)")
    #expect(summary.commits.values.reduce(0, +) > 200, "\(summary)")
    #expect(summary.refusals["PlanError.noSeat"] ?? 0 > 10, "\(summary)")
  }

  @Test func aSeedSaysAllThatHappens() async throws {
    let club = Club()
    let plan = try club.plan(replicas: 3)
    let first = try await attack(plan, on: club, steps: 200, seed: 7)
    let second = try await attack(plan, on: club, steps: 200, seed: 7)
    #expect(first == second)
    #expect(first.steps == 200)
    #expect(first.commits["register"] ?? 0 > 0, "\(first)")
    let other = try await attack(plan, on: club, steps: 200, seed: 8)
    #expect(first != other)
  }

  @Test func aPlanOfAnotherSchemaIsNone() async throws {
    await #expect(throws: PlanError.self) {
      try await attack(Savings().plan(), on: Club(), steps: 10)
    }
  }

  /// What the plan would refuse is said to be local.
  @Test func aForgedWayIsFound() async throws {
    let savings = Savings()
    var plan = try savings.plan()
    #expect(plan.entries["spend"]?.way == .ordered)
    try await attack(plan, on: savings, steps: 300)
    plan.entries["spend"]?.way = .local
    let failure = try await failure { try await attack(plan, on: savings, steps: 2000) }
    guard case .broken(let violation) = failure.fault else {
      Issue.record("\(failure)")
      return
    }
    #expect(violation.invariant == "no savings below 0")
    #expect(failure.replica != nil)
    // Somebody saves, who is heard of, and two spend it apart.
    #expect(failure.history.count <= 16, "\(failure)")
    #expect("\(failure)".contains("seed 1, step \(failure.step)"))
  }

  /// The plan says that more replicas were searched than were.
  @Test func forgedSeatsAreFound() async throws {
    let club = Club()
    var plan = try club.plan(replicas: 3)
    try await attack(plan, on: club, steps: 300)
    plan.entries["register"]?.basis = .search(replicas: 5)
    let failure = try await failure { try await attack(plan, on: club, steps: 2000) }
    #expect(failure.isBreak(of: "at most 3 are registered"), "\(failure)")
  }

  /// The plan says of a search that its arguments do not matter.
  @Test func forgedArgumentsAreFound() async throws {
    let sum = Sum()
    var plan = try sum.plan()
    #expect(plan.entries["put"]?.basis != .theorems)
    try await attack(plan, on: sum, steps: 300)
    plan.entries["put"]?.basis = .theorems
    plan.entries["put"]?.arguments = []
    plan.searched = nil
    let failure = try await failure { try await attack(plan, on: sum, steps: 2000) }
    #expect(failure.isBreak(of: "the sum is at most 4"), "\(failure)")
  }

  /// The plan allows more kinds of writes than the theorems speak of.
  @Test func forgedWritesAreFound() async throws {
    let savings = Savings()
    var plan = try savings.plan()
    let withdrawal = AnyDeclaredTransaction(
      DeclaredTransaction("save", over: [1, 2]) { tx, _ in
        let all = try tx[savings.accounts, "ann"].value?.count ?? 0
        try tx[savings.accounts, "ann"].decrement(by: Int64(all))
      })
    try await attack(plan, on: savings, steps: 300) { withdrawal }
    plan.entries["save"]?.writes.insert(Effect(.decrement, in: "accounts"))
    plan.entries["save"]?.invariants = ["no savings below 0"]
    let failure = try await failure {
      try await attack(plan, on: savings, steps: 2000) { withdrawal }
    }
    #expect(failure.isBreak(of: "no savings below 0"), "\(failure)")
  }

  /// The plan was made for databases that begin with something else.
  @Test func aForgedStartIsFound() async throws {
    let plan = try Sum().plan()
    let fuller = Sum(begin: 2)
    await #expect(throws: PlanError.self) { try await attack(plan, on: fuller, steps: 10) }
    var forged = plan
    let start = try SearchedStart(Catalog(fuller)) { tx in try fuller.start(tx) }
    forged.searched?.start = start.digest
    forged.searched?.sample = try start.sample(of: fuller.transactions)
    let failure = try await failure { try await attack(forged, on: fuller, steps: 2000) }
    #expect(failure.isBreak(of: "the sum is at most 4"), "\(failure)")
  }

  /// The plan says that nobody needs to leave a table alone that a search has read.
  @Test func forgottenReservationsAreFound() async throws {
    let gate = Gate()
    var plan = try gate.plan()
    #expect(plan.entries["enter"]?.basis != .theorems)
    #expect(plan.entries["enter"]?.reads == ["doors"])
    let open = AnyDeclaredTransaction(
      DeclaredTransaction("open", over: [3]) { tx, number in try tx[gate.doors, 1].set(number) })
    try await attack(plan, on: gate, steps: 300) { open }
    plan.entries["enter"]?.basis = .theorems
    plan.entries["enter"]?.arguments = []
    plan.searched = nil
    let failure = try await failure { try await attack(plan, on: gate, steps: 2000) { open } }
    #expect(failure.isBreak(of: "at most one is in"), "\(failure)")
  }

  private func failure(
    _ body: () async throws -> AttackSummary
  ) async throws -> AttackFailure {
    do {
      let summary = try await body()
      throw NothingFound(summary: summary)
    } catch let failure as AttackFailure { return failure }
  }

  private struct NothingFound: Error { let summary: AttackSummary }
}

extension AttackFailure {
  fileprivate func isBreak(of invariant: String) -> Bool {
    guard case .broken(let violation) = fault else { return false }
    return violation.invariant == invariant
  }
}

extension TransactionSchema {
  /// The plan that the analysis makes.
  fileprivate func plan(replicas: Int = 2) throws -> Plan {
    let budget = Budget(replicas: replicas, configurations: 20_000)
    return try Planning(Analysis(Workload(of: self), within: budget), within: budget).plan
  }
}

/// Accounts of which theorems speak.
private struct Savings: TransactionSchema {
  let accounts = Table<String, PNCounter>("accounts")

  var invariants: [any Invariant] { Limit("no savings below 0", on: accounts, atLeast: 0) }

  var transactions: [AnyDeclaredTransaction] {
    DeclaredTransaction("save", over: [1, 2]) { tx, amount in
      try tx[accounts, "ann"].increment(by: amount)
    }
    DeclaredTransaction("spend", over: [1, 2]) { tx, amount in
      try tx[accounts, "ann"].decrement(by: amount)
    }
  }
}

/// A club of at most 3, at which each replica registers once: as a search of three replicas says.
private struct Club: TransactionSchema {
  let members = Table<ReplicaID, LWWRegister<Int>>("members")

  var invariants: [any Invariant] {
    Custom("at most 3 are registered", over: [members]) { [members] snapshot in
      try snapshot.count(members) <= 3
    }
  }

  var transactions: [AnyDeclaredTransaction] {
    DeclaredTransaction("register", over: [1]) { tx, fee in
      if try tx[members, tx.replica].exists { return }
      try tx[members, tx.replica].set(fee)
    }
  }
}

/// Two parts, each set to what it is set to and no more.
private struct Sum: TransactionSchema {
  let parts = Table<Int, Max<Int>>("parts")
  /// What the third part is at first.
  var begin = 0

  var invariants: [any Invariant] {
    Custom("the sum is at most 4", over: [parts]) { [parts] snapshot in
      try (1...3).reduce(0) { try $0 + (snapshot[parts, $1]?.value ?? 0) } <= 4
    }
  }

  var transactions: [AnyDeclaredTransaction] {
    DeclaredTransaction("put", over: [1, 2], over: [2]) { tx, part, amount in
      try tx[parts, part].observe(amount)
    }
  }

  func start(_ tx: borrowing Transaction) throws {
    if begin > 0 { try tx[parts, 3].observe(begin) }
  }
}

/// A room in which one is at a time, whose door lets in one of two.
private struct Gate: TransactionSchema {
  let doors = Table<Int, LWWRegister<Int>>("doors")
  let room = Table<Int, LWWRegister<Int>>("room")

  var invariants: [any Invariant] {
    Custom("at most one is in", over: [room]) { [room] snapshot in
      try snapshot.count(room) <= 1
    }
  }

  var transactions: [AnyDeclaredTransaction] {
    DeclaredTransaction("enter", over: [1]) { tx, guest in
      let door = try tx[doors, 1].value?.value ?? guest
      try tx[room, door].set(guest)
    }
  }
}
