import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What all searches of an analysis may do together has a bound, also where each by itself is within its own.
@Suite struct SearchSessionTests {
  private struct Counters: Schema {
    let counters = Table<Int, PNCounter>("counters")
    let notes = Table<Int, LWWRegister<Int>>("notes")
    var invariants: [any Invariant] {
      Custom("few notes", over: [notes, counters]) { [notes, counters] in
        try $0.count(notes) < 3 || ($0[counters, 1]?.exactValue ?? 0) > 1000
      }
    }
  }

  private func workload() throws -> Workload {
    let schema = Counters()
    return try Workload("counters", of: schema) {
      DeclaredTransaction("count", over: [1, 2]) { tx, key in
        try tx[schema.counters, key].increment()
      }
      DeclaredTransaction("note") { tx in
        if try tx[schema.counters, 1].value?.exactValue ?? 0 > 200 {
          try tx[schema.notes, 1].set(1)
        }
      }
    }
  }

  @Test func whatEndsForTheWorkOfAllSaysSo() throws {
    var budget = Budget(replicas: 3, configurations: 1_000_000)
    budget.work = 3_000_000
    var check = CheckRun(title: "counters", within: budget)
    let decision = try check.decide(try workload())
    #expect(decision.analysis.hasSpentItsWork)
    #expect(!decision.analysis.isConfluent)
    #expect(decision.text.contains("searches ended early"), "\(decision.text)")
    #expect(check.report.html.contains("searches ended early"))
    let visited = decision.analysis.explorations.reduce(0) { $0 + $1.configurations }
    #expect(visited < 50_000)
  }

  @Test func moreWorkFindsMore() throws {
    func visited(_ work: Int) throws -> Int {
      var budget = Budget(replicas: 2, configurations: 20_000)
      budget.work = work
      return try Analysis(workload(), within: budget).explorations.reduce(0) {
        $0 + $1.configurations
      }
    }
    #expect(try visited(1_000_000) < visited(20_000_000))
  }
}
