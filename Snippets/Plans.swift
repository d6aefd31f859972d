import Merganser
import MerganserConfluence

struct Savings: TransactionSchema {
  let accounts = Table<String, PNCounter>("accounts")

  var invariants: [any Invariant] { Limit("no savings below 0", on: accounts, atLeast: 0) }

  var transactions: [AnyDeclaredTransaction] {
    save
    spend
  }

  var save: DeclaredTransaction<Int64> {
    DeclaredTransaction("save", over: [1, 2]) { tx, amount in  // 1 and 2 are what a search tries
      try tx[accounts, "ann"].increment(by: amount)
    }
  }

  var spend: DeclaredTransaction<Int64> {
    DeclaredTransaction("spend", over: [1, 2]) { tx, amount in
      try tx[accounts, "ann"].decrement(by: amount)
    }
  }
}

// In a test or a tool: decide, and commit the plan's text beside the code.
let savings = Savings()
let text = try Planning(Analysis(Workload("savings", of: savings))).plan.description

// In the program, nothing is searched. A plan that refuses a transaction does not let the replica open.
let plan = try Plan(parsing: text)
let first = try Replica(savings, running: Running(by: plan))
let second = try Replica(savings, joining: first.founder, running: Running(by: plan))
try await first.perform(savings.save, 10)
try await second.perform(savings.save, 5)  // anywhere: no merge can break it
try await first.perform(savings.spend, 4)  // in one order, at its primary
do {
  try await second.perform(savings.spend, 1)
} catch let error as PlanError {
  print(error)  // spend runs at replica …
}
