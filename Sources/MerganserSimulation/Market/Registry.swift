import Merganser
import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// A registry that many replicas run, in which names and tickets are given in one order: what is simulated of orders.
package struct Registry: TransactionSchema {
  package let names = Table<String, LWWRegister<String>>("names")
  package let tickets = Table<Int, LWWRegister<String>>("tickets")
  package let visits = Table<String, GCounter>("visits")

  package init() {}

  package var invariants: [any Invariant] {
    Ordered("a name is one holder's", on: names, in: "registry")
    Sequential("no ticket is left out", on: tickets, by: .order("registry"))
  }

  package var transactions: [AnyDeclaredTransaction] {
    claim
    release
    draw
    visit
    change
    look.placed(.ordered)
  }

  package var claim: DeclaredTransaction<(String, String)> {
    .claim("claim", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
  }

  package var release: DeclaredTransaction<(String, String)> {
    .release("release", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
  }

  package var change: DeclaredTransaction<(String, String?, String)> {
    .compareAndSet(
      "change", in: names, over: ["ann", "bo", "cy"], expecting: [nil, "1", "2"],
      setting: ["1", "2", "3"])
  }

  package var look: DeclaredTransaction<String> {
    .orderedRead("look", in: names, over: ["ann", "bo", "cy"])
  }

  /// Gives the next ticket to a holder.
  package var draw: DeclaredTransaction<String> {
    DeclaredTransaction("draw", over: ["1", "2", "3"]) { tx, holder in
      var number = 1
      while try tx[tickets, number].value != nil { number += 1 }
      try tx[tickets, number].set(holder)
      tx.answer(number)
    }
  }

  package var visit: DeclaredTransaction<String> {
    DeclaredTransaction("visit", over: ["mon", "tue"]) { tx, day in
      try tx[visits, day].increment()
    }
  }

  /// How they run.
  package var plan: Plan {
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
          "change": Plan.Entry(
            way: .ordered, invariants: [],
            writes: [Effect(.insert, in: "names"), Effect(.write, in: "names")]),
          "look": Plan.Entry(way: .ordered, invariants: [], reads: ["names"]),
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

extension Registry {
  /// The names, each a register that is claimed, changed and read.
  var registers: SimulatedRegisters {
    let names = names
    return SimulatedRegisters(table: names.name, keys: ["ann", "bo", "cy"]) {
      transaction, arguments in
      switch (transaction, arguments) {
      case ("claim", let (key, holder) as (String, String)): (.claim(holder), key)
      case ("release", let (key, holder) as (String, String)): (.release(holder), key)
      case ("change", let (key, expected, new) as (String, String?, String)):
        (.change(from: expected, to: new), key)
      case ("look", let key as String): (.read, key)
      default: nil
      }
    } read: { snapshot, key in
      try snapshot[names, key]?.value
    }
  }
}

extension Simulation {
  /// The simulation of the ``Registry``: claims and tickets in one order, whose primary and voters change.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema could not be used.
  package static func registry() throws(SchemaError) -> Simulation {
    let registry = Registry()
    var simulation = try Simulation(of: registry, running: Running(by: try registry.plan))
    simulation.registers = registry.registers
    return simulation
  }
}
