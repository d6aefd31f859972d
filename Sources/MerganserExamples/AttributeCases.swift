import MerganserConfluence
import MerganserModel
import MerganserTypes

private let table2 = "Bailis et al. 2015, Table 2"

// Attributes and names.
extension ConfluenceCase {
  private struct Attribute: Schema {
    let items = Table<String, LWWRegister<Int>>("items")
    let isConstant: Bool

    var invariants: [any Invariant] {
      if isConstant {
        Check("the attribute is 1", on: items) { _, value in value == 1 }
      } else {
        Check("the attribute is not 0", on: items) { _, value in value != 0 }
      }
    }
  }

  struct Users: Schema {
    let users = Table<Int, LWWRegister<String>>("users")

    var invariants: [any Invariant] {
      Unique("names are unique", on: users) { _, name in name }
    }
  }

  private struct GeneratedUsers: Schema {
    let users = Table<Path<ReplicaID, Int>, LWWRegister<String>>("users")

    var invariants: [any Invariant] { Unique("ids are unique", generated: users) }
  }

  private struct Invoices: Schema {
    let invoices = Table<Int, LWWRegister<String>>("invoices")

    var invariants: [any Invariant] { Sequential("numbers have no gaps", on: invoices) }
  }

  private struct Population: Schema {
    let users = Table<Int, LWWRegister<String>>("users")

    var invariants: [any Invariant] {
      let users = users
      Custom("there is a user", over: [users]) { try $0.count(users) > 0 }
    }
  }

  static func attributes() throws(SchemaError) -> [ConfluenceCase] {
    let constant = Attribute(isConstant: true)
    let notNull = Attribute(isConstant: false)
    let chosen = Users()
    let generated = GeneratedUsers()
    let invoices = Invoices()
    let population = Population()
    let two: @Sendable (borrowing Transaction) throws -> Void = { tx in
      try tx[chosen.users, 1].set("ann")
      try tx[chosen.users, 2].set("bob")
    }
    let remove = DeclaredTransaction("remove", over: 1...2) { tx, id in
      try tx[chosen.users, id].delete()
    }
    return [
      try ConfluenceCase(
        1, title: "an attribute equals a constant", verdict: .closes, source: table2,
        schema: constant
      ) {
        DeclaredTransaction("write", over: 0...2) { tx, value in
          try tx[constant.items, "a"].set(value)
        }
      },
      try ConfluenceCase(
        2, title: "an attribute is not null", verdict: .closes, source: table2, schema: notNull
      ) {
        DeclaredTransaction("write", over: 0...2) { tx, value in
          try tx[notNull.items, "a"].set(value)
        }
      },
      try ConfluenceCase(
        3, title: "unique, the client chooses", verdict: .refuted, source: table2, schema: chosen
      ) {
        DeclaredTransaction("insert", over: 1...2, over: ["ann", "bob"]) { tx, id, name in
          try tx[chosen.users, id].set(name)
        }
      },
      try ConfluenceCase(
        4, title: "unique, some value", verdict: .byInvariant, source: table2, schema: generated
      ) {
        DeclaredTransaction("insert") { tx in
          var next = 1
          while try tx[generated.users, Path(tx.replica, child: next)].exists { next += 1 }
          try tx[generated.users, Path(tx.replica, child: next)].create()
        }
      },
      try ConfluenceCase(
        5, title: "ids without gaps", verdict: .refuted, source: table2, schema: invoices
      ) {
        DeclaredTransaction("insert", over: ["tea", "ink"]) { tx, what in
          var next = 1
          while try tx[invoices.invoices, next].exists { next += 1 }
          try tx[invoices.invoices, next].set(what)
        }
      },
      try ConfluenceCase(
        23, title: "user ids unique, users leave", verdict: .closes,
        source: "Bailis et al. 2015, section 4.1", schema: chosen,
        start: two
      ) { remove },
      try ConfluenceCase(
        24, title: "at least one user, users leave", verdict: .refuted,
        source: "Bailis et al. 2015, section 4.1",
        schema: population, start: two
      ) { remove },
    ]
  }
}
