import Merganser
import MerganserConfluence
import MerganserSimulation
import Testing

/// Savings with one transaction that may run anywhere and one that runs in an order.
private struct Savings: TransactionSchema {
  let savings = Table<String, PNCounter>("savings")

  var invariants: [any Invariant] { Limit("no savings below 0", on: savings, atLeast: 0) }

  var transactions: [AnyDeclaredTransaction] {
    save
    spend
  }

  var save: DeclaredTransaction<Int64> {
    DeclaredTransaction("save", over: [1, 2]) { tx, amount in
      try tx[savings, "ann"].increment(by: amount)
    }
  }

  var spend: DeclaredTransaction<Int64> {
    DeclaredTransaction("spend", over: [1, 3]) { tx, amount in
      try tx[savings, "ann"].decrement(by: amount)
    }
  }
}

/// Declared transactions that run by a plan.
@Suite struct DeclaredTests {
  @Test func whatRunsByAPlanKeepsItsInvariants() throws {
    let savings = Savings()
    let budget = Budget(replicas: 2, configurations: 3000)
    let plan = try Planning(
      Analysis(Workload(of: savings), within: budget), within: budget
    ).plan
    var simulation = try Simulation(of: savings, running: Running(by: plan))
    simulation.events = 150
    let report = try simulation.run(seeds: 1...10)
    #expect(report.counts["commits"] ?? 0 > 50)
    // What runs in an order is submitted, and decided by whoever is primary.
    #expect(report.counts["requests that were decided"] ?? 0 > 50, "\(report)")
  }
}
