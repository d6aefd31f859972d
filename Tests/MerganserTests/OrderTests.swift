import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Transactions that run in one order, wherever they are submitted.
@Suite struct OrderTests {
  private struct Shop: TransactionSchema {
    let stock = Table<String, PNCounter>("stock")
    let sales = Table<Int, LWWRegister<String>>("sales")
    let likes = Table<String, GCounter>("likes")
    var edition: UInt64 = 1

    var invariants: [any Invariant] { Limit("not below 0", on: stock, atLeast: 0) }

    var transactions: [AnyDeclaredTransaction] {
      sell.placed(.ordered)
      swap.placed(.ordered)
      fill.placed(.ordered)
      like
      note
    }

    var sell: DeclaredTransaction<(String, Int64)> {
      DeclaredTransaction("sell", over: ["tea"], over: [1, 2]) { tx, name, amount in
        let row = try tx[stock, name]
        try row.decrement(by: amount)
        tx.answer(try row.value?.value ?? 0)
      }
      .edition(edition)
    }

    /// Sells tea, or coffee where there is none.
    var swap: DeclaredTransaction<Void> {
      DeclaredTransaction("swap") { tx in
        try tx[stock, "tea"].decrement()
        tx.answer("tea")
      }
      .where { tx, _ in
        try tx[stock, "tea"].value?.value ?? 0 > 0
      } otherwise: { tx, _ in
        try tx[stock, "coffee"].decrement()
        tx.answer("coffee")
      }
    }

    /// Writes so many kilobytes.
    var fill: DeclaredTransaction<Int> {
      DeclaredTransaction("fill", over: [1]) { tx, count in
        let text = String(repeating: "x", count: 1 << 10)
        for place in 0..<count { try tx[sales, 100 + place].set(text) }
      }
    }

    var like: DeclaredTransaction<Int64> {
      DeclaredTransaction("like", over: [1, 5]) { tx, amount in
        try tx[likes, "tea"].increment(by: amount)
      }
    }

    /// A type of a program's own that no request can carry.
    struct Text: Hashable, Sendable { var text: String }

    var note: AnyDeclaredTransaction { written.placed(.ordered) }

    var written: DeclaredTransaction<Text> {
      DeclaredTransaction("note", over: [Text(text: "a")]) { tx, text in
        try tx[sales, 1].set(text.text)
      }
    }

    func start(_ tx: borrowing Transaction) throws {
      try tx[stock, "tea"].increment(by: 3)
      try tx[stock, "coffee"].increment(by: 3)
    }
  }

  private static let made = Result { try Planning(Analysis(Workload(of: Shop()))).plan }

  private let shop = Shop()
  private let running: Running
  private let founder: Replica<Shop>

  init() throws {
    let plan = try Self.made.get()
    #expect(plan.entries["sell"]?.way == .ordered)
    #expect(plan.entries["like"]?.way == .local)
    running = Running(by: plan)
    founder = try Replica(shop, running: running)
  }

  private func joiner() async throws -> Replica<Shop> {
    let replica = try Replica(shop, joining: founder.id, running: running)
    try await founder.sync(with: replica)
    return replica
  }

  /// Has two replicas sync: what is open runs, and the answers come back.
  private func meet(_ one: Replica<Shop>, with other: Replica<Shop>) async throws {
    for _ in 0..<2 { try await one.sync(with: other) }
  }

  private func stock(_ replica: Replica<Shop>) throws -> Int64? {
    try replica.snapshot[shop.stock, "tea"]?.value
  }

  private func execution(_ receipt: Receipt) throws -> RequestExecution? {
    if case .decided(let execution) = try receipt.state { execution } else { nil }
  }

  private func number(_ receipt: Receipt) throws -> UInt64? {
    if case .group(_, _, let number)? = try execution(receipt)?.executor { number } else { nil }
  }

  @Test func whatIsSubmittedAnywhereRunsAtThePrimary() async throws {
    let branch = try await joiner()
    let receipt = try await branch.submit(shop.sell, "tea", 2)
    #expect(try receipt.state == .accepted)
    #expect(try stock(branch) == 3)
    let here = try await founder.submit(shop.sell, "tea", 2)
    // The primary answers itself at once.
    #expect(try execution(here)?.outcome.result(as: Int64.self) == 1)
    try await meet(founder, with: branch)
    let outcome = try await receipt.outcome(within: .seconds(60))
    guard case .rejected(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("not below 0"))
    #expect(try [number(here), number(receipt)] == [1, 2])
    #expect(try stock(branch) == 1 && stock(founder) == 1)
    #expect(try branch.receipt(of: here.request).state == here.state)
  }

  @Test func aRequestCountsOnceWhereverItIsSubmitted() async throws {
    let (one, other) = (try await joiner(), try await joiner())
    let request = try RequestID("order 7")
    for replica in [one, other, one] {
      let receipt = try await replica.submit(shop.sell, "tea", 2, request: request)
      #expect(try receipt.state == .accepted)
    }
    for replica in [one, other, one] { try await founder.sync(with: replica) }
    try await founder.sync(with: other)
    for replica in [founder, one, other] {
      #expect(try stock(replica) == 1)
      #expect(try replica.snapshot.executedTwice().isEmpty)
      // Repeated once it is decided, it is answered and does not run.
      let receipt = try await replica.submit(shop.sell, "tea", 2, request: request)
      #expect(try number(receipt) == 1)
    }
    #expect(try stock(founder) == 1)
  }

  @Test func anIdStandsForOneRequest() async throws {
    let (one, other) = (try await joiner(), try await joiner())
    let request = try RequestID("order 7")
    let first = try await one.submit(shop.sell, "tea", 1, request: request)
    await #expect(throws: OrderError.otherContents(request)) {
      try await one.submit(shop.sell, "tea", 2, request: request)
    }
    let second = try await other.submit(shop.sell, "tea", 2, request: request)
    try await meet(founder, with: one)
    try await meet(founder, with: other)
    #expect(try number(first) == 1)
    #expect(throws: OrderError.otherContents(request)) { try second.state }
    await #expect(throws: OrderError.otherContents(request)) {
      try await second.outcome(within: .seconds(60))
    }
    #expect(try stock(founder) == 2)
  }

  @Test func whatIsCancelledInTimeDoesNotRun() async throws {
    let (one, other) = (try await joiner(), try await joiner())
    let first = try await one.submit(shop.sell, "tea", 1)
    let second = try await one.submit(shop.sell, "tea", 1)
    try await one.sync(with: other)
    // Whoever knows of the request cancels it.
    let elsewhere = try other.receipt(of: second.request)
    try await elsewhere.cancel()
    try await elsewhere.cancel()
    #expect(
      try await elsewhere.tentative() == .rejected(reason: "it was cancelled before its turn came"))
    #expect(try await first.tentative()?.isCommitted == true)
    try await meet(one, with: other)
    try await meet(founder, with: one)
    #expect(
      try execution(second)?.outcome == .rejected(reason: "it was cancelled before its turn came"))
    #expect(try [number(first), number(second)] == [1, 2])
    // What was decided stays so.
    try await first.cancel()
    try await meet(founder, with: one)
    #expect(try execution(first)?.outcome.isCommitted == true)
    #expect(try stock(founder) == 2 && stock(one) == 2)
  }

  @Test func whatIsOpenForTooLongDoesNotRun() async throws {
    let branch = try await joiner()
    let late = try await branch.submit(shop.sell, "tea", 1, lifetime: .zero)
    let inTime = try await branch.submit(shop.sell, "tea", 1)
    try await Task.sleep(for: .milliseconds(3))
    try await branch.write { try $0[shop.sales, 1].set("later") }
    try await meet(founder, with: branch)
    guard case .rejected(let reason)? = try execution(late)?.outcome else {
      Issue.record("\(try late.state)")
      return
    }
    #expect(reason == "it was open for longer than it may be: 0 s")
    #expect(try execution(inTime)?.outcome.isCommitted == true)
    #expect(try stock(branch) == 2)
  }

  @Test func aReplicaHasSoManyOpenRequests() async throws {
    var few = Running(by: try Self.made.get())
    few.requestBudget = RequestBudget(count: 2, bytes: 1000)
    let branch = try Replica(shop, joining: founder.id, running: few)
    try await founder.sync(with: branch)
    let other = try await joiner()
    // Others' do not count.
    try await other.submit(shop.sell, "tea", 1)
    try await branch.sync(with: other)
    let first = try await branch.submit(shop.sell, "tea", 1)
    try await branch.submit(shop.sell, "tea", 1)
    let error = await #expect(throws: OrderError.self) {
      try await branch.submit(shop.sell, "tea", 1)
    }
    guard case .overBudget(open: 2, limit: 2, let bytes, byteLimit: 1000)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(bytes > 0)
    // The same again is no other request.
    try await branch.submit(shop.sell, "tea", 1, request: first.request)
    try await meet(founder, with: branch)
    #expect(try execution(first) != nil)
    try await branch.submit(shop.sell, "tea", 1)
    let long = String(repeating: "x", count: 1000)
    await #expect(throws: OrderError.self) { try await branch.submit(shop.sell, long, 1) }
  }

  @Test func theOrderExtendsCausality() async throws {
    let (one, other) = (try await joiner(), try await joiner())
    var receipts: [Receipt] = []
    for place in 0..<6 {
      let replica = place % 2 == 0 ? one : other
      receipts.append(try await replica.submit(shop.swap))
      try await one.sync(with: other)
    }
    try await meet(founder, with: other)
    try await meet(founder, with: one)
    #expect(try receipts.map(number) == (1...6).map { $0 })
    // The merge procedure runs where the dependency does not hold any more.
    let results = try receipts.map { try execution($0)?.outcome.result(as: String.self) }
    #expect(results == ["tea", "tea", "tea", "coffee", "coffee", "coffee"])
  }

  @Test func theDeadlinePassesAndTheRequestStands() async throws {
    let branch = try await joiner()
    let receipt = try await branch.submit(shop.sell, "tea", 1)
    await #expect(throws: OrderError.undecided(receipt.request)) {
      try await receipt.outcome(within: .milliseconds(1))
    }
    let states = Task {
      var seen: [ReceiptState] = []
      for try await state in receipt.states { seen.append(state) }
      return seen
    }
    try await meet(founder, with: branch)
    let last = try await states.value.last
    #expect(try last == receipt.state)
    #expect(try number(receipt) == 1)
  }

  @Test func whatIsOpenIsFoundAgainAfterARestart() async throws {
    let folder = try TemporaryFolder()
    let (home, away) = (folder.path + "/home", folder.path + "/away")
    var primary = try await Replica.open(shop, at: home, running: running)
    var branch = try await Replica.open(
      shop, at: away, joining: primary.founder, running: running)
    try await meet(primary, with: branch)
    let request = try await branch.submit(shop.sell, "tea", 1).request
    try await branch.close()
    branch = try await Replica.open(shop, at: away, running: running)
    #expect(try branch.receipt(of: request).state == .accepted)
    #expect(throws: OrderError.unknown(2)) { try branch.receipt(of: 2) }
    try await meet(primary, with: branch)
    try await primary.close()
    primary = try await Replica.open(shop, at: home, running: running)
    try await meet(primary, with: branch)
    #expect(try number(branch.receipt(of: request)) == 1)
    #expect(try number(primary.receipt(of: request)) == 1)
    #expect(try await number(primary.submit(shop.sell, "tea", 1)) == 2)
  }

  @Test func anHeirGoesOnInAnotherEpoch() async throws {
    let (heir, branch) = (try await joiner(), try await joiner())
    let first = try await founder.submit(shop.sell, "tea", 1)
    try await meet(founder, with: heir)
    let receipt = try await branch.submit(shop.sell, "tea", 1)
    try await meet(heir, with: branch)
    #expect(try receipt.state == .accepted)
    try await heir.succeed(founder.id)
    try await meet(heir, with: branch)
    #expect(
      try execution(receipt)?.executor == .group("order", epoch: 1, number: 1))
    #expect(
      try execution(branch.receipt(of: first.request))?.executor
        == .group("order", epoch: 0, number: 1))
    #expect(try stock(branch) == 1)
  }

  @Test func anotherEditionOfTheCodeWaits() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/home"
    var primary = try await Replica.open(shop, at: path, running: running)
    let later = Shop(edition: 2)
    let branch = try Replica(later, joining: primary.founder, running: running)
    try await meet(primary, with: branch)
    let receipt = try await branch.submit(later.sell, "tea", 1)
    let plain = try await branch.submit(later.swap)
    try await meet(primary, with: branch)
    #expect(try receipt.state == .accepted)
    #expect(try number(plain) == 1)
    try await primary.close()
    // What is open runs as soon as the store is opened, whether or not anybody writes.
    primary = try await Replica.open(later, at: path, running: running)
    let outcome = try await primary.receipt(of: receipt.request).outcome(within: .seconds(60))
    #expect(outcome.isCommitted)
    try await meet(primary, with: branch)
    #expect(try number(receipt) == 2)
  }

  @Test func whatCannotBeSubmittedIsRefusedByName() async throws {
    await #expect(throws: OrderError.notOrdered("like")) {
      try await founder.submit(shop.like, 1)
    }
    await #expect(throws: OrderError.argumentsNotCodable("note")) {
      try await founder.submit(shop.written, Shop.Text(text: "a"))
    }
    let homed = founder.newRequest()
    await #expect(throws: OrderError.hasHome(homed)) {
      try await founder.submit(shop.sell, "tea", 1, request: homed)
    }
    let long = String(repeating: "t", count: 1 << 16)
    await #expect(throws: OrderError.self) { try await founder.submit(shop.sell, long, 1) }
    #expect(try stock(founder) == 3)
  }

  @Test func whatHasNoRoomInAVersionIsRejectedAndTheOrderGoesOn() async throws {
    let branch = try await joiner()
    let large = try await branch.submit(shop.fill, 20_000)
    let next = try await branch.submit(shop.sell, "tea", 1)
    try await meet(founder, with: branch)
    guard case .rejected? = try execution(large)?.outcome else {
      Issue.record("\(try large.state)")
      return
    }
    #expect(try [number(large), number(next)] == [1, 2])
    #expect(try founder.snapshot.count(shop.sales) == 0)
    #expect(try stock(branch) == 2)
  }

  @Test func nobodyButThePrimaryOrders() async throws {
    let plan = try Self.made.get()
    let catalog = try Catalog(shop)
    let ids = [ReplicaID.random(), ReplicaID.random()]
    let admission = try Admission(
      of: shop.transactions, in: catalog, by: plan, founder: ids[1])
    var primary = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    let start = try #require(
      try primary.found(by: plan, wall: HybridTime(milliseconds: 1)) { tx in try shop.start(tx) })
    // It takes itself for the founder.
    var liar = Database(catalog: catalog, replica: ids[1], founder: ids[1])
    _ = try liar.receive([start], wall: HybridTime(milliseconds: 2))
    let call = OrderedCall(
      transaction: "swap", edition: 1, arguments: BinaryEncoder.standalone { _ in },
      lifetime: .seconds(60))
    let submitted = try #require(
      try liar.submit(call, as: 1, within: RequestBudget(), wall: HybridTime(milliseconds: 2)))
    guard
      case .ran(let forged?) = try liar.order(
        1, by: admission, wall: HybridTime(milliseconds: 2), limited: { $0 })
    else {
      Issue.record("it was not run")
      return
    }
    let reception = try primary.receive(
      [submitted, forged], wall: HybridTime(milliseconds: 3))
    #expect(reception.applied == [submitted])
    #expect("\(reception.refused.first.map { "\($0)" } ?? "")".contains("the order"))
    #expect(primary.waitingCount == 1)
  }

  @Test func theTentativeStateShowsWhatIsOpen() async throws {
    let branch = try await joiner()
    let first = try await branch.submit(shop.sell, "tea", 2)
    let second = try await branch.submit(shop.sell, "tea", 2)
    #expect(try stock(branch) == 3)
    let tentative = try await branch.tentative()
    #expect(try tentative[shop.stock, "tea"]?.value == 1)
    #expect(tentative.vector == branch.snapshot.vector)
    #expect(try await first.tentative()?.result(as: Int64.self) == 1)
    guard case .rejected? = try await second.tentative() else {
      Issue.record("the second finds enough")
      return
    }
    // Another is first, as it was known to nobody: what was tentative comes out otherwise.
    try await founder.submit(shop.sell, "tea", 3)
    try await meet(founder, with: branch)
    #expect(try await first.tentative() == nil)
    #expect(try execution(first)?.outcome.isCommitted == false)
    #expect(try await branch.tentative()[shop.stock, "tea"]?.value == 0)
    #expect(try await founder.tentative()[shop.stock, "tea"]?.value == 0)
  }

  @Test func aReceiptGoesFromAcceptedByTentativeToDecided() async throws {
    let branch = try await joiner()
    let receipt = try await branch.submit(shop.sell, "tea", 1)
    let seen = Task {
      var seen: [ReceiptState] = []
      for try await state in receipt.states {
        seen.append(state)
        if seen.count == 2 { try await meet(founder, with: branch) }
      }
      return seen
    }
    let states = try await seen.value
    #expect(states.first == .accepted)
    guard states.count == 3, case .tentative(.committed) = states[1] else {
      Issue.record("\(states)")
      return
    }
    #expect(try states.last == receipt.state)
  }

  /// A request is run again only where what it used has changed.
  @Test func onlyWhatMeetsAChangeIsRunAgain() throws {
    let plan = try Self.made.get()
    let catalog = try Catalog(shop)
    let ids = [ReplicaID.random(), ReplicaID.random()]
    let admission = try Admission(
      of: shop.transactions, in: catalog, by: plan, founder: ids[0])
    var primary = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    var branch = Database(catalog: catalog, replica: ids[1], founder: ids[0])
    var time: UInt64 = 1
    func wall() -> HybridTime {
      time += 1
      return HybridTime(milliseconds: time)
    }
    let start = try #require(
      try primary.found(by: plan, wall: wall()) { tx in try shop.start(tx) })
    _ = try branch.receive([start], wall: wall())
    func call(_ name: String, arguments: [UInt8]) -> OrderedCall {
      OrderedCall(
        transaction: name, edition: 1, arguments: arguments, lifetime: .seconds(3600))
    }
    var submitted: [StoredVersion] = []
    for number in 0..<5 {
      let sale = call("sell", arguments: try #require(shop.sell.coding).encode(("tea", 1)))
      submitted.append(
        try #require(
          try branch.submit(
            sale, as: RequestID("sale \(number)"), within: RequestBudget(), wall: wall())))
    }
    let filling = call("fill", arguments: try #require(shop.fill.coding).encode(1))
    _ = try branch.submit(filling, as: RequestID("filling"), within: RequestBudget(), wall: wall())
    try branch.noteOpenRequests()
    var tentative = TentativeState()
    func read() throws -> Snapshot {
      try tentative.read(
        branch.snapshot, open: try #require(branch.snapshot.open), by: admission, wall: wall(),
        limited: { $0 })
    }
    #expect(try read()[shop.stock, "tea"]?.value == 0)
    #expect(tentative.runCount == 6)
    #expect(try read()[shop.sales, 100] != nil)
    #expect(tentative.runCount == 6)
    #expect(tentative.outcomes.values.filter(\.isCommitted).count == 4)
    // What none of them uses.
    _ = try branch.transact(wall: wall()) { tx in try tx[shop.likes, "tea"].increment() }
    #expect(try read()[shop.likes, "tea"]?.value == 1)
    #expect(try read()[shop.stock, "tea"]?.value == 0)
    #expect(tentative.runCount == 6)
    // The first commits: the other sales are run again, and what fills is not.
    _ = try primary.receive(submitted, wall: wall())
    guard
      case .ran(let version?) = try primary.order(
        RequestID("sale 0"), by: admission, wall: wall(), limited: { $0 })
    else {
      Issue.record("it was not run")
      return
    }
    _ = try branch.receive([version], wall: wall())
    #expect(try read()[shop.stock, "tea"]?.value == 0)
    #expect(try read()[shop.sales, 100] != nil)
    #expect(tentative.runCount == 10)
  }
}
