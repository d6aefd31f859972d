import Merganser
import MerganserDatabase
package import MerganserModel
import MerganserTypes

/// A registry that many replicas run, in which names and tickets are given in one order, and names are paid for: what is
/// simulated of orders.
struct Registry: TransactionSchema {
  let names = Table<String, LWWRegister<String>>("names")
  let tickets = Table<Int, LWWRegister<String>>("tickets")
  let visits = Table<String, GCounter>("visits")
  /// What a holder has, owes, has paid, and has had in all.
  let accounts = Table<String, EscrowCounter>("accounts")
  let owed = Table<String, EscrowCounter>("owed")
  let paid = Table<String, GCounter>("paid")
  let deposits = Table<String, GCounter>("deposits")

  var invariants: [any Invariant] {
    Ordered("a name is one holder's", on: names, in: "registry")
    Sequential("no ticket is left out", on: tickets, by: .order("registry"))
    Bounds(accounts, in: 0..., name: "no account below zero")
    Bounds(owed, in: 0..., name: "no more is given back than is owed")
  }

  var transactions: [AnyDeclaredTransaction] {
    claim
    release
    draw
    visit
    deposit
    pay
    earn
    refund
  }

  var claim: DeclaredTransaction<(String, String)> {
    .claim("claim", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
      .holding(pay, use: earn, release: refund)
  }

  var deposit: DeclaredTransaction<String> {
    DeclaredTransaction("deposit", over: ["1", "2", "3"]) { tx, holder in
      try tx[accounts, holder].increment(by: 3)
      try tx[deposits, holder].increment(by: 3)
    }
  }

  var pay: DeclaredTransaction<(String, String)> {
    part("pay") { tx, holder in
      try tx[accounts, holder].decrement()
      try tx[owed, holder].increment()
    }
  }

  var earn: DeclaredTransaction<(String, String)> {
    part("earn") { tx, holder in
      try tx[owed, holder].decrement()
      try tx[paid, holder].increment()
    }
  }

  var refund: DeclaredTransaction<(String, String)> {
    part("refund") { tx, holder in
      try tx[owed, holder].decrement()
      try tx[accounts, holder].increment()
    }
  }

  /// A local part of a claim.
  ///
  /// It is no call of its own that a simulation makes, so no arguments are listed.
  private func part(
    _ name: String, body: @escaping @Sendable (borrowing Transaction, String) throws -> Void
  ) -> DeclaredTransaction<(String, String)> {
    DeclaredTransaction(name, over: [String](), over: [String]()) { tx, _, holder in
      try body(tx, holder)
    }
  }

  /// That nothing is lost or made of what holders have had.
  var isConserved: SimulationCheck {
    SimulationCheck("what a holder has had is what it has, owes and has paid") { snapshot in
      for (holder, deposited) in try snapshot.rows(deposits) {
        let parts = [
          try snapshot[accounts, holder]?.value ?? 0, try snapshot[owed, holder]?.value ?? 0,
          Int64(clamping: try snapshot[paid, holder]?.value ?? 0),
        ]
        let all = Int64(clamping: try deposited.value)
        if parts.reduce(0, +) == all { continue }
        throw InvariantViolation(
          invariant: "conserved", table: accounts.name, key: holder, found: "\(parts)",
          needed: "\(all) in all")
      }
    }
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
          "deposit": local(increments: ["accounts", "deposits"]),
          "pay": local(decrements: "accounts", increments: ["owed"]),
          "earn": local(decrements: "owed", increments: ["paid"]),
          "refund": local(decrements: "owed", increments: ["accounts"]),
        ])
    }
  }
}

extension Registry {
  private func local(decrements table: String? = nil, increments tables: [String]) -> Plan.Entry {
    let counted = tables + [table].compactMap(\.self)
    return Plan.Entry(
      way: .escrow,
      invariants: [
        counted.contains("accounts") ? "no account below zero" : nil,
        counted.contains("owed") ? "no more is given back than is owed" : nil,
      ].compactMap(\.self),
      writes: Set(
        counted.map { Effect(.insert, in: $0) } + tables.map { Effect(.increment, in: $0) }
          + [table].compactMap(\.self).map { Effect(.decrement, in: $0) }))
  }
}

extension Simulation {
  /// The simulation of the ``Registry``: claims and tickets in one order, whose primary and voters change.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema could not be used.
  package static func registry() throws(SchemaError) -> Simulation {
    let registry = Registry()
    var simulation = try Simulation(of: registry, running: Running(by: try registry.plan))
    simulation.checks = [registry.isConserved]
    return simulation
  }
}
