import Foundation
import Merganser

// Without it.
extension DemoRun {
  mutating func cutLine() async throws {
    chapter("The line is cut")
    history.cut = history.step
    plain = try PlainBank(balances: branches[0].balances(), identities: branches.map(\.replica.id))
    let contested = DemoWorkload.contested
    tell(
      """
      No branch hears of another now. At the same time all three are asked for 60.00
      from the account of \(contested.holder), where there are \(money(contested.cents)):
      """)
    for branch in branches {
      let held = try branch.rights(to: contested.number)
      let isPaid = try await execute(contestedOrder(900_000, at: branch.place), at: branch)
      tell(
        "\(branch.place.name.padded(to: 8))\(isPaid ? "paid   " : "refused")   it held rights "
          + "for \(money(held))", indent: 5)
    }
    tell("The work goes on at all three, each with the rights that it holds:")
    let bar = ProgressBar(total: 360, of: "transactions", one: "transaction", indent: 3)
    for _ in 0..<120 {
      let orders = branches.map { ($0, nextOrder(at: $0)) }
      try await withThrowingTaskGroup(of: (DemoBranch, DemoWorkload.Order, Bool).self) { group in
        for (branch, order) in orders {
          group.addTask { (branch, order, Self.isCommitted(try await branch.execute(order))) }
        }
        for try await (branch, order, isPaid) in group {
          try note(order, at: branch.place, isPaid: isPaid, stock: branch.stock())
          bar.advance()
        }
      }
    }
    bar.finish()
  }

  mutating func killFaro() async throws {
    chapter("Faro is killed in mid-write")
    let faro = branches[2]
    let founder = faro.replica.founder
    let first = counts[2]
    try await faro.replica.close()
    var heard: [KilledBranch.Acknowledgement] = []
    let killed = try KilledBranch(
      directory: directory, place: .faro, workload: workload, first: first
    ).run(killAfter: 150) { heard.append($0) }
    for line in heard {
      try note(
        workload.order(line.number, at: .faro), at: .faro, isPaid: line.isPaid, stock: line.stock)
    }
    history.killed = history.step
    let start = ContinuousClock.now
    let again = try await DemoBranch.open(.faro, in: directory, joining: founder)
    let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
    branches[2] = again
    var kept = 0
    for line in killed.acknowledged {
      let order = workload.order(line.number, at: .faro)
      if case .repeated(let found) = try await again.execute(order),
        found.isCommitted == line.isPaid
      {
        kept += 1
      }
    }
    guard kept == killed.acknowledged.count else {
      throw Failure(
        "of \(killed.acknowledged.count) acknowledged transactions only \(kept) are there")
    }
    var durable = 0
    for order in killed.underWay {
      let result = try await again.execute(order)
      if case .repeated = result { durable += 1 }
      try note(order, at: .faro, isPaid: Self.isCommitted(result), stock: again.stock())
    }
    counts[2] = first + killed.acknowledged.count + killed.underWay.count
    outcome.acknowledgedBeforeKill = kept
    tell(
      """
      Faro ran as a process of its own (\(killed.process)), \(KilledBranch.concurrency) transactions \
      under way at any time,
      until SIGKILL. Before it, \(kept) had been acknowledged. Its store opened again
      in \(milliseconds) ms. All \(kept) were sent once more, and each was answered "done before": none
      is lost, none counts twice. Of \(killed.underWay.count) that were under way \(durable) had \
      become durable; the others
      were done now.
      """)
  }

  mutating func heal() async throws {
    chapter("The line is back")
    history.healed = history.step
    let lacking = history.samples.last?.lacking ?? []
    for place in Place.allCases {
      tell(
        "\(place.name.padded(to: 8))lacks \(lacking[place.rawValue]) versions of the others",
        indent: 5)
    }
    try await syncAll()
    tell("They meet, and exchange what each lacks. What they hold now:")
    for branch in branches {
      let digest = try branch.replica.snapshot.digestText
      outcome.digests.append(digest)
      tell("\(branch.place.name.padded(to: 8))digest \(digest)", indent: 5)
    }
    guard Set(outcome.digests).count == 1 else { throw Failure("the branches do not agree") }
    outcome.merged = try branches[0].balances()
    tell("All three agree.")
    let contested = DemoWorkload.contested
    let porto = branches[1]
    for other in branches where other.place != .porto {
      let rights = try other.rights(to: contested.number)
      if rights > 0 { try await give(rights, of: contested.number, from: other, to: porto) }
    }
    try await syncAll()
    let isPaid = try await execute(contestedOrder(900_001, at: .porto), at: porto)
    try await syncAll()
    let balance = try branches[0].balances()[contested.number] ?? 0
    tell(
      """
      Porto's customer asks again for \(contested.holder)'s 60.00. The others hand their rights over,
      and Porto \(isPaid ? "pays" : "refuses"): the account holds \(money(balance)), exactly its floor.
      """)
  }

  mutating func audit() async throws {
    chapter("Was the rule kept?")
    var versions = 0
    for place in Place.allCases {
      let database = try StoredDatabase(at: "\(directory)/\(place.folder)")
      var walk = try database.walk()
      while try walk.next() != nil {
        versions += 1
        let lowest = try walk.snapshot.rows(branches[0].bank.accounts).map { try $0.value.value }
          .min()
        guard lowest ?? 0 >= 0 else { throw Failure("a balance fell below zero") }
      }
    }
    guard history.lowest >= 0 else { throw Failure("a balance fell below zero") }
    outcome.plain = try plain?.mergedBalances() ?? [:]
    outcome.holders = Dictionary(
      uniqueKeysWithValues: workload.accounts.map { ($0.number, $0.holder) })
    let below = outcome.plain.filter { $0.value < 0 }
    let worst = below.min { $0.value < $1.value }
    tell(
      """
      The branches were looked at \(history.checks) times, after every write and sync, and
      all three logs were walked through version by version, \(versions) in all.
      The lowest balance that any branch ever had: \(money(history.lowest)).
      """)
    if let worst {
      tell(
        """
        Plain PN-counters, given the same orders while apart: \(below.count.counted("account"))
        below zero after the merge, by \(money(below.values.reduce(0, -))) in all; the worst is that of
        \(outcome.holders[worst.key] ?? "?") with \(money(worst.value)).
        """)
    }
  }
}
