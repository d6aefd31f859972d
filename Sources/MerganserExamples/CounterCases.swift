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
        Limit("the counter is above 0", counters, atLeast: 1)
      } else {
        Limit("the counter is below 3", counters, atMost: 2)
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
        Limit("no account is below 0", accounts, atLeast: 0)
      }
    }

    var deposit: DeclaredTransaction<Int64> {
      DeclaredTransaction("deposit", [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].increment(by: amount)
      }
    }

    var withdraw: DeclaredTransaction<Int64> {
      DeclaredTransaction("withdraw", [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].decrement(by: amount)
      }
    }

    var transfer: DeclaredTransaction<Int64> {
      DeclaredTransaction("transfer", [1, 2] as [Int64]) { tx, amount in
        try tx[accounts, "x"].decrement(by: amount)
        try tx[accounts, "y"].increment(by: amount)
      }
    }
  }

  private struct Stock: Schema {
    let stock = Table<String, EscrowCounter>("stock")

    var invariants: [any Invariant] { Bounds(stock, 0...) }
  }

  private struct LooseRights: Schema {
    let stock = Table<String, PNCounter>("stock")
    let rights = Table<ReplicaID, PNCounter>("rights")

    var invariants: [any Invariant] { Limit("the stock is not below 0", stock, atLeast: 0) }
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
      try ConfluenceCase(14, "counter > k, increments", .byInvariant, table2, above, start: two) {
        above.increment
      },
      try ConfluenceCase(15, "counter < k, increments", .refuted, table2, below, start: one) {
        below.increment
      },
      try ConfluenceCase(16, "counter > k, decrements", .refuted, table2, above, start: two) {
        above.decrement
      },
      try ConfluenceCase(17, "counter < k, decrements", .byInvariant, table2, below, start: one) {
        below.decrement
      },
      try ConfluenceCase(25, "balance ≥ 0, deposits", .byInvariant, "Lucy", accounts) {
        accounts.deposit
      },
      try ConfluenceCase(
        26, "balance ≥ 0, deposits and withdrawals", .refuted, "Lucy, Hamsaz", accounts
      ) {
        accounts.deposit
        accounts.withdraw
      },
      try ConfluenceCase(
        27, "value ≥ 0 by escrow", .byInvariant, "Balegas et al. 2015", replicas: 3, escrow,
        start: { tx in try tx[escrow.stock, "s"].increment(by: 2) }
      ) {
        DeclaredTransaction("increment") { tx in try tx[escrow.stock, "s"].increment() }
        DeclaredTransaction("decrement") { tx in try tx[escrow.stock, "s"].decrement() }
        DeclaredTransaction("transfer", 0...2) { tx, to in
          if Workload.replicas[to] == tx.replica { throw Declined() }
          try tx[escrow.stock, "s"].transfer(1, of: .decrement, to: Workload.replicas[to])
        }
      },
      try ConfluenceCase(
        28, "value ≥ 0, the requester takes rights", .refuted, "a trap", loose,
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
        DeclaredTransaction("take", 0...1) { tx, from in
          let theirs = try tx[loose.rights, Workload.replicas[from]]
          guard try theirs.value?.value ?? 0 > 0, Workload.replicas[from] != tx.replica else {
            throw Declined()
          }
          try theirs.decrement()
          try tx[loose.rights, tx.replica].increment()
        }
      },
      try ConfluenceCase(32, "transfers conserve the total", .byInvariant, table2, books) {
        books.transfer
      },
      try ConfluenceCase(
        33, "transfers leave nobody below 0", .refuted, table2, accounts,
        start: { tx in try tx[accounts.accounts, "x"].increment(by: 2) }
      ) { accounts.transfer },
    ]
  }
}
