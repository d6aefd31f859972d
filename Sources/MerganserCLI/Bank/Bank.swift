import Merganser

/// A bank: balances in cents by account, never below a floor, at any branch.
struct Bank: Schema {
  /// The least balance allowed.
  var floor: Int64

  let accounts = Table<UInt64, EscrowCounter>("accounts")

  var invariants: [any Invariant] {
    Bounds(accounts, floor..., name: "no balance below \(floor)")
  }
}
