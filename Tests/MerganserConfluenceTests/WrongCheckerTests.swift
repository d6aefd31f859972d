import MerganserConfluence
import MerganserExamples
import MerganserModel
import MerganserSolver
import MerganserTypes
import Testing

/// What makes a checker of I-confluence wrong, a test for each.
@Suite struct WrongCheckerTests {
  private struct Balance: Schema {
    let accounts = Table<String, PNCounter>("accounts")
    var invariants: [any Invariant] { Limit("not below 0", on: accounts, atLeast: 0) }

    func workload(
      startingWith amount: Int64, placement: Placement
    ) throws -> Workload {
      try Workload("balance", of: self) { tx in
        try tx[accounts, "a"].increment(by: amount)
      } transactions: {
        DeclaredTransaction("withdraw") { tx in
          try tx[accounts, "a"].decrement()
        }.placed(placement)
      }
    }
  }

  @Test func onlyReachableStatesCount() throws {
    // One replica alone withdraws. Closure under merge fails, and no state that is reached shows it.
    let workload = try Balance().workload(startingWith: 3, placement: .ordered)
    let analysis = try Analysis(workload, within: Budget(replicas: 3))
    #expect(analysis.isConfluent)
    guard case .confluent(let grounds) = analysis.verdicts[0].verdict else {
      Issue.record("\(analysis.verdicts)")
      return
    }
    #expect(grounds.contains(.shown(states: 4, replicas: nil)), "\(grounds)")
  }

  @Test(.enabled(if: Solver.z3() != nil, "no z3 on the path: proofs are not tried"))
  func closureUnderMergeFailsThere() throws {
    let workload = try Balance().workload(startingWith: 3, placement: .ordered)
    let analysis = try Analysis(workload, within: Budget(replicas: 3))
    let answer = try #require(Solver.z3()).answer(
      on: workload.catalog.description.invariants[0], writing: analysis.effects[0])
    guard case .refuted = answer else {
      Issue.record("closure does not fail: \(String(describing: answer))")
      return
    }
  }

  @Test func oneTransactionOnEachSideIsNotEnough() throws {
    let workload = try Balance().workload(startingWith: 3, placement: .everywhere)
    let found = try #require(try Explorer.explore(workload).counterexamples.first)
    #expect(found.steps.count == 5)
    let first = found.steps.filter { $0.replica == 0 }.count
    #expect(first > 1 && first < 5)
  }

  @Test func aMergeOfThreeCanBreakWhatNoPairBreaks() throws {
    let registering = try #require(try ConfluenceCase.all().first { $0.number == 29 }).workload
    #expect(try Explorer.explore(registering, within: Budget(replicas: 2)).isProof)
    let found = try Explorer.explore(registering, within: Budget(replicas: 3))
    #expect(found.counterexamples.first?.replicas == 3)
  }

  private struct Numbered: Schema {
    let users = Table<Path<Int, Int>, LWWRegister<Int>>("users")
    var invariants: [any Invariant] {
      Custom("an id names one user", over: [users]) { snapshot in
        try snapshot.rows(users).allSatisfy { try snapshot[users, $0.key] != nil }
          && Set(snapshot.rows(users).map(\.key.parent)).count == snapshot.count(users)
      }
    }

    /// Ids are counted by each replica for itself; with its own id in front, or without.
    func workload(byReplica: Bool) throws -> Workload {
      try Workload("ids", of: self) {
        DeclaredTransaction("insert") { tx in
          let own = Workload.replicas.firstIndex(of: tx.replica) ?? 0
          let id = byReplica ? own : 0
          if try tx[users, Path(id, child: own)].exists { return }
          try tx[users, Path(id, child: own)].create()
        }
      }
    }
  }

  @Test func transactionsActAsAReplica() throws {
    #expect(try Explorer.explore(Numbered().workload(byReplica: true)).isProof)
    #expect(try !Explorer.explore(Numbered().workload(byReplica: false)).counterexamples.isEmpty)
  }

  @Test func whatNeverCommitsProvesNothing() throws {
    let schema = Balance()
    let workload = try Workload("empty", of: schema) {
      DeclaredTransaction("withdraw") { tx in try tx[schema.accounts, "a"].decrement() }
    }
    let found = try Explorer.explore(workload)
    #expect(found.isProof)
    #expect(found.vacuous == ["withdraw"])
    #expect(found.neverCommitted.first?.reason?.contains("not below 0") == true)
    let error = #expect(throws: NotConfluent.self) { try expectConfluent(workload) }
    #expect(error?.description.contains("withdraw never committed") == true)
  }

  /// A transaction of which no search saw anything is not let run: what it writes is not known.
  @Test func whatNeverCommitsIsNotLetRun() throws {
    let schema = Balance()
    let workload = try Workload("empty", of: schema) {
      DeclaredTransaction("withdraw") { tx in try tx[schema.accounts, "a"].decrement() }
    }
    #expect(
      try Planning(Analysis(workload)).plan.entries.mapValues(\.way) == ["withdraw": .refused])
    for configurations in [1, 3] {
      let budget = Budget(replicas: 2, configurations: configurations)
      for workload in try Examples.all() {
        let analysis = try Analysis(workload, within: budget)
        let plan = try Planning(analysis, within: budget).plan
        for name in analysis.vacuous {
          #expect(plan.entries[name]?.way == .refused, "\(workload.name): \(name)")
        }
      }
    }
    var check = CheckRun(title: "empty", solver: nil)
    let text = try check.decide(workload).text
    #expect(text.contains("withdraw is refused: it never committed"), "\(text)")
    #expect(!check.isSound)
  }

  /// A transaction over no arguments was never tried, whatever else runs.
  @Test func aTransactionOverNoArgumentsIsNotLetRun() throws {
    let schema = Balance()
    let workload = try Workload("none", of: schema) {
      DeclaredTransaction("save") { tx in try tx[schema.accounts, "a"].increment() }
      DeclaredTransaction("save some", over: [Int64]()) { tx, amount in
        try tx[schema.accounts, "a"].increment(by: amount)
      }
    }
    let analysis = try Analysis(workload)
    #expect(analysis.vacuous == ["save some"])
    #expect(
      try Planning(analysis).plan.entries.mapValues(\.way)
        == ["save": .local, "save some": .refused])
    #expect(throws: NotConfluent.self) { try expectConfluent(workload) }
  }

  /// What is broken before anything runs is sound under no plan.
  @Test func aStartThatBreaksAnInvariantIsNotSound() throws {
    struct Users: Schema {
      let users = Table<String, GSet<Int>>("users")
      var invariants: [any Invariant] {
        let users = users
        Custom("somebody is there", over: [users]) { try $0[users, "a"] != nil }
      }
    }
    let schema = Users()
    let workload = try Workload("nobody", of: schema) {
      DeclaredTransaction("come") { tx in try tx[schema.users, "a"].insert(1) }
    }
    let planning = try Planning(Analysis(workload))
    #expect(planning.plan.entries.mapValues(\.way) == ["come": .refused])
    #expect(planning.counterexample?.steps.isEmpty == true)
    var check = CheckRun(title: "nobody", solver: nil)
    try check.decide(workload)
    #expect(!check.isSound)
  }

  /// A workload that cannot be searched is refused with the reason, and hinders none that follows.
  @Test func whatThrowsHindersNoOther() throws {
    struct Broken: Error, CustomStringConvertible { let description = "the start is broken" }
    let schema = Balance()
    let broken = try Workload("broken", of: schema, start: { _ in throw Broken() }) {
      DeclaredTransaction("save") { tx in try tx[schema.accounts, "a"].increment() }
    }
    let whole = try Workload("whole", of: schema) {
      DeclaredTransaction("save") { tx in try tx[schema.accounts, "a"].increment() }
    }
    var check = CheckRun(title: "two", solver: nil)
    let decision = try check.decide(broken)
    #expect(decision.planning.refusals["save"] == [.startThrows("the start is broken")])
    try check.decide(whole)
    #expect(check.failures.isEmpty)
    #expect(check.decisions.count == 2)
    #expect(!check.isSound)
    #expect(check.report.html.contains("the start throws: the start is broken"))
    #expect(throws: NotConfluent.self) { try expectConfluent(broken, allowsUnknown: true) }
  }

  /// A theorem speaks for what was seen to be written: no search ends for it before everything was seen to commit.
  @Test func noSearchIsDecidedBeforeEverythingCommits() throws {
    let schema = Balance()
    // The withdrawal needs more steps than the first search has configurations.
    let workload = try Workload("late", of: schema) {
      DeclaredTransaction("save") { tx in try tx[schema.accounts, "a"].increment() }
      DeclaredTransaction("withdraw") { tx in
        try tx[schema.accounts, "a"].decrement(by: 20)
      }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 2, configurations: 60_000))
    #expect(analysis.vacuous.isEmpty)
    #expect(!analysis.isConfluent)
  }

  private struct Claims: Schema {
    let owners = Table<String, LWWRegister<Int>>("owners")
    let receipts = Table<Int, GSet<String>>("receipts")
    let remembers: Bool

    var invariants: [any Invariant] {
      let (owners, receipts, remembers) = (owners, receipts, remembers)
      Custom("a name has one owner", over: [owners, receipts]) { snapshot in
        guard remembers else { return true }
        return try snapshot.rows(receipts).allSatisfy { user, names in
          try names.allSatisfy { try snapshot[owners, $0]?.value == user }
        }
      }
    }

    var workload: Workload {
      get throws {
        try Workload("claims", of: self) {
          DeclaredTransaction("claim") { tx in
            let user = Workload.replicas.firstIndex(of: tx.replica) ?? 0
            if try tx[owners, "ann"].exists { return }
            try tx[owners, "ann"].set(user)
            try tx[receipts, user].insert("ann")
          }
        }
      }
    }
  }

  @Test func aWeakInvariantHidesABrokenPromise() throws {
    // The register forgets one of two claims, and every state looks well. What was promised shows it.
    #expect(try Explorer.explore(Claims(remembers: false).workload).isProof)
    #expect(try !Explorer.explore(Claims(remembers: true).workload).counterexamples.isEmpty)
  }

  @Test func aBoundIsNotAProof() throws {
    let workload = try Balance().workload(startingWith: 3, placement: .everywhere)
    let analysis = try Analysis(workload, within: Budget(depth: 4))
    guard case .unknown(let bound) = analysis.verdicts[0].verdict else {
      Issue.record("\(analysis.verdicts)")
      return
    }
    #expect(bound.contains("4 moves"))
    #expect(throws: NotConfluent.self) { try expectConfluent(workload, within: Budget(depth: 4)) }
    #expect(throws: Never.self) {
      try expectConfluent(workload, within: Budget(depth: 4), allowsUnknown: true)
    }
  }
}
