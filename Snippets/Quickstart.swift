import Merganser

struct Bank: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)  // never below zero, on any replica, ever
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
  }
}

let bank = Bank()
let lisbon = try Replica(bank)  // or Replica.open(bank, at: "lisbon"), on disk
let porto = try Replica(bank, joining: lisbon.founder)

try await lisbon.write { tx in  // all of it or none of it, on every replica
  try tx[bank.accounts, "alice"].increment(by: 100)
  try tx[bank.owners, "alice"].set("Alice")
  try tx[bank.accounts, "alice"].transfer(40, of: .decrement, to: porto.id)
}
try await lisbon.sync(with: porto)

// Apart, each spends what it holds, and asks nobody.
try await lisbon.write { tx in try tx[bank.accounts, "alice"].decrement(by: 60) }
try await porto.write { tx in try tx[bank.accounts, "alice"].decrement(by: 30) }
do {
  try await porto.write { tx in try tx[bank.accounts, "alice"].decrement(by: 20) }
} catch let violation as InvariantViolation {
  print(violation)  // … holds rights to decrement by 10; needed: … by 20
}

try await lisbon.sync(with: porto)
for replica in [lisbon, porto] {
  print(try replica.snapshot[bank.accounts, "alice"]?.value ?? 0)  // 10, and 10
}
