import Merganser
import MerganserSimulation
import Testing

/// What simulations have found, each as the schedule that they shrank it to.
@Suite struct FoundTests {
  private struct Shop: Schema {
    let stock = Table<String, EscrowCounter>("stock")
    let baskets = Table<String, ORSet<String>>("baskets")
    let orders = Table<Path<String, Int>, LWWRegister<String>>("orders")

    var invariants: [any Invariant] {
      Bounds(stock, in: 0...)
      ForeignKey("an order has a basket", from: orders, to: baskets, onDelete: .cascade)
    }
  }

  private func shop() throws -> Simulation {
    let shop = Shop()
    var simulation = try Simulation(of: shop) {
      SimulatedTransaction("supply", weight: 3) { tx, draw in
        try tx[shop.stock, draw.pick("pens", "cups", "lamps")].increment(by: draw.number(in: 1...9))
      }
      SimulatedTransaction("sell", weight: 3) { tx, draw in
        try tx[shop.stock, draw.pick("pens", "cups", "lamps")].decrement(by: draw.number(in: 1...9))
      }
      SimulatedTransaction("fill", weight: 2) { tx, draw in
        try tx[shop.baskets, draw.pick("ann", "bo", "cy")].insert(draw.pick("pen", "cup", "lamp"))
      }
      SimulatedTransaction("order", weight: 2) { tx, draw in
        let basket = draw.pick("ann", "bo", "cy")
        try tx[shop.baskets, basket].insert("order")
        try tx[shop.orders, Path(basket, child: Int(draw.number(in: 0...4)))].set("open")
      }
    }
    simulation.replicas = 5
    simulation.maximumReplicas = 7
    return simulation
  }

  /// A store that leaves its branch truncates what it is handed at once, and cannot compare the last of it: it meets the
  /// healthy one again, and is not told that it lacks something.
  @Test func aHealingMeetsAgainWhereItCouldNotCompare() throws {
    let report = try shop().replay(
      seed: 2,
      schedule: [
        "write 2 3 179678", "copyUnnoticed 1 0 0", "write 3 2 15254407", "write 1 0 16184035",
        "settle 3 0 0", "write 1 0 15792198", "connect 1 0 0", "sync 2 3 0", "deliver 0 1 0",
        "deliver 1 0 0", "write 1 0 14203273", "deliver 0 1 0", "deliver 1 0 0", "deliver 0 1 0",
        "write 1 0 598873", "write 1 0 16604294", "write 1 0 11503868", "write 3 0 12363451",
        "write 1 1 11858384", "write 0 3 2674699", "sync 0 3 0", "write 0 0 14067972",
        "write 1 2 9111282", "write 2 2 5115501", "step 0 0 0", "write 3 3 9473235",
        "backUp 0 0 0", "restore 0 0 0",
      ])
    // The copy had nothing alone in the end, and goes on as another replica.
    #expect(report.counts["stores that went on as another replica"] ?? 0 > 0)
  }
}
