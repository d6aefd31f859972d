import Foundation
import Merganser
import MerganserDatabase
import MerganserConfluence
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// Savings and a shop: some of what is done needs nothing, some an order, some owners, and one thing
/// has no remedy.
private struct Shop: TransactionSchema {
  let savings = Table<String, PNCounter>("savings")
  let orders = Table<String, LWWRegister<String>>("orders")
  let lines = Table<Path<String, Int>, LWWRegister<String>>("lines")
  let seats = Table<Int, LWWRegister<String>>("seats")
  let receipts = Table<Int, GSet<String>>("receipts")

  var invariants: [any Invariant] {
    Limit("no savings below 0", on: savings, atLeast: 0)
    ForeignKey("a line's order exists", from: lines, to: orders, onDelete: .restrict)
    Custom("a seat is the guest's who has a receipt", over: [seats, receipts]) {
      [seats, receipts] snapshot in
      try snapshot.rows(receipts).allSatisfy { seat, guests in
        try guests.count <= 1 && guests.allSatisfy { try snapshot[seats, seat]?.value == $0 }
      }
    }
  }

  var transactions: [AnyDeclaredTransaction] {
    save
    spend
    openOrder
    addLine
    deleteOrder
    sit
  }

  var save: DeclaredTransaction<Int64> {
    DeclaredTransaction("save", over: [1]) { tx, amount in
      try tx[savings, "ann"].increment(by: amount)
    }
  }

  var spend: DeclaredTransaction<Int64> {
    DeclaredTransaction("spend", over: [1]) { tx, amount in
      try tx[savings, "ann"].decrement(by: amount)
    }
  }

  var openOrder: DeclaredTransaction<Void> {
    DeclaredTransaction("open order") { tx in try tx[orders, "o"].create() }
  }

  var addLine: DeclaredTransaction<Int> {
    DeclaredTransaction("add line", over: 1...1) { tx, line in
      try tx[lines, Path("o", child: line)].create()
    }
  }

  var deleteOrder: DeclaredTransaction<Void> {
    DeclaredTransaction("delete order") { tx in try tx[orders, "o"].delete() }
  }

  var sit: DeclaredTransaction<(Int, String)> {
    DeclaredTransaction("sit", over: 1...2, over: ["ann", "bob"]) { tx, seat, guest in
      if try tx[seats, seat].exists { return }
      try tx[seats, seat].set(guest)
      try tx[receipts, seat].insert(guest)
    }
  }
}

@Suite struct PlanTests {
  private static let shop = Shop()
  /// The plan that the analysis makes, as a program has it: read from its file.
  private static let plan = Result {
    let analysis = try Analysis(
      Workload(nil, of: shop), within: Budget(replicas: 2, configurations: 3000))
    return try Plan(
      parsing: Planning(analysis, within: Budget(replicas: 2, configurations: 3000)).plan
        .description)
  }

  @Test func theAnalysisPlansTheShop() throws {
    let entries = try Self.plan.get().entries
    #expect(
      entries["save"]
        == .init(
          way: .local, invariants: [],
          writes: [Effect(.insert, in: "savings"), Effect(.increment, in: "savings")]))
    #expect(
      entries["spend"]
        == .init(
          way: .ordered, invariants: ["no savings below 0"],
          writes: [Effect(.decrement, in: "savings")],
          reason: "calls of spend, run apart, break \"no savings below 0\""))
    #expect(entries["add line"]?.way == .ordered)
    #expect(entries["delete order"]?.way == .ordered)
    #expect(
      entries["sit"]
        == .init(
          way: .owned(argument: 0), basis: .search(replicas: nil),
          invariants: ["a seat is the guest's who has a receipt"],
          writes: [Effect(.insert, in: "seats"), Effect(.insert, in: "receipts")],
          arguments: [["1", "ann"], ["1", "bob"], ["2", "ann"], ["2", "bob"]],
          reason: "calls of sit, run apart, break \"a seat is the guest's who has a receipt\""))
    #expect(try Self.plan.get().seatCount == 2)
  }

  @Test func declaredTransactionsRunWhereThePlanSays() async throws {
    let (shop, plan) = (Self.shop, try Self.plan.get())
    let ids = [ReplicaID.random(), .random()]
    let running = Running(by: plan) { seat in ids[seat == "1" ? 0 : 1] }
    let first = try Replica(shop, id: ids[0], running: running)
    let second = try Replica(shop, joining: first.founder, id: ids[1], running: running)
    try await first.perform(shop.save, 5)
    try await second.perform(shop.save, 2)
    try await first.perform(shop.spend, 4)
    // Another replica does not spend: two could spend the same.
    let elsewhere = await #expect(throws: PlanError.self) {
      try await second.perform(shop.spend, 1)
    }
    #expect(elsewhere == .runsElsewhere("spend", at: first.id))
    await #expect(throws: InvariantViolation.self) { try await first.perform(shop.spend, 4) }
    // What rests on a search of two replicas runs at these two.
    try await first.giveSeat(to: second.id)
    try await first.sync(with: second)
    // Each seat has an owner, who runs what plain writes to these tables may not do.
    try await first.perform(shop.sit, 1, "ann")
    try await second.perform(shop.sit, 2, "bob")
    let notOurs = await #expect(throws: PlanError.self) {
      try await second.perform(shop.sit, 1, "bob")
    }
    #expect(notOurs == .runsElsewhere("sit", at: first.id))
    try await first.sync(with: second)
    for replica in [first, second] {
      #expect(try replica.snapshot.violations().isEmpty)
      #expect(try replica.snapshot[shop.savings, "ann"]?.value == 3)
      #expect(try replica.snapshot[shop.seats, 2]?.value == "bob")
    }
  }

  @Test func aRequestOfADeclaredTransactionCountsOnce() async throws {
    let shop = Self.shop
    let running = Running(by: try Self.plan.get())
    let first = try Replica(shop, running: running)
    let second = try Replica(shop, joining: first.founder, running: running)
    let (saving, spending, more) = (RequestID(1), RequestID(2), RequestID(3))
    guard case .committed = try await first.perform(shop.save, 5, request: saving) else {
      Issue.record("the first time, it commits")
      return
    }
    guard case .repeated(.committed) = try await first.perform(shop.save, 5, request: saving) else {
      Issue.record("the second time, it is known")
      return
    }
    #expect(try first.snapshot[shop.savings, "ann"]?.value == 5)
    // A recorded refusal stays one, also when there would be enough.
    guard
      case .refused(let violation) = try await first.perform(
        shop.spend, 6, request: more, recordsRefusal: true)
    else {
      Issue.record("6 of 5 were spent")
      return
    }
    try await first.perform(shop.save, 5)
    let again = try await first.perform(shop.spend, 6, request: more)
    guard case .repeated(.refused(let known)) = again else {
      Issue.record("a refused request was tried again: \(again)")
      return
    }
    #expect(known == violation)
    // A replica at which it does not run neither runs nor refuses it.
    try await first.sync(with: second)
    let elsewhere = await #expect(throws: PlanError.self) {
      try await second.perform(shop.spend, 1, request: spending)
    }
    #expect(elsewhere == .runsElsewhere("spend", at: first.id))
    guard case .committed = try await first.perform(shop.spend, 1, request: spending) else {
      Issue.record("it was not free to run at its place")
      return
    }
    #expect(try first.snapshot[shop.savings, "ann"]?.value == 9)
    // Whoever meets the replica knows its requests' outcomes; several arguments and none go as well.
    try await first.sync(with: second)
    guard case .repeated = try await second.perform(shop.save, 5, request: saving) else {
      Issue.record("a request counted twice")
      return
    }
    try await first.perform(shop.openOrder, request: RequestID(4))
    try await first.perform(shop.sit, 1, "ann", request: RequestID(5))
    #expect(try first.snapshot[shop.seats, 1]?.value == "ann")
  }

  @Test func closuresDoNotCrossWhatThePlanOrders() async throws {
    let shop = Self.shop
    let first = try Replica(shop, running: Running(by: Self.plan.get()))
    let second = try Replica(
      shop, joining: first.founder, running: Running(by: Self.plan.get()))
    // Inserting a line needs no coordination by itself, but crosses a deletion that the founder makes.
    let refusal = await #expect(throws: TransactionError.self) {
      try await second.write { tx in try tx[shop.orders, "o"].create() }
    }
    #expect(refusal == .reserved(invariant: "a line's order exists", table: "orders"))
    #expect(refusal?.description.contains("declare it") == true)
    await #expect(throws: TransactionError.self) {
      try await second.write { tx in try tx[shop.savings, "ann"].increment(by: 1) }
    }
  }

  @Test func whatHasNoRemedyIsRefusedAtOpenWithTheCounterexample() async throws {
    let (shop, folder) = (Self.shop, try TemporaryFolder())
    let path = folder.path + "/lisbon"
    var plan = try Self.plan.get()
    let history = "a seat …\n  A: sit(1, ann)\n  B: sit(1, bob)"
    plan.entries["sit"] = .init(
      way: .refused, invariants: ["a seat is the guest's who has a receipt"],
      reason: history)
    for name in plan.searchedEntries.keys { plan.entries[name]?.basis = .theorems }
    plan = try Plan(parsing: plan.description)
    let running = Running(by: plan)
    let refusal = await #expect(throws: PlanError.self) {
      try await Replica.open(shop, at: path, running: running)
    }
    #expect(refusal?.description.contains(history) == true)
    // Nothing was made on disk.
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(throws: PlanError.self) { try Replica(shop, running: running) }
    // The code says that it is to run all the same: on this replica's own state.
    let replica = try await Replica.open(
      shop, at: path, running: Running(by: plan, tentatively: ["sit"]))
    try await replica.perform(shop.sit, 1, "ann")
    #expect(try replica.snapshot[shop.seats, 1]?.value == "ann")
    try await replica.close()
  }

  @Test func declaredTransactionsNeedAPlanForTheirSchema() async throws {
    let missing = #expect(throws: PlanError.self) { try Replica(Self.shop) }
    #expect(
      missing
        == .missing(transactions: [
          "save", "spend", "open order", "add line", "delete order", "sit",
        ]))
    var plan = try Self.plan.get()
    plan.entries["sit"] = nil
    #expect(throws: PlanError.undecided("sit")) {
      try Replica(Self.shop, running: Running(by: plan))
    }
    plan = try Self.plan.get()
    plan.fingerprint ^= 1
    #expect(throws: PlanError.self) { try Replica(Self.shop, running: Running(by: plan)) }
    // What the schema does not declare does not run by the plan.
    let replica = try Replica(Self.shop, running: Running(by: Self.plan.get()))
    let other = DeclaredTransaction<Void>("steal") { _ in }
    await #expect(throws: PlanError.undeclared("steal")) { try await replica.perform(other) }
  }

  @Test func replicasOfDifferentPlansDoNotMeet() async throws {
    var other = try Self.plan.get()
    other.entries["spend"]?.way = .local
    let first = try Replica(Self.shop, running: Running(by: Self.plan.get()))
    let second = try Replica(
      Self.shop, joining: first.founder, running: Running(by: other))
    await #expect(throws: ReplicationError.self) { try await first.sync(with: second) }
  }

  /// Savings, of which a later version may have a table more, whose name comes first.
  private struct Savings: TransactionSchema {
    let accounts = Table<String, PNCounter>("savings")
    var invariants: [any Invariant] { Limit("no savings below 0", on: accounts, atLeast: 0) }
    var transactions: [AnyDeclaredTransaction] { spend }
    var spend: DeclaredTransaction<Int64> {
      DeclaredTransaction("spend", over: [1]) { tx, amount in
        try tx[accounts, "ann"].increment(by: 5)
        try tx[accounts, "ann"].decrement(by: amount)
      }
    }
  }

  /// What a plan keeps is kept when the schema has grown; and nobody says that two plans go together.
  @Test func aPlanHoldsInASchemaThatGrows() async throws {
    let savings = Savings()
    let catalog = try Catalog(savings)
    let entries = [
      "spend": Plan.Entry(
        way: .ordered, invariants: ["no savings below 0"],
        writes: [Effect(.insert, in: "savings"), Effect(.increment, in: "savings")])
    ]
    let plan = Plan(fingerprint: catalog.fingerprint, entries: entries)
    let lisbon = try Replica(savings, running: Running(by: plan))
    let schema = SchemaDescription(
      tables: catalog.description.tables + [
        .init(name: "audits", key: "String", value: "GCounter")
      ],
      invariants: catalog.description.invariants)
    try await lisbon.grow(to: schema)
    try await lisbon.perform(savings.spend, 1)
    await #expect(
      throws: TransactionError.reserved(invariant: "no savings below 0", table: "savings")
    ) { try await lisbon.write { try $0[savings.accounts, "ann"].increment(by: 1) } }
    var later = try await lisbon.greeting()
    later.replica = .random()
    later.plan = Plan(fingerprint: schema.fingerprint, entries: entries).digest
    let ours = try #require(try await lisbon.greeting().plan)
    let theirs = try #require(later.plan)
    let own = try await lisbon.greeting()
    #expect(throws: ReplicationError.otherPlan(ours: ours, theirs: theirs)) {
      try later.greet(own)
    }
  }
}
