import Merganser
import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// A registry that many replicas run, in which names and tickets are given in one order, and some tickets are paid for: what
/// is simulated of orders.
package struct Registry: TransactionSchema {
  package let names = Table<String, LWWRegister<String>>("names")
  package let tickets = Table<Int, LWWRegister<String>>("tickets")
  package let visits = Table<String, GCounter>("visits")
  /// What a holder has, owes, has paid, and has had in all.
  package let accounts = Table<String, EscrowCounter>("accounts")
  package let owed = Table<String, EscrowCounter>("owed")
  package let paid = Table<String, GCounter>("paid")
  package let deposits = Table<String, GCounter>("deposits")

  package init() {}

  package var invariants: [any Invariant] {
    Ordered("a name is one holder's", on: names, in: "registry")
    Sequential("no ticket is left out", on: tickets, by: .order("registry"))
    Bounds(accounts, in: 0..., name: "no account below zero")
    Bounds(owed, in: 0..., name: "no more is given back than is owed")
  }

  package var transactions: [AnyDeclaredTransaction] {
    claim
    release
    draw
    visit
    change
    look.placed(.ordered)
    buy
    deposit
    pay
    earn
    refund
  }

  package var claim: DeclaredTransaction<(String, String)> {
    .claim("claim", in: names, over: ["ann", "bo", "cy"], for: ["1", "2", "3"])
  }

  /// Sells the next ticket to a holder, who has two at most.
  var buy: DeclaredTransaction<String> {
    DeclaredTransaction("buy", over: ["1", "2", "3"]) { tx, holder in
      var number = 1
      var owned = 0
      while let other = try tx[tickets, number].value?.value {
        number += 1
        if other == holder { owned += 1 }
      }
      guard owned < 2 else {
        throw InvariantViolation(
          invariant: "two tickets at most", table: tickets.name, key: holder, found: "\(owned)",
          needed: "0 or 1")
      }
      try tx[tickets, number].set(holder)
      tx.answer(number)
    }
    .holding(pay, use: earn, release: refund)
  }

  var deposit: DeclaredTransaction<String> {
    DeclaredTransaction("deposit", over: ["1", "2", "3"]) { tx, holder in
      try tx[accounts, holder].increment(by: 3)
      try tx[deposits, holder].increment(by: 3)
    }
  }

  var pay: DeclaredTransaction<String> {
    part("pay") { tx, holder in
      try tx[accounts, holder].decrement()
      try tx[owed, holder].increment()
    }
  }

  var earn: DeclaredTransaction<String> {
    part("earn") { tx, holder in
      try tx[owed, holder].decrement()
      try tx[paid, holder].increment()
    }
  }

  var refund: DeclaredTransaction<String> {
    part("refund") { tx, holder in
      try tx[owed, holder].decrement()
      try tx[accounts, holder].increment()
    }
  }

  /// A local part of what is bought.
  ///
  /// It is no call of its own that a simulation makes, so no arguments are listed.
  private func part(
    _ name: String, body: @escaping @Sendable (borrowing Transaction, String) throws -> Void
  ) -> DeclaredTransaction<String> {
    DeclaredTransaction(name, over: [String]()) { tx, holder in try body(tx, holder) }
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
          "buy": Plan.Entry(
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
    simulation.checks = [registry.isConserved]
    simulation.registers = registry.registers
    return simulation
  }
}
