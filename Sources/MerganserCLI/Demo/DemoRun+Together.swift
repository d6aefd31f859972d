import Foundation
import Merganser

// With the line up.
extension DemoRun {
  mutating func found() async throws {
    chapter("Three branches, one database")
    var founder: ReplicaID?
    for place in Place.allCases {
      let branch = try await DemoBranch.open(place, in: directory, joining: founder)
      founder = founder ?? branch.replica.founder
      branches.append(branch)
    }
    let lisbon = branches[0]
    for account in workload.accounts {
      try await lisbon.replica.write { [bank = lisbon.bank] tx in
        try tx[bank.accounts, account.number].increment(by: account.cents)
        try tx[bank.holders, account.number].set(account.holder)
      }
      history.commit(.opening, at: .lisbon, stock: try lisbon.stock())
      for other in branches.dropFirst() {
        try await give(account.cents / 4, of: account.number, from: lisbon, to: other)
      }
    }
    try await syncAll()
    let total = workload.accounts.reduce(0) { $0 + $1.cents }
    tell(
      """
      Lisbon founds it, Porto and Faro join; each has a store of its own.
      \(workload.accounts.count) accounts are opened, with \(money(total)) in all. Every cent is a right \
      to spend
      it, held by one branch: whoever holds rights for 30.00 may pay 30.00 out and
      need not ask anyone. Lisbon hands a quarter of them to each of the others.
      """)
  }

  mutating func dayWithLine() async throws {
    chapter("A day with the line up")
    try await workTogether(rounds: 72)
  }

  mutating func dayAfter() async throws {
    chapter("The day after")
    try await workTogether(rounds: 48)
    outcome.digests = try branches.map { try $0.replica.snapshot.digestText }
    guard Set(outcome.digests).count == 1 else { throw Failure("the branches do not agree") }
  }

  /// Gives every branch an order in each round, and lets them meet now and then.
  mutating func workTogether(rounds: Int) async throws {
    let bar = ProgressBar(total: 3 * rounds, of: "transactions", one: "transaction", indent: 3)
    var accepted = 0
    var refused = 0
    var short = 0
    for round in 1...rounds {
      for branch in branches {
        let order = nextOrder(at: branch)
        if try await obtainRights(for: order, at: branch) { short += 1 }
        if try await execute(order, at: branch) { accepted += 1 } else { refused += 1 }
        bar.advance()
      }
      if round % 8 == 0 { try await syncAll() }
    }
    bar.finish()
    tell(
      """
      \(accepted) accepted, \(refused) refused for want of money. \(short.counted("time")) a branch \
      was short of rights, and got some from the others.
      """)
  }

  /// Gets what a withdrawal lacks from the branches that hold the most; tells whether it did.
  mutating func obtainRights(
    for order: DemoWorkload.Order, at branch: DemoBranch
  ) async throws -> Bool {
    var missing = -order.cents - (try branch.rights(to: order.account))
    guard order.cents < 0, missing > 0 else { return false }
    for other in branches where other.place != branch.place {
      try await sync(branch, second: other)
    }
    let holders = try branches.filter { $0.place != branch.place }
      .map { (branch: $0, held: try $0.rights(to: order.account)) }
      .sorted { $0.held > $1.held }
    guard holders.reduce(0, { $0 + $1.held }) >= missing else { return false }
    for (holder, held) in holders where missing > 0 {
      let needed = min(held, missing)
      // And half of what it has beyond, so that the next need is met at once.
      try await give(
        needed + (held - needed) / 2, of: order.account, from: holder, to: branch)
      try await sync(holder, second: branch)
      missing -= needed
    }
    return true
  }
}
