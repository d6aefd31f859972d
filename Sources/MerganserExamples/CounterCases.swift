import MerganserConfluence
import MerganserModel
import MerganserTypes

private let table2 = "Bailis et al. 2015, Table 2"

// Counters and accounts.
extension ConfluenceCase {
  private struct Limited: Schema {
    let counters = Table<String, PNCounter>("counters")
    let isAbove: Bool

    var invariants: [any Invariant] {
      if isAbove {
        Limit("the counter is above 0", on: counters, atLeast: 1)
      } else {
        Limit("the counter is below 3", on: counters, atMost: 2)
      }
    }

    var increment: DeclaredTransaction<Void> {
      DeclaredTransaction("increment") { tx in try tx[counters, "c"].increment() }
    }

    var decrement: DeclaredTransaction<Void> {
      DeclaredTransaction("decrement") { tx in try tx[counters, "c"].decrement() }
    }
  }

  private struct Accounts: Schema {
    let accounts = Table<String, PNCounter>("accounts")
    var isBalanced = false

    var invariants: [any Invariant] {
      if isBalanced {
        SumOf("what one account gains another loses", balancing: accounts)
      } else {
        Limit("no account is below 0", on: accounts, atLeast: 0)
      }
    }

    var deposit: DeclaredTransaction<Int64> {
      DeclaredTransaction("deposit", over: [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].increment(by: amount)
      }
    }

    var withdraw: DeclaredTransaction<Int64> {
      DeclaredTransaction("withdraw", over: [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].decrement(by: amount)
      }
    }

    var transfer: DeclaredTransaction<Int64> {
      DeclaredTransaction("transfer", over: [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].decrement(by: amount)
        try tx[accounts, "y"].increment(by: amount)
      }
    }
  }

  private struct Stock: Schema {
    let stock = Table<String, EscrowCounter>("stock")

    var invariants: [any Invariant] { Bounds(stock, in: 0...) }
  }

  private struct LooseRights: Schema {
    let stock = Table<String, PNCounter>("stock")
    let rights = Table<ReplicaID, PNCounter>("rights")

    var invariants: [any Invariant] { Limit("the stock is not below 0", on: stock, atLeast: 0) }
  }

  static func counters() throws(SchemaError) -> [ConfluenceCase] {
    let above = Limited(isAbove: true)
    let below = Limited(isAbove: false)
    let accounts = Accounts()
    let books = Accounts(isBalanced: true)
    let escrow = Stock()
    let loose = LooseRights()
    let two: @Sendable (borrowing Transaction) throws -> Void = { tx in
      try tx[above.counters, "c"].increment(by: 2)
    }
    let one: @Sendable (borrowing Transaction) throws -> Void = { tx in
      try tx[below.counters, "c"].increment(by: 1)
    }
    return [
      try ConfluenceCase(
        14, title: "counter > k, increments", verdict: .byInvariant, source: table2, schema: above,
        start: two
      ) {
        above.increment
      },
      try ConfluenceCase(
        15, title: "counter < k, increments", verdict: .refuted, source: table2, schema: below,
        start: one
      ) {
        below.increment
      },
      try ConfluenceCase(
        16, title: "counter > k, decrements", verdict: .refuted, source: table2, schema: above,
        start: two
      ) {
        above.decrement
      },
      try ConfluenceCase(
        17, title: "counter < k, decrements", verdict: .byInvariant, source: table2, schema: below,
        start: one
      ) {
        below.decrement
      },
      try ConfluenceCase(
        25, title: "balance ≥ 0, deposits", verdict: .byInvariant, source: "Lucy", schema: accounts
      ) {
        accounts.deposit
      },
      try ConfluenceCase(
        26, title: "balance ≥ 0, deposits and withdrawals", verdict: .refuted,
        source: "Lucy, Hamsaz", schema: accounts
      ) {
        accounts.deposit
        accounts.withdraw
      },
      try ConfluenceCase(
        27, title: "value ≥ 0 by escrow", verdict: .byInvariant, source: "Balegas et al. 2015",
        replicas: 3, schema: escrow,
        start: { tx in try tx[escrow.stock, "s"].increment(by: 2) }
      ) {
        DeclaredTransaction("increment") { tx in try tx[escrow.stock, "s"].increment() }
        DeclaredTransaction("decrement") { tx in try tx[escrow.stock, "s"].decrement() }
        DeclaredTransaction("transfer", over: 0...2) { tx, to in
          if Workload.replicas[to] == tx.replica { throw Declined() }
          try tx[escrow.stock, "s"].transfer(1, of: .decrement, to: Workload.replicas[to])
        }
      },
      try ConfluenceCase(
        28, title: "value ≥ 0, the requester takes rights", verdict: .refuted, source: "a trap",
        schema: loose,
        start: { tx in
          try tx[loose.stock, "s"].increment()
          try tx[loose.rights, Workload.replicas[0]].increment()
        }
      ) {
        DeclaredTransaction("spend") { tx in
          let rights = try tx[loose.rights, tx.replica]
          guard try rights.value?.value ?? 0 > 0 else { throw Declined() }
          try rights.decrement()
          try tx[loose.stock, "s"].decrement()
        }
        DeclaredTransaction("take", over: 0...1) { tx, from in
          let theirs = try tx[loose.rights, Workload.replicas[from]]
          guard try theirs.value?.value ?? 0 > 0, Workload.replicas[from] != tx.replica else {
            throw Declined()
          }
          try theirs.decrement()
          try tx[loose.rights, tx.replica].increment()
        }
      },
      try ConfluenceCase(
        32, title: "transfers conserve the total", verdict: .byInvariant, source: table2,
        schema: books
      ) {
        books.transfer
      },
      try ConfluenceCase(
        33, title: "transfers leave nobody below 0", verdict: .refuted, source: table2,
        schema: accounts,
        start: { tx in try tx[accounts.accounts, "x"].increment(by: 2) }
      ) { accounts.transfer },
    ]
  }
}
