import Foundation
import Merganser
import MerganserConfluence
import MerganserSolver

struct Seats: TransactionSchema {
  let seats = Table<Int, LWWRegister<String>>("seats")

  var invariants: [any Invariant] {
    Unique("a guest has one seat", on: seats) { _, guest in guest }
  }

  var transactions: [AnyDeclaredTransaction] {
    DeclaredTransaction("sit", over: 1...2, over: ["ann", "bob"]) { tx, seat, guest in
      try tx[seats, seat].set(guest)
    }
  }
}

// Sources/check/main.swift: what `merganser check` does, for schemas of your own.
var check = CheckRun(title: "Our schemas", solver: .z3())
for workload in [try Workload("seats", of: Seats())] {
  let decision = try check.decide(workload)
  print(decision.text)  // the verdicts, what goes wrong, what helps
  let plan = decision.planning.plan.description
  try plan.write(toFile: "seats.plan", atomically: true, encoding: .utf8)  // to be committed
}
try check.report.html.write(toFile: "check.html", atomically: true, encoding: .utf8)
exit(check.isSound ? 0 : 1)
