import Merganser
import MerganserConfluence
import Testing

/// The seat of a replica that has ended, for code that does not ask where it runs.
@Suite struct HeirSeatTests {
  private struct Tickets: TransactionSchema {
    let sold = Table<String, GCounter>("sold")

    var invariants: [any Invariant] {
      Custom("at most 3 are sold", over: [sold]) { [sold] in
        try $0[sold, "gate"]?.count ?? 0 <= 3
      }
    }

    var transactions: [AnyDeclaredTransaction] { sell }

    var sell: DeclaredTransaction<Void> {
      DeclaredTransaction("sell") { tx in
        let gate = try tx[sold, "gate"]
        if try gate.value?.count ?? 0 < 1 { try gate.increment() }
      }
    }

    func start(_ tx: borrowing Transaction) throws { try tx[sold, "gate"].create() }
  }

  private static let plan = Result { try Planning(Analysis(Workload(of: Tickets()))).plan }

  @Test func anHeirRunsWhatDoesNotAskWhereItRuns() async throws {
    let plan = try Self.plan.get()
    #expect(plan.entries["sell"]?.basis == .search(replicas: 3))
    let tickets = Tickets()
    let founder = try Replica(tickets, running: Running(by: plan))
    let others = try (0..<3).map { _ in
      try Replica(tickets, joining: founder.id, running: Running(by: plan))
    }
    for seated in others.prefix(2) {
      try await founder.giveSeat(to: seated.id)
      try await founder.sync(with: seated)
    }
    for seated in [founder] + others.prefix(2) { try await seated.perform(tickets.sell) }
    let heir = others[2]
    try await heir.sync(with: others[0])
    await #expect(throws: PlanError.noSeat("sell", replica: heir.id, replicas: 3)) {
      try await heir.perform(tickets.sell)
    }
    try await heir.succeed(others[0].id)
    try await heir.perform(tickets.sell)
    for one in [others[1], heir, others[1]] { try await founder.sync(with: one) }
    for one in [founder, others[1], heir] {
      #expect(try one.snapshot.violations().isEmpty)
      #expect(try one.snapshot[tickets.sold, "gate"]?.count == 3)
    }
  }
}
