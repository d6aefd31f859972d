import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// A replica that comes late, when the logs of the others have been truncated, holds what they hold.
@Suite struct StateTransferTests {
  let bank = Bank()

  /// Stores rows every few versions, and keeps next to no log.
  static var options: ReplicaOptions {
    var options = ReplicaOptions()
    options.checkpointInterval = 2000
    options.retention = Retention(history: 0, backlog: 0)
    return options
  }

  /// Writes to many accounts, and deletes some.
  func fill(_ replica: Replica<Bank>, accounts: Range<Int>, times: Int) async throws {
    let bank = bank
    for time in 0..<times {
      for start in stride(from: accounts.lowerBound, to: accounts.upperBound, by: 20) {
        try await replica.write { tx in
          for account in start..<min(start + 20, accounts.upperBound) {
            try tx[bank.accounts, "\(account)"].increment(by: 1)
            if time == 0 { try tx[bank.owners, "\(account)"].set("owner \(account)") }
          }
        }
      }
    }
    for account in accounts where account % 5 == 0 {
      try await replica.write { try $0[bank.accounts, "\(account)"].delete() }
    }
  }

  @Test func whoIsBehindTheCutIsHandedTheState() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(bank, at: folder.path + "/lisbon", options: Self.options)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: Self.options)
    try await fill(lisbon, accounts: 0..<200, times: 5)
    // What both have, and what each changes alone.
    try await lisbon.sync(with: porto)
    try await fill(lisbon, accounts: 100..<300, times: 5)
    try await fill(porto, accounts: 250..<400, times: 3)
    try await settle(lisbon)
    #expect(try await lisbon.greeting().truncatedTo != VersionVector())

    let writes = Task { [bank] in
      for number in 0..<100 {
        try await porto.write { try $0[bank.accounts, "meanwhile \(number)"].increment(by: 1) }
      }
    }
    let report = try await porto.sync(with: lisbon)
    try await writes.value
    #expect(report.receivedState)
    for _ in 0..<2 { try await porto.sync(with: lisbon) }
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    #expect(try porto.snapshot[bank.accounts, "110"]?.value == nil)
    #expect(try porto.snapshot[bank.owners, "110"]?.value == nil)
    #expect(try porto.snapshot[bank.accounts, "meanwhile 99"]?.value == 1)
    #expect(try porto.snapshot[bank.accounts, "399"]?.value == 3)
    #expect(try porto.snapshot.violations().isEmpty)

    let (digest, vector) = (try porto.snapshot.digest, porto.snapshot.vector)
    try await porto.close()
    #expect(try LogStore.verify(at: folder.path + "/porto").isSound)
    let again = try await Replica.open(bank, at: folder.path + "/porto", options: Self.options)
    #expect(again.snapshot.vector == vector)
    #expect(try again.snapshot.digest == digest)
    // And it goes on as before.
    try await again.write { try $0[bank.accounts, "399"].decrement(by: 1) }
    try await lisbon.sync(with: again)
    #expect(try lisbon.snapshot[bank.accounts, "399"]?.value == 2)
    try await again.close()
    try await lisbon.close()
  }

  /// A log that is truncated once the two have greeted each other hands the state over instead.
  @Test func aLogThatIsTruncatedMeanwhileHandsTheStateOver() async throws {
    struct Greeted: Peer {
      let replica: Replica<Bank>
      let said: Greeting

      func greeting() async throws -> Greeting { said }
      func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
        try await replica.comparison(with: heads)
      }
      func versions(
        beyond vector: VersionVector
      ) -> AsyncThrowingStream<[StoredVersion], any Error> {
        replica.versions(beyond: vector)
      }
      func apply(_ versions: [StoredVersion]) async throws -> Database.Reception {
        try await replica.apply(versions)
      }
      func state() async throws -> StateStream { await replica.state() }
      func adopt(_ state: StateStream) async throws { try await replica.adopt(state) }
      func grow(to schema: SchemaDescription) async throws { try await replica.grow(to: schema) }
    }
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(bank, at: folder.path + "/lisbon", options: Self.options)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await porto.write { [bank] in try $0[bank.accounts, "porto"].create() }
    for isFirst in [true, false] {
      let account = isFirst ? "first" : "second"
      try await lisbon.write { [bank] in try $0[bank.accounts, account].increment(by: 1) }
      let greeted = Greeted(replica: lisbon, said: try await lisbon.greeting())
      let start = greeted.said.truncatedTo
      while try await lisbon.greeting().truncatedTo == start {
        try await fill(lisbon, accounts: 0..<200, times: 5)
      }
      let report = try await isFirst ? sync(greeted, with: porto) : sync(porto, with: greeted)
      #expect(isFirst ? report.sentState : report.receivedState)
      #expect(try porto.snapshot[bank.accounts, account]?.value == 1)
    }
    try await porto.sync(with: lisbon)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await lisbon.close()
  }

  @Test func aStateThatBreaksOffChangesNothing() async throws {
    struct BrokenOff: Error {}
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: Self.options)
    try await fill(lisbon, accounts: 0..<3000, times: 1)
    try await fill(porto, accounts: 2500..<3500, times: 1)
    let before = try porto.snapshot.digest
    let whole = await lisbon.state()
    var parts: [StatePart] = []
    for try await part in whole.parts { parts.append(part) }
    let first = parts[0]
    let broken = StateStream(
      header: whole.header,
      parts: AsyncThrowingStream { continuation in
        continuation.yield(first)
        continuation.finish(throwing: BrokenOff())
      })
    await #expect(throws: BrokenOff.self) { try await porto.adopt(broken) }
    #expect(try porto.snapshot.digest == before)
    // A table is missing.
    let short = StateStream(
      header: whole.header, parts: AsyncThrowingStream { $0.finish() })
    await #expect(throws: ReplicationError.self) { try await porto.adopt(short) }
    #expect(try porto.snapshot.digest == before)
    try await porto.adopt(await lisbon.state())
    try await lisbon.sync(with: porto)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
  }

  @Test func aReplicaInMemoryTakesAStateIn() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(bank, at: folder.path + "/lisbon", options: Self.options)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await fill(lisbon, accounts: 0..<300, times: 2)
    try await fill(porto, accounts: 200..<300, times: 1)
    try await settle(lisbon)
    #expect(try await porto.sync(with: lisbon).receivedState)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await lisbon.close()
  }

  @Test func aStoreThatStoresNoRowsTakesNoneIn() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    try await fill(lisbon, accounts: 0..<50, times: 1)
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = nil
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: options)
    try await fill(porto, accounts: 40..<60, times: 1)
    // They would be nowhere when it is opened again.
    await #expect(throws: StorageError.self) { try await porto.adopt(await lisbon.state()) }
    let digest = try porto.snapshot.digest
    try await porto.close()
    let again = try await Replica.open(bank, at: folder.path + "/porto", options: options)
    #expect(try again.snapshot.digest == digest)
    try await again.close()
  }

  /// Waits until nothing is left to be stored or truncated.
  func settle(_ replica: Replica<Bank>) async throws {
    for _ in 0..<500 {
      if try await replica.greeting().truncatedTo != VersionVector() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
