import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What takes many moves, and what need not be searched.
@Suite struct LongHistoryTests {
  private struct Guests: Schema {
    let guests = Table<String, GSet<Int>>("guests")
    var invariants: [any Invariant] {
      let guests = guests
      Custom("at most 9 guests", over: [guests]) { try $0[guests, "a"]?.count ?? 0 <= 9 }
    }
  }

  /// A search by the number of moves ends long before the ninth guest.
  @Test func manyInsertsAreSeenToBreakALimit() throws {
    let guests = Guests().guests
    let workload = try Workload("guests", of: Guests()) {
      DeclaredTransaction("invite", over: 1...11) { tx, guest in
        try tx[guests, "a"].insert(guest)
      }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 2, configurations: 2000))
    let found = try #require(analysis.verdicts[0].verdict.counterexample)
    #expect(found.steps.count == 11)
    try expectShown(found)
  }

  private struct Stock: Schema {
    let goods = Table<String, PNCounter>("goods")
    var invariants: [any Invariant] { Limit("nothing is owed", on: goods, atLeast: 0) }
  }

  /// Sales and deletions need one order; a delivery leaves it only more than it sees.
  @Test func awayFromALimitRunsBesideDeletionsInOneOrder() throws {
    let goods = Stock().goods
    let workload = try Workload(
      "stock", of: Stock(), start: { try $0[goods, "a"].increment(by: 3) }
    ) {
      DeclaredTransaction("deliver") { tx in try tx[goods, "a"].increment() }
      DeclaredTransaction("sell") { tx in try tx[goods, "a"].decrement() }
      DeclaredTransaction("clear") { tx in try tx[goods, "a"].delete() }
    }
    let budget = Budget(replicas: 2, configurations: 2000)
    let plan = try Planning(Analysis(workload, within: budget), within: budget).plan
    #expect(
      plan.entries.mapValues(\.way) == ["deliver": .local, "sell": .ordered, "clear": .ordered])
  }

  /// Above 0, what is left beside a deletion may lie below the limit.
  @Test func aLimitAboveNothingIsNotKeptBesideDeletions() throws {
    struct Reserve: Schema {
      let goods = Table<String, PNCounter>("goods")
      var invariants: [any Invariant] { Limit("2 are left", on: goods, atLeast: 2) }
    }
    let goods = Reserve().goods
    let workload = try Workload(
      "reserve", of: Reserve(), start: { try $0[goods, "a"].increment(by: 3) }
    ) {
      DeclaredTransaction("deliver") { tx in try tx[goods, "a"].increment(by: 2) }
      DeclaredTransaction("sell") { tx in try tx[goods, "a"].decrement() }
      DeclaredTransaction("clear") { tx in try tx[goods, "a"].delete() }
    }
    let budget = Budget(replicas: 2, configurations: 2000)
    let plan = try Planning(Analysis(workload, within: budget), within: budget).plan
    #expect(plan.entries["deliver"]?.way != .local)
  }
}
