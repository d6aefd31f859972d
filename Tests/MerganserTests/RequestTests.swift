import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization
import TestSupport
import Testing

private struct Unexpected: Error {}

@Suite struct RequestTests {
  let bank = Bank()

  /// Pays into or out of an account.
  private func pay(
    _ request: RequestID, amount: Int64, at replica: Replica<Bank>,
    contents: RequestContents? = nil
  ) async throws -> RequestResult<Int64> {
    let accounts = bank.accounts
    return try await replica.write(request: request, contents: contents, keeping: Int64.self) {
      try $0[accounts, "ana"].increment(by: amount)
      return try $0[accounts, "ana"].value?.value ?? 0
    }
  }

  @Test func aRepeatedRequestIsGivenItsResult() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lisbon"
    var lisbon = try await Replica.open(bank, at: path)
    let request = lisbon.newRequest()
    #expect(request.home == lisbon.id)
    guard case .committed(7) = try await pay(request, amount: 7, at: lisbon) else {
      throw Unexpected()
    }
    try await lisbon.close()
    lisbon = try await Replica.open(bank, at: path)
    guard case .repeated(let outcome) = try await pay(request, amount: 7, at: lisbon) else {
      throw Unexpected()
    }
    #expect(try outcome.result(as: Int64.self) == 7)
    #expect(try lisbon.snapshot[bank.accounts, "ana"]?.value == 7)
    // A result that is too long is not made a part of the row, and nothing happens.
    let accounts = bank.accounts
    let long = lisbon.newRequest()
    await #expect(
      throws: RequestError.resultTooLong(long, length: 70_005, limit: 1 << 16)
    ) {
      try await lisbon.write(request: long, keeping: String.self) {
        try $0[accounts, "ana"].increment(by: 1)
        return String(repeating: "x", count: 70_000)
      }
    }
    #expect(try lisbon.snapshot[bank.accounts, "ana"]?.value == 7)
    try await lisbon.close()
  }

  @Test func aDoubleIsAnEventUntilItIsAcknowledged() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    let told = Mutex<[DoubleExecution]>([])
    lisbon.observe { event in
      if case .executedTwice(let double) = event { told.withLock { $0.append(double) } }
    }
    let request = RequestID(1)
    for replica in [lisbon, porto] {
      guard case .committed = try await pay(request, amount: 5, at: replica) else {
        throw Unexpected()
      }
    }
    try await lisbon.sync(with: porto)
    let double = try #require(told.withLock { $0 }.first)
    #expect(double.request == request && double.commits.count == 2)
    #expect(try double.commits.map { try $0.outcome.result(as: Int64.self) } == [5, 5])
    #expect(try porto.snapshot.executedTwice() == [double])
    #expect(try await porto.acknowledge(request))
    #expect(try await !porto.acknowledge(request))
    try await lisbon.sync(with: porto)
    #expect(try lisbon.snapshot.executedTwice().isEmpty)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
  }

  @Test func whoIsHandedTheStateIsToldOfDoubles() async throws {
    let storage = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    let lisbon = try Replica(bank, storage: storage)
    let porto = try Replica(bank, joining: lisbon.founder)
    let late = try Replica(
      bank, joining: lisbon.founder, storage: MemoryStorage(checkpointInterval: 1 << 20))
    for replica in [lisbon, porto] { _ = try await pay(RequestID(1), amount: 5, at: replica) }
    try await lisbon.sync(with: porto)
    for _ in 0..<500 where try await lisbon.greeting().truncatedTo == VersionVector() {
      try await Task.sleep(for: .milliseconds(10))
    }
    let told = Mutex(0)
    late.observe { event in if case .executedTwice = event { told.withLock { $0 += 1 } } }
    let report = try await late.sync(with: lisbon)
    #expect(report.receivedState && told.withLock { $0 } == 1)
  }

  @Test func declaredTransactionsAreComparedByTheirArguments() async throws {
    struct Savings: TransactionSchema {
      let accounts = Table<String, PNCounter>("accounts")
      var transactions: [AnyDeclaredTransaction] {
        save
        give
      }
      var save: DeclaredTransaction<(String, Int64)> {
        DeclaredTransaction("save", over: ["ann"], over: [1, 2]) { tx, name, amount in
          try tx[accounts, name].increment(by: amount)
        }
      }
      var give: DeclaredTransaction<(String, Int64)> {
        DeclaredTransaction("give", over: ["ann"], over: [1, 2]) { tx, name, amount in
          try tx[accounts, name].decrement(by: amount)
        }
      }
    }
    let savings = Savings()
    let kinds: [WriteKind] = [.insert, .increment, .decrement]
    let local = Plan.Entry(
      way: .local, invariants: [], writes: Set(kinds.map { Effect($0, in: "accounts") }))
    let plan = Plan(
      fingerprint: try Catalog(savings).fingerprint, entries: ["save": local, "give": local])
    let replica = try Replica(savings, running: Running(by: plan))
    let request = RequestID(1)
    guard case .committed = try await replica.perform(savings.save, "ann", 5, request: request),
      case .repeated(.committed) = try await replica.perform(
        savings.save, "ann", 5, request: request),
      case .otherContents(.committed) = try await replica.perform(
        savings.save, "ann", 6, request: request),
      case .otherContents = try await replica.perform(savings.save, "bob", 5, request: request),
      case .otherContents = try await replica.perform(savings.give, "ann", 5, request: request)
    else { throw Unexpected() }
    #expect(try replica.snapshot[savings.accounts, "ann"]?.value == 5)
  }
}

@Suite struct HorizonTests {
  let bank = Bank()

  private func pay(
    _ request: RequestID, at replica: Replica<Bank>
  ) async throws -> RequestResult<Void> {
    let accounts = bank.accounts
    return try await replica.write(request: request) {
      try $0[accounts, "ana"].increment(by: 5)
    }
  }

  @Test func itDoesNotPassTheLastVersionOfAMember() async throws {
    let wall = StillWall()
    let lisbon = try Replica(bank, options: ReplicaOptions(wall: { wall.now }))
    let porto = try Replica(
      bank, joining: lisbon.founder, options: ReplicaOptions(wall: { wall.now }))
    let first = lisbon.newRequest()
    _ = try await pay(first, at: lisbon)
    wall.pass(60)
    let seen = wall.now
    _ = try await pay(porto.newRequest(), at: porto)
    try await lisbon.sync(with: porto)
    wall.pass(3600)
    let second = lisbon.newRequest()
    _ = try await pay(second, at: lisbon)
    wall.pass(3600)
    #expect(try await lisbon.raiseHorizon(to: wall.now) == seen)
    guard case .expired = try await pay(first, at: lisbon),
      case .repeated = try await pay(second, at: lisbon)
    else { throw Unexpected() }
    // An operator knows that it does not come again.
    #expect(try await lisbon.raiseHorizon(to: wall.now, passing: [porto.id]) == wall.now)
    guard case .expired = try await pay(second, at: lisbon) else { throw Unexpected() }
    #expect(try lisbon.snapshot.horizon == wall.now)
    // It comes again all the same.
    let kept = porto.newRequest()
    try await porto.sync(with: lisbon)
    guard case .expired = try await pay(second, at: porto),
      case .committed = try await pay(kept, at: porto)
    else { throw Unexpected() }
    try await porto.sync(with: lisbon)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    // The balance holds all four payments, each once.
    #expect(try lisbon.snapshot[bank.accounts, "ana"]?.value == 20)
  }

  @Test func maintenanceRaisesItAsRetentionSays() async throws {
    let folder = try TemporaryFolder()
    let wall = StillWall()
    var options = StateTransferTests.options
    options.retention.requests = .seconds(600)
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: options.with(wall: { wall.now }))
    var requests: [RequestID] = []
    // More than are dropped by one version.
    for _ in 0..<600 { requests.append(lisbon.newRequest()) }
    requests.append(RequestID(1))
    try await withThrowingTaskGroup { group in
      for request in requests { group.addTask { _ = try await self.pay(request, at: lisbon) } }
      try await group.waitForAll()
    }
    wall.pass(3600)
    let accounts = bank.accounts
    var rows = 0
    for number in 0..<2000 {
      try await lisbon.write { try $0[accounts, "\(number)"].increment(by: 1) }
      rows = try lisbon.snapshot.count(requestTable)
      if rows == 1 { break }
    }
    #expect(rows == 1)
    let horizon = try #require(try lisbon.snapshot.horizon)
    #expect(horizon.milliseconds <= wall.now.milliseconds - 600_000)
    guard case .expired = try await pay(requests[0], at: lisbon),
      case .repeated = try await pay(RequestID(1), at: lisbon)
    else { throw Unexpected() }
    #expect(try lisbon.snapshot[accounts, "ana"]?.value == 5 * 601)
    try await lisbon.close()
    let again = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: options.with(wall: { wall.now }))
    guard case .expired = try await pay(requests[0], at: again) else { throw Unexpected() }
    try await again.close()
  }
}

extension HorizonTests {
  /// The database's time is a year ahead of the wall, as some replica's clock was: nothing is forgotten sooner.
  @Test func aClockThatWasAheadForgetsNothingEarly() async throws {
    let folder = try TemporaryFolder()
    let (wall, ahead) = (StillWall(), StillWall())
    ahead.pass(365 * 86_400)
    var options = StateTransferTests.options
    options.retention.requests = .seconds(600)
    options.retention.absence = .seconds(3600)
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: options.with(wall: { wall.now }))
    let porto = try Replica(
      bank, joining: lisbon.founder, options: ReplicaOptions(wall: { ahead.now }))
    _ = try await pay(RequestID(1), at: porto)
    try await lisbon.acceptTimes(upTo: ahead.now)
    try await lisbon.sync(with: porto)
    #expect(lisbon.snapshot.time >= ahead.now)
    let request = lisbon.newRequest()
    _ = try await pay(request, at: lisbon)
    let accounts = bank.accounts
    for number in 0..<300 {
      try await lisbon.write { try $0[accounts, "\(number)"].increment(by: 1) }
    }
    guard case .repeated = try await pay(request, at: lisbon) else { throw Unexpected() }
    #expect(lisbon.peers.peers.keys.sorted() == [porto.id])
    try await lisbon.close()
    let again = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: options.with(wall: { wall.now }))
    guard case .repeated = try await pay(request, at: again) else { throw Unexpected() }
    #expect(again.peers.peers.keys.sorted() == [porto.id])
    try await again.close()
  }
}

/// Stores of programs that recorded what became of requests in another table.
@Suite struct EarlierRequestTests {
  let bank = Bank()

  /// A store as an earlier program left it: request 1 committed, request 2 was refused.
  private func earlierStore(at path: String) throws {
    let catalog = try Catalog(bank)
    let id = ReplicaID.random()
    let new = systemTableNames.subtracting([earlierRequestTable.name])
    let schema = SchemaDescription(
      tables: catalog.description.tables.filter { !new.contains($0.name) },
      invariants: catalog.description.invariants)
    let store = try LogStore.create(
      at: path, identity: StoreIdentity(replica: id, founder: id, schema: schema))
    var database = Database(catalog: catalog, replica: id, founder: id)
    try database.recover(from: store.snapshot())
    let violation = try #require(
      throws: InvariantViolation.self,
      performing: {
        try database.transact(wall: systemClock()) { try $0[bank.accounts, "ana"].decrement(by: 1) }
      })
    for (number, outcome) in [(1, .committed()), (2, .refused(violation))]
      as [(UInt64, RequestOutcome)]
    {
      let version = try database.transact(wall: systemClock()) { tx in
        if outcome.isCommitted { try tx[bank.accounts, "ana"].increment(by: 5) }
        try tx[earlierRequestTable, RequestID(number)].set(outcome)
      }.version
      try store.append([version].compactMap { $0 })
    }
    try store.close()
  }

  private func pay(
    _ request: UInt64, at replica: Replica<Bank>, contents: RequestContents? = nil
  ) async throws -> RequestResult<Void> {
    let accounts = bank.accounts
    return try await replica.write(request: RequestID(request), contents: contents) {
      try $0[accounts, "ana"].increment(by: 5)
    }
  }

  @Test func aStoreAnswersAsBeforeAndGoesOn() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lisbon"
    try earlierStore(at: path)
    let recorded = try LogStore.openForReading(at: path)
    #expect(recorded.identity.schema.tables.map(\.name).contains("merganser.requests"))
    #expect(!recorded.identity.schema.tables.map(\.name).contains("merganser.requests.2"))
    recorded.close()
    let lisbon = try await Replica.open(bank, at: path)
    let porto = try Replica(bank, joining: lisbon.founder)
    // Under an id of which no contents are known, all are the same.
    guard case .repeated(.committed) = try await pay(1, at: lisbon, contents: RequestContents(5)),
      case .repeated(.refused) = try await pay(2, at: lisbon),
      case .committed = try await pay(3, at: lisbon),
      case .repeated(.committed) = try await pay(3, at: lisbon)
    else { throw Unexpected() }
    // What ran elsewhere before they met is a double, and what was refused here is a commit there.
    for request in [1, 2] as [UInt64] {
      guard case .committed = try await pay(request, at: porto) else { throw Unexpected() }
    }
    try await porto.sync(with: lisbon)
    for replica in [lisbon, porto] {
      #expect(try replica.snapshot.executedTwice().map(\.request) == [RequestID(1)])
      #expect(try replica.snapshot.outcome(of: RequestID(2))?.isCommitted == true)
      #expect(try replica.snapshot[bank.accounts, "ana"]?.value == 20)
    }
    #expect(try await lisbon.acknowledge(RequestID(1)))
    try await porto.sync(with: lisbon)
    #expect(try porto.snapshot.executedTwice().isEmpty)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    try await lisbon.close()
    let again = try await Replica.open(bank, at: path)
    guard case .repeated(.committed) = try await pay(2, at: again) else { throw Unexpected() }
    try await again.close()
  }

  @Test func aPlanThatWasMadeEarlierStaysValid() throws {
    let catalog = try Catalog(bank)
    let new = systemTableNames.subtracting([earlierRequestTable.name])
    let earlier = SchemaDescription(
      tables: catalog.description.tables.filter { !new.contains($0.name) },
      invariants: catalog.description.invariants)
    #expect(catalog.fingerprint == earlier.fingerprint)
  }
}
