import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What a program says that cannot be searched is told by name, and ends no check.
@Suite struct ObstacleTests {
  private struct Seats: Schema {
    let seats = Table<String, PNCounter>("seats")
    var invariants: [any Invariant] { Limit("a hall has 2 seats", on: seats, atMost: 2) }
  }

  @Test func aStartThatBreaksAnInvariantIsRefusedByItsName() throws {
    let seats = Seats().seats
    let workload = try Workload("full", of: Seats(), start: { try $0[seats, "a"].increment(by: 5) })
    {
      DeclaredTransaction("sit") { tx in try tx[seats, "a"].increment() }
    }
    var check = CheckRun(title: "full")
    let decision = try check.decide(workload)
    let refusals = try #require(decision.planning.refusals["sit"])
    #expect(refusals.map(\.invariant) == ["a hall has 2 seats"])
    #expect(decision.planning.plan.entries["sit"]?.way == .refused)
    #expect(decision.text.contains("let the start keep every invariant"))
    #expect(!check.isSound)
  }

  @Test func aBudgetThatAllowsNothingIsAnError() throws {
    let seats = Seats().seats
    let workload = try Workload("seats", of: Seats()) {
      DeclaredTransaction("leave") { tx in try tx[seats, "a"].decrement() }
    }
    let limits: [(what: String, limit: WritableKeyPath<Budget, Int>)] = [
      ("configurations", \.configurations), ("bytes of states", \.bytes), ("of work", \.work),
      ("moves", \.depth),
    ]
    for (what, limit) in limits {
      for number in [0, -1, Int.min] {
        var budget = Budget.standard
        budget[keyPath: limit] = number
        #expect(throws: ExplorationError.noBudget(what, found: number)) {
          try Analysis(workload, within: budget)
        }
      }
      var budget = Budget.standard
      budget[keyPath: limit] = .max
      #expect(try Analysis(workload, within: budget).isConfluent)
    }
  }
}
