import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization
import Testing

@testable import Merganser

/// The writer as a machine: what each of its steps does, without a queue and without a clock.
@Suite struct WriterTests {
  private let bank = Bank()

  private func writer(
    _ storage: any VersionStorage = MemoryStorage(checkpointInterval: 1)
  ) throws -> Writer {
    let id = ReplicaID(high: 0, low: 1)
    let catalog = try Catalog(bank)
    let admission = try Admission(of: [], in: catalog, by: nil, founder: id)
    return Writer(
      Database(catalog: catalog, replica: id, founder: id), storage: storage,
      ordering: Ordering(admission, wall: { .zero }), wall: { .zero }, stepping: .byHand)
  }

  /// A job that writes to an account, and what became of it.
  private func job(_ account: String, log: Log) -> ValueJob<Void> {
    ValueJob { [bank] database, versions in
      log.add("run \(account)")
      let (_, version) = try database.transact(wall: .zero) {
        try $0[bank.accounts, account].increment(by: 1)
      }
      versions += [version].compactMap { $0 }
    } keeping: {
      log.add("stored \(account)")
    }
  }

  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  @Test func aStepStoresAllThatWaitsAndThenKeepsUp() throws {
    let (log, writer) = (Log(), try writer())
    #expect(!writer.step())
    for account in ["a", "b", "c"] { writer.submit(job(account, log: log)) }
    #expect(log.all.isEmpty)
    #expect(writer.step())
    #expect(log.all == ["run a", "run b", "run c", "stored a", "stored b", "stored c"])
    #expect(writer.current.vector[ReplicaID(high: 0, low: 1)] > 0)
    // The checkpoint, part by part, and the truncation behind it.
    var steps = 0
    while writer.step() { steps += 1 }
    #expect(steps > 1)
    #expect(writer.database.withLock { $0.bytesSinceCheckpoint } == 0)
    #expect(!writer.step())
  }

  /// What is asked for between groups comes in its turn, however much is written.
  @Test func whatIsBetweenGroupsComesInItsTurn() throws {
    let (log, writer) = (Log(), try writer(MemoryStorage()))
    writer.submit(job("a", log: log))
    writer.between { _ in log.add("between") }
    writer.submit(job("b", log: log))
    while writer.step() {}
    #expect(log.all == ["run a", "stored a", "between", "run b", "stored b"])
  }

  /// A group takes so many bytes; what finds no room in it comes with the next, before all else.
  @Test func whatFindsNoRoomComesNext() throws {
    let (log, writer) = (Log(), try writer(MemoryStorage()))
    for number in 0..<3 {
      writer.submit(
        ValueJob { [bank] database, versions in
          log.add("run \(number)")
          let (_, version) = try database.transact(wall: .zero) { tx in
            try tx[bank.accounts, "a"].create()
            try tx[bank.owners, "a"].set(String(repeating: "x", count: 1 << 20))
          }
          versions += [version].compactMap { $0 }
        })
    }
    writer.between { _ in log.add("between") }
    #expect(writer.step())
    #expect(log.all == ["run 0"])
    while writer.step() {}
    #expect(log.all == ["run 0", "run 1", "run 2", "between"])
  }

  /// A closed writer runs nobody's closure.
  @Test func whatComesBehindTheEndIsNotRun() async throws {
    let (log, writer) = (Log(), try writer(MemoryStorage()))
    writer.submit(job("a", log: log))
    writer.close { _ in log.add("closed") }
    await #expect(throws: StorageError.closed(path: "the replica")) {
      try await job("b", log: log).done(by: writer)
    }
    while writer.step() {}
    #expect(log.all == ["run a", "stored a", "closed"])

    let replica = try Replica(bank)
    try await replica.close()
    await #expect(throws: StorageError.closed(path: "the replica")) {
      try await replica.write { _ in log.add("run by a closed replica") }
    }
    #expect(!log.all.contains("run by a closed replica"))
  }

  /// A state that an account of Porto's has come to, as a whole.
  private func stateOfPorto() throws -> (header: StateHeader, spool: StateSpool) {
    let porto = ReplicaID(high: 0, low: 2)
    var database = Database(
      catalog: try Catalog(bank), replica: porto, founder: ReplicaID(high: 0, low: 1))
    for account in 0..<100 {
      _ = try database.transact(wall: .zero) {
        try $0[bank.accounts, "porto \(account)"].increment(by: 1)
      }
    }
    var transfer = StateTransfer(database.snapshot)
    let spool = try StateSpool(in: nil, limit: 1 << 20)
    while let part = try transfer.next(limit: 100) { try spool.append(part) }
    return (transfer.header, spool)
  }

  private func adoption(log: Log) throws -> StateAdoption {
    let (header, spool) = try stateOfPorto()
    return StateAdoption(
      of: header, by: Meeting(with: nil), wall: .zero, in: spool, under: AdoptionPolicy(),
      acceptingRemovals: 0
    ) { result in
      switch result {
      case .success: log.add("adopted")
      case .failure(let error): log.add("\(error)")
      }
    }
  }

  /// A state is adopted in steps, too, and groups are stored between them: one thread does it all.
  @Test func aStateIsAdoptedInSteps() throws {
    let (log, writer) = (Log(), try writer())
    writer.submit(try adoption(log: log))
    var steps = 0
    while !log.all.contains("adopted") {
      try #require(writer.step())
      steps += 1
      writer.submit(job("lisbon \(steps)", log: log))
    }
    while writer.step() {}
    #expect(steps > 10)
    let snapshot = writer.current
    #expect(try snapshot.count(bank.accounts) == 100 + steps)
    #expect(log.all.count { $0.hasPrefix("stored") } == steps)
    // What was held meanwhile goes on.
    #expect(writer.database.withLock { $0.bytesSinceCheckpoint } == 0)
  }

  /// The copy that is being made when a writer is closed comes to its end; what waits for it does not begin.
  @Test func aWriterIsClosedBehindTheCopyThatIsMade() throws {
    let (log, writer) = (Log(), try writer())
    for _ in 0..<2 { writer.submit(try adoption(log: log)) }
    for _ in 0..<3 { writer.step() }
    writer.close { _ in log.add("closed") }
    while writer.step() {}
    #expect(log.all == ["adopted", "\(StorageError.closed(path: "the replica"))", "closed"])
    #expect(try writer.current.count(bank.accounts) == 100)
  }

  /// A schema is taken over between two groups.
  @Test func aSchemaIsTakenOverInAStep() throws {
    let (log, writer) = (Log(), try writer())
    let declared: [any AnyTable] = try Catalog(bank).tables.filter {
      !$0.name.hasPrefix("merganser.")
    }
    let later = try Catalog(
      tables: declared + [Table<Int, GSet<Int>>("later")], invariants: bank.invariants
    ).description
    writer.submit(job("a", log: log))
    writer.between { writer in
      do { try writer.takeOver(later) } catch { log.add("\(error)") }
    }
    writer.submit(job("b", log: log))
    while writer.step() {}
    #expect(log.all == ["run a", "stored a", "run b", "stored b"])
    #expect(writer.current.catalog.description == later)
    #expect(try writer.current.count(bank.accounts) == 2)
  }

  /// In memory, a write is done by the thread that brings it; many at a time are all done.
  @Test func writesInMemoryAreDoneAtOnce() async throws {
    let replica = try Replica(bank)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { [bank] in
          for number in 0..<200 {
            try await replica.write { try $0[bank.accounts, "a"].increment(by: 1) }
            // What was written is seen.
            let seen = try replica.snapshot[bank.accounts, "a"]?.value ?? 0
            #expect(seen > number, "\(task)")
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try replica.snapshot[bank.accounts, "a"]?.value == 1600)
  }

  /// A closure that runs for too long is refused by name, on every road, and nothing of it is kept.
  @Test func aClosureThatRunsForTooLongIsRefused() async throws {
    var running = Running()
    running.timeLimit = .zero
    let replica = try Replica(bank, running: running)
    let body: @Sendable (borrowing Transaction) throws -> Void = { [bank] tx in
      try tx[bank.accounts, "a"].increment(by: 1)
    }
    let error = TransactionError.tookTooLong(limit: .zero)
    await #expect(throws: error) { try await replica.write { try body($0) } }
    await #expect(throws: error) { try await replica.write(request: 7) { try body($0) } }
    #expect(try replica.snapshot[bank.accounts, "a"] == nil)
    running.timeLimit = .seconds(-1)
    let hasty = try Replica(bank, running: running)
    await #expect(throws: error) { try await hasty.write { try body($0) } }
    running.timeLimit = nil
    let patient = try Replica(bank, running: running)
    try await patient.write { try body($0) }
    #expect(try patient.snapshot[bank.accounts, "a"]?.value == 1)
  }
}
