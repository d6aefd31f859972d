import Merganser
import MerganserSimulation

/// A shop with stock that never goes below nothing, and baskets.
struct Shop: Schema {
  let stock = Table<String, EscrowCounter>("stock")
  let baskets = Table<String, ORSet<String>>("baskets")
  let orders = Table<Path<String, Int>, LWWRegister<String>>("orders")

  var invariants: [any Invariant] {
    Bounds(stock, in: 0...)
    ForeignKey("an order has a basket", from: orders, to: baskets, onDelete: .cascade)
  }
}

extension Simulation {
  /// The shop's simulation.
  static func shop() throws -> Simulation {
    let shop = Shop()
    return try Simulation(of: shop) {
      SimulatedTransaction("supply", weight: 3) { tx, draw in
        try tx[shop.stock, draw.pick("pens", "cups", "lamps")].increment(by: draw.number(in: 1...9))
      }
      SimulatedTransaction("sell", weight: 3) { tx, draw in
        try tx[shop.stock, draw.pick("pens", "cups", "lamps")].decrement(by: draw.number(in: 1...9))
      }
      SimulatedTransaction("fill", weight: 2) { tx, draw in
        try tx[shop.baskets, draw.pick("ann", "bo", "cy")].insert(draw.pick("pen", "cup", "lamp"))
      }
      SimulatedTransaction("empty") { tx, draw in
        try tx[shop.baskets, draw.pick("ann", "bo", "cy")].delete()
      }
      SimulatedTransaction("order", weight: 2) { tx, draw in
        let basket = draw.pick("ann", "bo", "cy")
        try tx[shop.baskets, basket].insert("order")
        try tx[shop.orders, Path(basket, child: Int(draw.number(in: 0...4)))].set("open")
      }
    }
  }
}
