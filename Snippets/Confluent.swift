import Merganser
import MerganserConfluence

struct Market: TransactionSchema {
  let stock = Table<String, EscrowCounter>("stock")
  let prices = Table<String, LWWRegister<Int>>("prices")

  var invariants: [any Invariant] {
    Bounds(stock, in: 0...)
    Check("a price is positive", on: prices) { _, price in price > 0 }
  }

  var transactions: [AnyDeclaredTransaction] {
    price
    sell
  }

  // Each argument has values that the search tries.
  var price: DeclaredTransaction<(String, Int)> {
    DeclaredTransaction("price", over: ["bread"], over: [1, 2]) { tx, article, price in
      try tx[prices, article].set(price)
    }
  }

  var sell: DeclaredTransaction<(String, Int64)> {
    DeclaredTransaction("sell", over: ["bread"], over: [1, 2]) { tx, article, amount in
      try tx[stock, article].decrement(by: amount)
    }
  }
}

// A line of a test. It throws, with the history that goes wrong, if a merge can break an invariant.
let market = Market()
try expectConfluent(
  Workload("market", of: market) { tx in try tx[market.stock, "bread"].increment(by: 3) })
