import Merganser

/// A market that many replicas run: what is simulated unless a schema is given.
///
/// It has bounds, references that cascade, and types of which elements are added and removed.
struct Market: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")
  let baskets = Table<String, ORSet<String>>("baskets")
  let bans = Table<String, RWSet<String>>("bans")
  let prices = Table<String, MVRegister<Int>>("prices")
  let visits = Table<String, GCounter>("visits")
  let stalls = Table<String, EscrowCounter>("stalls")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)
    Bounds(stalls, in: 0...20)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    Check("no price is negative", on: prices) { _, price in price >= 0 }
  }
}

/// What the market grew to: reviews of baskets, and receipts that a replica numbers for itself.
struct LaterMarket: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")
  let baskets = Table<String, ORSet<String>>("baskets")
  let bans = Table<String, RWSet<String>>("bans")
  let prices = Table<String, MVRegister<Int>>("prices")
  let visits = Table<String, GCounter>("visits")
  let stalls = Table<String, EscrowCounter>("stalls")
  let reviews = Table<Path<String, Int>, LWWRegister<String>>("reviews")
  let receipts = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("receipts")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)
    Bounds(stalls, in: 0...20)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    Check("no price is negative", on: prices) { _, price in price >= 0 }
    ForeignKey("a review's basket exists", from: reviews, to: baskets, onDelete: .cascade)
    Check("a review is short", on: reviews) { _, text in text.count < 20 }
    Unique("receipts differ", generated: receipts)
  }
}
