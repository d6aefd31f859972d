import Foundation
import Merganser

/// The demo's story, chapter by chapter.
struct DemoRun {
  let directory: String
  let workload: DemoWorkload
  var branches: [DemoBranch] = []
  var history = DemoHistory()
  var outcome = DemoOutcome()
  /// What plain PN-counters would have done with the same orders.
  private var plain: PlainBank?
  /// How many orders each branch has had.
  private var counts = [0, 0, 0]

  init(directory: String, seed: UInt64) {
    self.directory = directory
    workload = DemoWorkload(seed: seed)
  }

  /// Tells and does everything; the report is the caller's.
  mutating func run() async throws -> DemoOutcome {
    print("Merganser demo: a bank with three branches on disk, and one rule:")
    print("no balance below zero, at any branch, at any moment.")
    try await found()
    try await dayWithLine()
    try await cutLine()
    try await killFaro()
    try await heal()
    try await dayAfter()
    try await audit()
    for branch in branches { try await branch.replica.close() }
    return outcome
  }

  private mutating func chapter(_ title: String) {
    history.begin(title)
    print("\n\(history.phases.count)  \(title)")
  }

  /// Tells a paragraph, indented below its chapter's title.
  private func tell(_ text: String, indent: Int = 3) {
    for line in text.wrapped(to: 79 - indent) {
      print(String(repeating: " ", count: indent) + line)
    }
  }
}

// With the line up.
extension DemoRun {
  private mutating func found() async throws {
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
      history.commit(.opening, at: .lisbon, try lisbon.stock())
      for other in branches.dropFirst() {
        try await give(account.cents / 4, of: account.number, from: lisbon, to: other)
      }
    }
    try await meetAll()
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

  private mutating func dayWithLine() async throws {
    chapter("A day with the line up")
    try await workTogether(rounds: 72)
  }

  private mutating func dayAfter() async throws {
    chapter("The day after")
    try await workTogether(rounds: 48)
    outcome.digests = try branches.map { try $0.replica.snapshot.digestText }
    guard Set(outcome.digests).count == 1 else { throw Failure("the branches do not agree") }
  }

  /// Gives every branch an order in each round, and lets them meet now and then.
  private mutating func workTogether(rounds: Int) async throws {
    let bar = ProgressBar(total: 3 * rounds, of: "transactions", indent: 3)
    var (accepted, refused, short) = (0, 0, 0)
    for round in 1...rounds {
      for branch in branches {
        let order = nextOrder(at: branch)
        if try await obtainRights(for: order, at: branch) { short += 1 }
        if try await execute(order, at: branch) { accepted += 1 } else { refused += 1 }
        bar.advance()
      }
      if round % 8 == 0 { try await meetAll() }
    }
    bar.finish()
    tell(
      """
      \(accepted) accepted, \(refused) refused for want of money. \(short.counted("time")) a branch \
      was short of rights, and got some from the others.
      """)
  }

  /// Gets what a withdrawal lacks from the branches that hold the most; tells whether it did.
  private mutating func obtainRights(
    for order: DemoWorkload.Order, at branch: DemoBranch
  ) async throws -> Bool {
    var missing = -order.cents - (try branch.rights(to: order.account))
    guard order.cents < 0, missing > 0 else { return false }
    for other in branches where other.place != branch.place { try await meet(branch, other) }
    let holders = try branches.filter { $0.place != branch.place }
      .map { (branch: $0, held: try $0.rights(to: order.account)) }
      .sorted { $0.held > $1.held }
    guard holders.reduce(0, { $0 + $1.held }) >= missing else { return false }
    for (holder, held) in holders where missing > 0 {
      let needed = min(held, missing)
      // And half of what it has beyond, so that the next need is met at once.
      try await give(
        needed + (held - needed) / 2, of: order.account, from: holder, to: branch)
      try await meet(holder, branch)
      missing -= needed
    }
    return true
  }
}

// Without it.
extension DemoRun {
  private mutating func cutLine() async throws {
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
    let bar = ProgressBar(total: 360, of: "transactions", indent: 3)
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

  private mutating func killFaro() async throws {
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
        (found == .committed) == line.isPaid
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

  private mutating func heal() async throws {
    chapter("The line is back")
    history.healed = history.step
    let lacking = history.samples.last?.lacking ?? []
    for place in Place.allCases {
      tell(
        "\(place.name.padded(to: 8))lacks \(lacking[place.rawValue]) versions of the others",
        indent: 5)
    }
    try await meetAll()
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
    try await meetAll()
    let isPaid = try await execute(contestedOrder(900_001, at: .porto), at: porto)
    try await meetAll()
    let balance = try branches[0].balances()[contested.number] ?? 0
    tell(
      """
      Porto's customer asks again for \(contested.holder)'s 60.00. The others hand their rights over,
      and Porto \(isPaid ? "pays" : "refuses"): the account holds \(money(balance)), exactly its floor.
      """)
  }

  private mutating func audit() async throws {
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
      The branches were looked at \(history.checks) times, after every write and meeting, and
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

// What every chapter needs.
extension DemoRun {
  private mutating func nextOrder(at branch: DemoBranch) -> DemoWorkload.Order {
    defer { counts[branch.place.rawValue] += 1 }
    return workload.order(counts[branch.place.rawValue], at: branch.place)
  }

  private func contestedOrder(_ number: UInt64, at place: Place) -> DemoWorkload.Order {
    DemoWorkload.Order(
      request: UInt64(place.rawValue + 1) * 1_000_000 + number,
      account: DemoWorkload.contested.number, cents: -60_00)
  }

  private mutating func execute(
    _ order: DemoWorkload.Order, at branch: DemoBranch
  ) async throws -> Bool {
    let isPaid = Self.isCommitted(try await branch.execute(order))
    try note(order, at: branch.place, isPaid: isPaid, stock: branch.stock())
    return isPaid
  }

  private static func isCommitted(_ result: RequestResult<Void>) -> Bool {
    switch result {
    case .committed, .repeated(.committed): true
    case .refused, .repeated(.refused): false
    }
  }

  private mutating func note(
    _ order: DemoWorkload.Order, at place: Place, isPaid: Bool, stock: DemoBranch.Stock
  ) throws {
    let kind: DemoHistory.Kind =
      isPaid ? (order.cents < 0 ? .withdrawal : .deposit) : .refusal
    history.commit(kind, at: place, stock)
    if isPaid { outcome.accepted += 1 } else { outcome.refused += 1 }
    if history.healed == 0 { try plain?.execute(order, at: place) }
  }

  private mutating func give(
    _ cents: Int64, of account: UInt64, from giver: DemoBranch, to receiver: DemoBranch
  ) async throws {
    try await giver.give(cents, of: account, to: receiver.replica.id)
    history.commit(.transfer, at: giver.place, try giver.stock())
  }

  private mutating func meet(_ first: DemoBranch, _ second: DemoBranch) async throws {
    let report = try await first.replica.meet(second.replica)
    if let refused = report.refused.first { throw refused }
    history.meet(
      (first.place, try first.stock()), (second.place, try second.stock()),
      exchanged: report.received + report.sent)
  }

  private mutating func meetAll() async throws {
    for (first, second) in [(0, 1), (0, 2), (0, 1)] {
      try await meet(branches[first], branches[second])
    }
  }
}

/// What the demo came to.
struct DemoOutcome: Sendable {
  var accepted = 0
  var refused = 0
  var acknowledgedBeforeKill = 0
  var digests: [String] = []
  var holders: [UInt64: String] = [:]
  /// Balances after the line was back, and as plain PN-counters would have merged them.
  var merged: [UInt64: Int64] = [:]
  var plain: [UInt64: Int64] = [:]
}
