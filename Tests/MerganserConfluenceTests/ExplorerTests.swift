import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

@Suite struct ExplorerTests {
  struct Balance: Schema {
    let accounts = Table<String, PNCounter>("accounts")
    var invariants: [any Invariant] {
      let accounts = accounts
      Custom("no balance below zero", over: [accounts]) { snapshot in
        try snapshot.rows(accounts).allSatisfy { try $0.value.value >= 0 }
      }
    }
  }

  @Test func twoWithdrawalsMeet() throws {
    let schema = Balance()
    let accounts = schema.accounts
    let workload = try Workload("balance", of: schema) {
      DeclaredTransaction("deposit", over: 1...2) { tx, amount in
        try tx[accounts, "a"].increment(by: Int64(amount))
      }
      DeclaredTransaction("withdraw", over: 1...2) { tx, amount in
        try tx[accounts, "a"].decrement(by: Int64(amount))
      }
    }
    let found = try Explorer.explore(workload)
    let counterexample = try #require(found.counterexamples.first)
    #expect(counterexample.steps.count == 5)
    #expect(try counterexample.replay() == counterexample.violation)
    // A bound of moves below what it takes finds nothing, and says what the bound was.
    let shallow = try Explorer.explore(workload, within: Budget(depth: 4))
    #expect(shallow.counterexamples.isEmpty)
    #expect(shallow.ending == .bounded("4 moves"))
  }

  struct Tags: Schema {
    let tags = Table<String, ORSet<Int>>("tags")
    let note = Table<String, LWWRegister<Int>>("note")
  }

  @Test func statesThatDifferInNumbersOnlyAreOne() throws {
    let schema = Tags()
    let (tags, note) = (schema.tags, schema.note)
    let adding = try Workload("tags", of: schema) {
      DeclaredTransaction("add") { tx in try tx[tags, "a"].insert(1) }
      DeclaredTransaction("remove") { tx in try tx[tags, "a"].remove(1) }
    }
    // However often an element is added and removed, and a register written, the search ends.
    let added = try Explorer.explore(adding)
    #expect(added.ending == .closed)
    #expect(added.isProof)
    let writing = try Workload("notes", of: schema) { tx in
      try tx[note, "a"].set(0)
    } transactions: {
      DeclaredTransaction("write", over: 1...2) { tx, one in try tx[note, "a"].set(one) }
    }
    #expect(try Explorer.explore(writing, within: Budget(replicas: 3)).ending == .closed)
  }

  struct Stock: Schema {
    let stock = Table<String, EscrowCounter>("stock")
    var invariants: [any Invariant] { Bounds(stock, in: 0...) }
  }

  @Test func aSearchCanBeStoppedAndIsTheSameEveryTime() throws {
    let schema = Stock()
    let stock = schema.stock
    let workload = try Workload("escrow", of: schema) { tx in
      try tx[stock, "a"].increment(by: 2)
    } transactions: {
      DeclaredTransaction("increment") { tx in try tx[stock, "a"].increment(by: 1) }
      DeclaredTransaction("decrement") { tx in try tx[stock, "a"].decrement(by: 1) }
      DeclaredTransaction("transfer", over: 0...2) { tx, to in
        try tx[stock, "a"].transfer(1, of: .decrement, to: Workload.replicas[to])
      }
    }
    let budget = Budget(replicas: 3, configurations: 3000)
    let first = try Explorer.explore(workload, within: budget)
    let second = try Explorer.explore(workload, within: budget)
    #expect(first.counterexamples.isEmpty)
    #expect(first.ending == .bounded("3000 configurations") || first.configurations > 3000)
    #expect(
      (first.configurations, first.localStates) == (second.configurations, second.localStates))
    var told = 0
    let stopped = try Explorer.explore(workload, within: budget) { _ in
      told += 1
      return false
    }
    #expect(told == 1)
    #expect(stopped.ending == .cancelled)
  }
}
