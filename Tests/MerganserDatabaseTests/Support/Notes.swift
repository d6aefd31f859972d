import MerganserModel
import MerganserTypes

/// Notes of any length, and accounts that are never below zero.
struct Notes: Schema {
  let notes = Table<String, LWWRegister<String>>("notes")
  let accounts = Table<String, EscrowCounter>("accounts")
  /// Whether the invariant stands; without it, it is what a program declares that keeps none.
  var isLawful = true

  var invariants: [any Invariant] { if isLawful { Bounds(accounts, in: 0...) } }
}
