import Merganser

/// A bank: balances in cents by account, never below a floor, at any branch.
struct Bank: Schema {
  /// The least balance allowed, in cents.
  var floor: Int64 = 0

  let accounts = Table<UInt64, EscrowCounter>("accounts")
  /// How the branches share the work; the same at all of them.
  let run = Table<String, LWWRegister<String>>("run")

  var invariants: [any Invariant] {
    Bounds(accounts, in: floor..., name: "no balance below \(floor)")
  }
}
