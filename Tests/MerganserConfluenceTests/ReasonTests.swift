import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What a plan and a report tell whoever reads them: why a transaction runs so, or not at all, and what would help.
@Suite struct ReasonTests {
  private struct Desk: Schema {
    let desks = Table<Int, LWWRegister<String>>("desks")
    let log = Table<String, GSet<String>>("log")
    var most = 1

    var invariants: [any Invariant] {
      Custom("few sit", over: [desks]) { [desks, most] in try $0.count(desks) <= most }
    }

    var sit: DeclaredTransaction<Int> {
      DeclaredTransaction("sit", over: [1, 2]) { tx, desk in try tx[desks, desk].set("x") }
    }
  }

  private func decide(
    _ schema: Desk, budget: Budget = .standard,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws -> CheckRun.Decision {
    let workload = try Workload("desks", of: schema, start: start, transactions: transactions)
    var check = CheckRun(title: "desks", within: budget)
    return try check.decide(workload)
  }

  @Test func anEntryTellsWhyItIsOrdered() throws {
    let desk = Desk()
    let plan = try decide(desk) { desk.sit }.planning.plan
    #expect(plan.entries["sit"]?.way == .ordered)
    #expect(plan.entries["sit"]?.reason == "calls of sit, run apart, break \"few sit\"")
    let text = "\(plan)"
    #expect(text.contains("\n\t| calls of sit, run apart, break \"few sit\"\n"))
    // A reason is for a person: plans that differ in it are one.
    var other = plan
    other.entries["sit"]?.reason = nil
    #expect(other.digest == plan.digest)
    #expect(plan.differences(from: other).isEmpty)
    #expect(try Plan(parsing: text) == plan)
  }

  /// A violation of a condition shows the rows that it has read, by the names that replicas have in a report.
  @Test func aConditionShowsWhatItHasRead() throws {
    let desk = Desk()
    let decision = try decide(desk) { desk.sit }
    let found = try #require(decision.analysis.counterexamples.first?.violation.found)
    #expect(found == "1 = x; 2 = x")
    #expect(decision.text.contains("desks: 1 = x; 2 = x"))
  }

  private struct Claim: Schema {
    let holders = Table<String, LWWRegister<String>>("holders")
    let history = Table<String, GSet<String>>("history")

    var invariants: [any Invariant] {
      Custom("who was told last holds it", over: [holders, history]) { [holders, history] in
        try $0[history, "x"]?.contains("bob told") != true || $0[holders, "x"]?.value == "bob"
      }
    }
  }

  /// Whose clock is ahead matters here, and nowhere where the other way round goes wrong as well.
  @Test func aHistoryTellsWhoseClockMatters() throws {
    let claim = Claim()
    let workload = try Workload("claims", of: claim) {
      DeclaredTransaction("claim") { tx in
        try tx[claim.holders, "x"].set("bob")
        try tx[claim.history, "x"].insert("bob told")
      }
      DeclaredTransaction("take") { tx in try tx[claim.holders, "x"].set("ann") }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 2, configurations: 20_000))
    let found = try #require(analysis.counterexamples.first)
    #expect(found.timings.count == 1)
    #expect(
      found.timings[0].wholeMatch(of: /[AB]'s take\(\) is later than [AB]'s claim\(\)/) != nil,
      "\(found.timings)")
    #expect(found.description.contains("  by the clocks: \(found.timings[0])"))
    #expect(try found.replay() == found.violation)
    let desk = Desk()
    for one in try decide(desk, transactions: { desk.sit }).analysis.counterexamples {
      #expect(one.timings.isEmpty, "\(one)")
    }
  }

  @Test func everyReasonForARefusalIsTold() throws {
    let desk = Desk()
    let decision = try decide(desk) {
      desk.sit
      DeclaredTransaction("never") { _ in throw Never() }
    }
    #expect(decision.planning.refusals["never"]?.contains(.neverCommitted) == true)
    for refusal in decision.planning.refusals.values.flatMap({ $0 }) {
      #expect(
        decision.text.joinedLines.contains("is refused: \(refusal.summary)"), "\(decision.text)")
      #expect(decision.text.joinedLines.contains("To do: \(refusal.advice)."))
    }
  }

  private struct Never: Error {}

  private struct Counts: Schema {
    let counts = Table<String, GCounter>("counts")

    var invariants: [any Invariant] {
      Custom("nothing is counted backwards", over: [counts]) { [counts] in
        try ($0[counts, "n"]?.count ?? 0) >= 0
      }
    }
  }

  /// Where nothing is known, the report tries what is cheap, and says what came of it.
  @Test(arguments: [true, false]) func whatWouldDecideIsTried(halfIsBounded: Bool) throws {
    let counts = Counts()
    let workload = try Workload("counts", of: counts) {
      DeclaredTransaction("count", over: halfIsBounded ? [2, .max] : [.max]) { tx, most in
        let count = try tx[counts.counts, "n"].value?.count ?? 0
        if count < UInt64(most) { try tx[counts.counts, "n"].increment() }
      }
    }
    var check = CheckRun(title: "counts", within: Budget(replicas: 2, configurations: 300))
    let decision = try check.decide(workload)
    guard case .unknown? = decision.analysis.verdicts.first?.verdict else {
      Issue.record("\(decision.text)")
      return
    }
    let text = decision.text.joinedLines
    if halfIsBounded {
      #expect(
        text.contains(
          "tried: over the first half of the arguments alone: nothing goes wrong any more"),
        "\(text)")
    } else {
      #expect(text.contains("to decide it: fewer arguments"), "\(text)")
    }
    #expect(check.report.html.contains("What would decide"))
  }

  @Test func aPlanIsHeldAgainstTheCode() throws {
    let desk = Desk(most: 2)
    let workload = try Workload("desks", of: desk) { desk.sit }
    let plan = try Planning(Analysis(workload)).plan
    try expectPlan(plan, of: workload)
    let other = try Workload("desks", of: desk) {
      DeclaredTransaction("sit", over: [1, 2]) { tx, place in
        try tx[desk.desks, place].set("x")
        try tx[desk.log, "l"].insert("x")
      }
    }
    let found = #expect(throws: NotPlanned.self) { try expectPlan(plan, of: other) }
    #expect(found?.description.contains("insert log") == true, "\(String(describing: found))")
    let gone = try Workload("desks", of: desk) {
      DeclaredTransaction("stand", over: [1]) { tx, place in try tx[desk.desks, place].set("x") }
    }
    let names = #expect(throws: NotPlanned.self) { try expectPlan(plan, of: gone) }
    #expect(names?.description.contains("sit: not declared any more") == true)
    #expect(names?.description.contains("stand: declared, and not in the plan") == true)
  }
}

extension String {
  /// The text with what was folded put together again.
  fileprivate var joinedLines: String {
    replacing(/\n +/, with: " ")
  }
}
