import Merganser
import MerganserDatabase
package import MerganserModel
import MerganserTypes

/// A registry that many replicas run, in which names and tickets are given in one order: what is simulated of orders.
struct Registry: TransactionSchema {
  let names = Table<String, LWWRegister<String>>("names")
  let tickets = Table<Int, LWWRegister<String>>("tickets")
  let visits = Table<String, GCounter>("visits")

  var invariants: [any Invariant] {
    Ordered("a name is one holder's", on: names, in: "registry")
    Sequential("no ticket is left out", on: tickets, by: .order("registry"))
  }

  var transactions: [AnyDeclaredTransaction] {
    claim
    release
    draw
    visit
  }

  var claim: DeclaredTransaction<(String, String)> {
    .claim("claim", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
  }

  var release: DeclaredTransaction<(String, String)> {
    .release("release", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
  }

  /// Gives the next ticket to a holder.
  var draw: DeclaredTransaction<String> {
    DeclaredTransaction("draw", over: ["1", "2", "3"]) { tx, holder in
      var number = 1
      while try tx[tickets, number].value != nil { number += 1 }
      try tx[tickets, number].set(holder)
      tx.answer(number)
    }
  }

  var visit: DeclaredTransaction<String> {
    DeclaredTransaction("visit", over: ["mon", "tue"]) { tx, day in
      try tx[visits, day].increment()
    }
  }

  /// How they run.
  var plan: Plan {
    get throws(SchemaError) {
      Plan(
        fingerprint: try Catalog(self).fingerprint,
        entries: [
          "claim": Plan.Entry(
            way: .ordered, invariants: [],
            writes: [Effect(.insert, in: "names"), Effect(.write, in: "names")]),
          "release": Plan.Entry(
            way: .ordered, invariants: [],
            writes: [Effect(.delete, in: "names"), Effect(.write, in: "names")]),
          "draw": Plan.Entry(
            way: .ordered, invariants: ["no ticket is left out"],
            writes: [Effect(.insert, in: "tickets"), Effect(.write, in: "tickets")]),
          "visit": Plan.Entry(
            way: .local, invariants: [],
            writes: [Effect(.insert, in: "visits"), Effect(.increment, in: "visits")]),
        ])
    }
  }
}

extension Simulation {
  /// The simulation of the ``Registry``: claims and tickets in one order, whose primary and voters change.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema could not be used.
  package static func registry() throws(SchemaError) -> Simulation {
    let registry = Registry()
    return try Simulation(of: registry, running: Running(by: try registry.plan))
  }
}
