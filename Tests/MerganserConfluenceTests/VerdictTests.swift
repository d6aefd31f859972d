import MerganserConfluence
import MerganserExamples
import MerganserModel
import MerganserSolver
import MerganserTypes
import Testing

@Suite struct VerdictTests {
  private let budget = Budget(replicas: 2, configurations: 1500)
  /// For what has more to look at, with what comes late.
  private let large = Budget(replicas: 2, configurations: 40_000)

  private func analysis(_ number: Int, within budget: Budget? = nil) throws -> Analysis {
    let one = try #require(try ConfluenceCase.all().first { $0.number == number })
    var budget = budget ?? self.budget
    budget.replicas = one.replicas
    return try Analysis(one.workload, within: budget)
  }

  @Test(arguments: try ConfluenceCase.all())
  func everyCaseIsDecided(_ one: ConfluenceCase) throws {
    let analysis = try analysis(one.number)
    #expect(analysis.contradictions.isEmpty)
    switch one.verdict {
    case .refuted:
      #expect(!analysis.isConfluent)
      for counterexample in analysis.counterexamples { try expectShown(counterexample) }
      // It analyses once more.
      guard one.number < 10 else { break }
      var budget = budget
      budget.replicas = one.replicas
      #expect(throws: NotConfluent.self) { try expectConfluent(one.workload, within: budget) }
    case .byInvariant:
      for (_, verdict) in analysis.verdicts {
        guard case .confluent(let grounds) = verdict else {
          Issue.record("\(verdict)")
          continue
        }
        #expect(grounds.contains { if case .theorem = $0 { true } else { false } })
      }
    case .closes:
      let isConfluent =
        try analysis.isConfluent || self.analysis(one.number, within: large).isConfluent
      #expect(isConfluent)
    }
  }

  @Test func everyHistoryOfTheExamplesIsMinimal() throws {
    for workload in try Examples.all() {
      let analysis = try Analysis(workload, within: Budget(replicas: 3, configurations: 1500))
      #expect(analysis.contradictions.isEmpty)
      for counterexample in analysis.counterexamples { try expectShown(counterexample) }
    }
  }

  @Test func onlyWhatRanApartIsAtFault() throws {
    // A deposit stands in the trace, before the replicas part; the withdrawals break the balance.
    let found = try analysis(26)
    let invariant = "no account is below 0"
    #expect(found.verdict(of: "deposit", under: invariant)?.isConfluent == true)
    let withdrawing = found.verdict(of: "withdraw", under: invariant)
    #expect(withdrawing?.counterexample?.culprits == ["withdraw"])
  }

  @Test func remediesAreCheckedAgain() throws {
    // Deleting an order while others add lines: one order must cover both.
    let planning = try Planning(try analysis(7), within: budget)
    let remedies = planning.remedies["a line's order exists"] ?? []
    let order = try #require(remedies.first { $0.way == .order })
    #expect(Set(order.transactions) == ["insert line", "delete order"])
    #expect(planning.plan.entries["insert line"]?.way == .ordered)
    #expect(planning.plan.entries["insert order"]?.way == .local)
    #expect(planning.counterexample == nil)
    // An owner for each name remedies a chosen name, an owner for each id does not.
    let naming = try Planning(try analysis(3), within: budget)
    let ways = naming.remedies["names are unique"]?.map(\.way) ?? []
    #expect(ways.contains(.ownership(argument: 1)))
    #expect(!ways.contains(.ownership(argument: 0)))
    // With what comes late, more is to be searched than this budget has: a plan takes what is known, which is the order.
    #expect(naming.plan.entries["insert"]?.way == .ordered)
  }

  @Test func aPlanIsReadBackAndKeepsItsSchema() throws {
    let analysis = try analysis(26)
    let plan = try Planning(analysis, within: budget).plan
    #expect(try Plan(parsing: plan.description) == plan)
    let catalog = analysis.workload.catalog
    #expect(try plan.admit("deposit", to: catalog) == .local)
    #expect(try plan.admit("withdraw", to: catalog) == .ordered)
    #expect(throws: PlanError.undecided("steal")) { try plan.admit("steal", to: catalog) }
    var other = plan
    other.fingerprint ^= 1
    #expect(throws: PlanError.self) { try other.admit("deposit", to: catalog) }
    other = plan
    other.entries["withdraw"] = .init(way: .refused, invariants: ["x"])
    #expect(throws: PlanError.refused("withdraw", invariants: ["x"], reason: nil)) {
      try other.admit("withdraw", to: catalog)
    }
    #expect(try other.admit("withdraw", to: catalog, isTentative: true) == .refused)
    for text in ["", "merganser plan 2\n", "merganser plan 1\nschema x\n", "\(plan)a\tnever\n"] {
      #expect(throws: PlanError.self) { try Plan(parsing: text) }
    }
  }

  @Test func withoutASolverTheRestWorksAndSaysSo() throws {
    #expect(Solver.z3(path: "/nowhere") == nil)
    #expect(try analysis(14).without != nil)
  }

  @Test(.enabled(if: Solver.z3() != nil, "no z3 on the path: proofs are not tried"))
  func closureIsProvedOrRefuted() throws {
    let solver = try #require(Solver.z3())
    for (number, isProved) in [
      (1, true), (3, false), (4, true), (6, true), (7, false), (12, true), (14, true), (15, false),
      (16, false), (17, true), (25, true), (26, false), (27, true), (30, false), (32, true),
    ] {
      let analysis = try analysis(number)
      let invariant = try #require(analysis.workload.catalog.description.invariants.first)
      let effects = analysis.effects.reduce(into: Set()) { $0.formUnion($1) }
      let answer = try #require(try solver.answer(on: invariant, writing: effects))
      switch answer {
      case .proved: #expect(isProved, "\(number)")
      case .refuted: #expect(!isProved, "\(number)")
      case .undecided(let why): Issue.record("\(number): \(why)")
      }
    }
    // What a solver says is not believed before databases have shown it.
    let liar = Solver(name: "liar") { _ in "sat\n((s 5) (a 1) (b 1))" }
    let invariant = SchemaDescription.Invariant(
      kind: "Limit", name: "n", parameters: ["t", "0", ""])
    let answer = try liar.answer(on: invariant, writing: [Effect(.decrement, in: "t")])
    guard case .undecided = answer else {
      Issue.record("\(String(describing: answer))")
      return
    }
  }
}
