import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import TestSupport
import Testing

/// What a request takes by its local part is used once it has committed, and given back once it was rejected: exactly once,
/// and owed between.
@Suite struct HoldTests {
  /// Seats are sold in one order, and paid from accounts that are kept by escrow.
  private struct Theatre: TransactionSchema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let owed = Table<String, EscrowCounter>("owed")
    let takings = Table<String, GCounter>("takings")
    let seats = Table<String, LWWRegister<String>>("seats")
    var edition: UInt64 = 1

    var invariants: [any Invariant] {
      Bounds(accounts, in: 0..., name: "no account below zero")
      Bounds(owed, in: 0..., name: "no more is given back than is owed")
      Ordered("a seat is sold once", on: seats, in: "seats")
    }

    var transactions: [AnyDeclaredTransaction] {
      deposit
      pay
      earn
      refund
      book
    }

    var deposit: DeclaredTransaction<(String, Int64)> {
      DeclaredTransaction("deposit", over: ["ann"], over: [1, 5]) { tx, customer, amount in
        try tx[accounts, customer].increment(by: amount)
      }
    }

    var pay: DeclaredTransaction<(String, String, Int64)> {
      part("pay") { tx, customer, price in
        try tx[accounts, customer].decrement(by: price)
        try tx[owed, customer].increment(by: price)
      }
    }

    var earn: DeclaredTransaction<(String, String, Int64)> {
      part("earn") { tx, customer, price in
        try tx[owed, customer].decrement(by: price)
        try tx[takings, "theatre"].increment(by: price)
      }
    }

    var refund: DeclaredTransaction<(String, String, Int64)> {
      part("refund") { tx, customer, price in
        try tx[owed, customer].decrement(by: price)
        try tx[accounts, customer].increment(by: price)
      }
    }

    var book: DeclaredTransaction<(String, String, Int64)> {
      DeclaredTransaction("book", over: ["A1"], over: ["ann"], over: [1]) { tx, seat, customer, _ in
        let row = try tx[seats, seat]
        if let other = try row.value?.value {
          throw InvariantViolation(
            invariant: "a seat is sold once", table: "seats", key: seat, found: other,
            needed: "nobody")
        }
        try row.set(customer)
      }
      .edition(edition)
      .holding(pay, use: earn, release: refund)
    }

    /// The founder mints where it holds no account yet, which a plan lists as one more kind of write.
    func start(_ tx: borrowing Transaction) throws {
      for customer in ["ann", "bo"] {
        try tx[accounts, customer].create()
        try tx[owed, customer].create()
      }
    }

    private func part(
      _ name: String,
      body: @escaping @Sendable (borrowing Transaction, String, Int64) throws -> Void
    ) -> DeclaredTransaction<(String, String, Int64)> {
      DeclaredTransaction(name, over: ["A1"], over: ["ann"], over: [1]) { tx, _, customer, price in
        try body(tx, customer, price)
      }
    }
  }

  private static let made = Result { try Planning(Analysis(Workload(of: Theatre()))).plan }

  private let theatre = Theatre()
  private let running: Running
  private let founder: Replica<Theatre>

  init() throws {
    let plan = try Self.made.get()
    #expect(plan.entries["book"]?.way == .ordered)
    for part in ["pay", "earn", "refund"] {
      #expect([.local, .escrow].contains(plan.entries[part]?.way), "\(part)")
    }
    running = Running(by: plan)
    founder = try Replica(theatre, running: running)
  }

  /// A replica at which a customer has so much.
  private func branch(_ customer: String, has amount: Int64) async throws -> Replica<Theatre> {
    let replica = try Replica(theatre, joining: founder.id, running: running)
    try await founder.sync(with: replica)
    try await replica.perform(theatre.deposit, customer, amount)
    return replica
  }

  private func meet(_ one: Replica<Theatre>, with other: Replica<Theatre>) async throws {
    for _ in 0..<3 { try await one.sync(with: other) }
  }

  /// What a customer has, owes, and what the theatre has earned.
  private func money(_ customer: String, at replica: Replica<Theatre>) throws -> [Int64] {
    let snapshot = replica.snapshot
    return [
      try snapshot[theatre.accounts, customer]?.value ?? 0,
      try snapshot[theatre.owed, customer]?.value ?? 0,
      try snapshot[theatre.takings, "theatre"]?.value ?? 0,
    ]
  }

  @Test func whatIsTakenIsOwedAndThenUsed() async throws {
    let branch = try await branch("ann", has: 10)
    let receipt = try await branch.submit(theatre.book, "A1", "ann", 4)
    #expect(try money("ann", at: branch) == [6, 4, 0])
    let owed = try #require(try branch.snapshot.holds.first)
    #expect(owed.request == receipt.request && owed.holder == branch.id)
    #expect(owed.transaction == "book" && owed.outcome == nil)
    try await founder.sync(with: branch)
    #expect(try founder.snapshot.holds.map(\.request) == [receipt.request])
    try await meet(founder, with: branch)
    #expect(try await receipt.outcome(within: .seconds(60)).isCommitted)
    for replica in [branch, founder] {
      #expect(try money("ann", at: replica) == [6, 0, 4])
      #expect(try replica.snapshot.holds.isEmpty)
    }
  }

  @Test func whatIsTakenIsGivenBackToWhoLost() async throws {
    let (one, other) = (try await branch("ann", has: 10), try await branch("bo", has: 10))
    let first = try await one.submit(theatre.book, "A1", "ann", 4)
    let second = try await other.submit(theatre.book, "A1", "bo", 3)
    try await meet(founder, with: one)
    try await meet(founder, with: other)
    try await meet(founder, with: one)
    #expect(try await first.outcome(within: .seconds(60)).isCommitted)
    #expect(try await !second.outcome(within: .seconds(60)).isCommitted)
    for replica in [founder, one, other] {
      #expect(try money("ann", at: replica) == [6, 0, 4])
      #expect(try money("bo", at: replica) == [10, 0, 4])
      #expect(try replica.snapshot.holds.isEmpty)
    }
  }

  @Test func whoHasTooLittleSubmitsNothing() async throws {
    let branch = try await branch("ann", has: 3)
    let request = RequestID.new(born: branch.snapshot.time)
    await #expect(throws: InvariantViolation.self) {
      try await branch.submit(theatre.book, "A1", "ann", 4, request: request)
    }
    #expect(throws: OrderError.unknown(request)) { try branch.receipt(of: request) }
    #expect(try money("ann", at: branch) == [3, 0, 0])
    // The same may be submitted once there is enough.
    try await branch.perform(theatre.deposit, "ann", 1)
    try await branch.submit(theatre.book, "A1", "ann", 4, request: request)
    try await meet(founder, with: branch)
    #expect(try money("ann", at: founder) == [0, 0, 4])
  }

  /// Repeated where it was submitted it takes nothing more; elsewhere it is another's.
  @Test func whatIsRepeatedTakesNothingMore() async throws {
    let branch = try await branch("ann", has: 10)
    let request = RequestID.new(born: branch.snapshot.time)
    for _ in 0..<3 { try await branch.submit(theatre.book, "A1", "ann", 4, request: request) }
    #expect(try money("ann", at: branch) == [6, 4, 0])
    let other = try await self.branch("ann", has: 10)
    try await other.submit(theatre.book, "A1", "ann", 4, request: request)
    try await meet(founder, with: branch)
    try await meet(founder, with: other)
    try await meet(founder, with: branch)
    // One has paid, and the other has its money back.
    for replica in [founder, branch, other] {
      #expect(try money("ann", at: replica) == [16, 0, 4])
      #expect(try replica.snapshot.holds.isEmpty)
    }
    try await branch.submit(theatre.book, "A1", "ann", 4, request: request)
    #expect(try money("ann", at: branch) == [16, 0, 4])
  }

  @Test func whatIsCancelledIsGivenBack() async throws {
    let branch = try await branch("ann", has: 10)
    let receipt = try await branch.submit(theatre.book, "A1", "ann", 4)
    try await receipt.cancel()
    // Nobody knows yet whether it has run.
    #expect(try money("ann", at: branch) == [6, 4, 0])
    try await meet(founder, with: branch)
    #expect(try money("ann", at: branch) == [10, 0, 0])
  }

  /// The replica that has paid is lost; its heir ends what it held.
  @Test func anHeirEndsWhatWasHeld() async throws {
    let branch = try await branch("ann", has: 10)
    try await branch.submit(theatre.book, "A1", "ann", 4)
    try await branch.submit(theatre.book, "A1", "ann", 5)
    try await founder.sync(with: branch)
    // A founder that succeeds knows what came of both.
    try await founder.write { _ in }
    #expect(try founder.snapshot.holds.count == 2)
    try await founder.succeed(branch.id)
    try await founder.write { _ in }
    #expect(try money("ann", at: founder) == [6, 0, 4])
    #expect(try founder.snapshot.holds.isEmpty)
    let third = try await self.branch("bo", has: 1)
    #expect(try money("ann", at: third) == [6, 0, 4])
  }

  /// What is owed is not forgotten with requests, and what has expired before it ran is given back.
  @Test func whatIsOwedOutlivesTheHorizon() async throws {
    let wall = StillWall()
    let options = ReplicaOptions(wall: { wall.now })
    let founder = try Replica(theatre, running: running, options: options)
    let branch = try Replica(theatre, joining: founder.id, running: running, options: options)
    try await founder.sync(with: branch)
    try await branch.perform(theatre.deposit, "ann", 10)
    let first = try await branch.submit(theatre.book, "A1", "ann", 4)
    try await founder.sync(with: branch)
    try await founder.write { _ in }
    let second = try await branch.submit(theatre.book, "B2", "ann", 3)
    wall.pass(3600)
    let horizon = try await founder.raiseHorizon(to: wall.now, passing: [branch.id])
    #expect(horizon == wall.now)
    // The one has run, and nobody has told the branch.
    #expect(try founder.snapshot.holds.map(\.request) == [first.request])
    #expect(try branch.snapshot.holds.count == 2)
    try await meet(founder, with: branch)
    for replica in [founder, branch] {
      #expect(try replica.snapshot.holds.isEmpty)
      #expect(try money("ann", at: replica) == [6, 0, 4])
    }
    // Then their rows are dropped, and nothing is ended again.
    try await founder.raiseHorizon(to: wall.now, passing: [branch.id])
    try await meet(founder, with: branch)
    for replica in [founder, branch] {
      for receipt in [first, second] {
        #expect(try replica.snapshot.record(of: receipt.request) == nil)
      }
      #expect(try money("ann", at: replica) == [6, 0, 4])
    }
  }

  @Test func anIdOfAUsersOwnHoldsNothing() async throws {
    let branch = try await branch("ann", has: 10)
    await #expect(throws: OrderError.noBirth(7)) {
      try await branch.submit(theatre.book, "A1", "ann", 4, request: 7)
    }
    #expect(try money("ann", at: branch) == [10, 0, 0])
  }

  /// A program that has another edition of the code leaves what is owed to one that has it.
  @Test func whoeverHasTheCodeEndsIt() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/branch"
    let branch = try await Replica.open(
      theatre, at: path, joining: founder.id, running: running)
    try await founder.sync(with: branch)
    try await branch.perform(theatre.deposit, "ann", 10)
    try await branch.submit(theatre.book, "A1", "ann", 4)
    try await founder.sync(with: branch)
    try await branch.close()
    var later = theatre
    later.edition = 2
    let without = try await Replica.open(later, at: path, joining: founder.id, running: running)
    for _ in 0..<2 { try await founder.sync(with: without) }
    #expect(try without.snapshot.holds.map { $0.outcome?.isCommitted } == [true])
    try await without.close()
    let again = try await Replica.open(theatre, at: path, joining: founder.id, running: running)
    try await again.write { _ in }
    try await meet(founder, with: again)
    #expect(try money("ann", at: founder) == [6, 0, 4])
    try await again.close()
  }

  @Test func localPartsAreDeclaredAndRunLocally() throws {
    struct Undeclared: TransactionSchema {
      let seats = Table<String, LWWRegister<String>>("seats")

      var invariants: [any Invariant] { Ordered("sold once", on: seats, in: "seats") }

      var transactions: [AnyDeclaredTransaction] {
        DeclaredTransaction("book") { tx in try tx[seats, "A1"].set("ann") }
          .holding(
            DeclaredTransaction("pay") { _ in }, release: DeclaredTransaction("refund") { _ in })
      }
    }
    #expect(
      throws: SchemaError.invalidTransaction(
        "book", reason: "pay runs with it, and is not declared; list it in transactions")
    ) { try Workload(of: Undeclared()) }
  }

  @Test func aLocalPartThatIsOrderedIsRefused() async throws {
    struct Ledger: TransactionSchema {
      let seats = Table<String, LWWRegister<String>>("seats")

      var invariants: [any Invariant] { Ordered("sold once", on: seats, in: "seats") }

      var transactions: [AnyDeclaredTransaction] {
        mark
        book
      }

      var mark: DeclaredTransaction<Void> {
        DeclaredTransaction("mark") { tx in try tx[seats, "A1"].set("ann") }
      }

      var book: DeclaredTransaction<Void> {
        DeclaredTransaction("book") { tx in try tx[seats, "A2"].set("ann") }
          .holding(mark, release: mark)
      }
    }
    let ledger = Ledger()
    let plan = try Planning(Analysis(Workload(of: ledger))).plan
    let replica = try Replica(ledger, running: Running(by: plan))
    await #expect(throws: OrderError.partNotLocal("book", part: "mark")) {
      try await replica.submit(ledger.book)
    }
    #expect(try replica.snapshot[ledger.seats, "A2"] == nil)
  }
}
