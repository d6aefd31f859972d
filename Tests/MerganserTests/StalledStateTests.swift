import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// A state whose sender hands over its first part, and then nothing until it is let go on.
final class StalledState: Sendable {
  private struct Contents {
    var parts: [StatePart]
    var hasStalled = false
    var isReleased = false
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let header: StateHeader
  private let contents: Mutex<Contents>

  init(_ state: StateStream) async throws {
    header = state.header
    var parts: [StatePart] = []
    for try await part in state.parts { parts.append(part) }
    contents = Mutex(Contents(parts: parts))
  }

  var state: StateStream {
    StateStream(header: header, parts: AsyncThrowingStream { await self.next() })
  }

  /// Whether the first part has been taken, and the second is waited for.
  var hasStalled: Bool { contents.withLock { $0.hasStalled } }

  func release() {
    contents.withLock { contents in
      contents.isReleased = true
      contents.waiting.take()?.resume()
    }
  }

  private func next() async -> StatePart? {
    let first: StatePart? = contents.withLock { contents in
      contents.hasStalled ? nil : contents.parts.removeFirst()
    }
    if let first {
      contents.withLock { $0.hasStalled = true }
      return first
    }
    await withCheckedContinuation { continuation in
      contents.withLock { contents in
        if contents.isReleased { continuation.resume() } else { contents.waiting = continuation }
      }
    }
    return contents.withLock { $0.parts.isEmpty ? nil : $0.parts.removeFirst() }
  }
}

/// Everything goes on while a state stalls.
@Suite(.timeLimit(.minutes(8))) struct StalledStateTests {
  private let bank = Bank()

  private func fill(_ replica: Replica<Bank>, accounts: Range<Int>) async throws {
    for start in stride(from: accounts.lowerBound, to: accounts.upperBound, by: 20) {
      try await replica.write { [bank] tx in
        for account in start..<min(start + 20, accounts.upperBound) {
          try tx[bank.accounts, "\(account)"].increment(by: 1)
          try tx[bank.owners, "\(account)"].set("owner \(account)")
        }
      }
    }
  }

  /// Takes a state in whose sender stalls, and returns once it does.
  private func stall(
    _ peer: some Peer, stalled: StalledState
  ) async throws -> Task<Void, any Error> {
    let task = Task { try await peer.adopt(stalled.state) }
    while !stalled.hasStalled { try await Task.sleep(for: .milliseconds(2)) }
    // The part is on its way into what keeps it.
    try await Task.sleep(for: .milliseconds(20))
    return task
  }

  @Test func writesCheckpointsTruncationsStatesAndCompactionGoOn() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder,
      options: StateTransferTests.options)
    try await fill(lisbon, accounts: 0..<2000)
    try await fill(porto, accounts: 1900..<2100)
    let stalled = try await StalledState(await lisbon.state())
    let task = try await stall(porto, stalled: stalled)

    // Checkpoints, and truncations behind them.
    let start = try await porto.greeting().truncatedTo[porto.id]
    while try await porto.greeting().truncatedTo[porto.id] <= start {
      try await fill(porto, accounts: 2000..<2200)
    }
    try await porto.compact()
    // Another state, whole, of one who has gone on.
    try await fill(lisbon, accounts: 100..<300)
    try await porto.adopt(await lisbon.state())
    #expect(try porto.snapshot[bank.accounts, "150"]?.value == 2)
    try await porto.compact()
    try await fill(porto, accounts: 2200..<2300)

    stalled.release()
    try await task.value
    try await lisbon.sync(with: porto)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    #expect(try porto.snapshot[bank.accounts, "2250"]?.value == 1)
    #expect(try porto.snapshot[bank.accounts, "150"]?.value == 2)
    let digest = try porto.snapshot.digest
    try await porto.close()
    #expect(try LogStore.verify(at: folder.path + "/porto").isSound)
    let again = try await Replica.open(bank, at: folder.path + "/porto")
    #expect(try again.snapshot.digest == digest)
    try await again.close()
  }

  @Test(arguments: [true, false])
  func aReplicaIsClosedWhileAStateStalls(isOnDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    try await fill(lisbon, accounts: 0..<2000)
    let porto =
      isOnDisk
      ? try await Replica.open(bank, at: folder.path + "/porto", joining: lisbon.founder)
      : try Replica(bank, joining: lisbon.founder)
    let stalled = try await StalledState(await lisbon.state())
    let task = try await stall(porto, stalled: stalled)
    try await porto.close()
    stalled.release()
    await #expect(throws: StorageError.self) { try await task.value }
    guard isOnDisk else { return }
    let again = try await Replica.open(bank, at: folder.path + "/porto")
    #expect(again.snapshot.vector == VersionVector())
    try await again.close()
  }

  @Test func aStoreThatNobodyHasOpenGoesOnToo() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    try await fill(lisbon, accounts: 0..<2000)
    let path = folder.path + "/porto"
    try await Replica.open(bank, at: path, joining: lisbon.founder).close()
    let store = try LogStore.open(at: path)
    let porto = try StorePeer(store)
    let stalled = try await StalledState(await lisbon.state())
    let task = try await stall(porto, stalled: stalled)
    for try await batch in lisbon.versions(beyond: VersionVector()) {
      _ = try await porto.apply(batch)
    }
    try store.compact()
    try await fill(lisbon, accounts: 100..<300)
    try await porto.adopt(await lisbon.state())
    #expect(try store.snapshot().vector == lisbon.snapshot.vector)
    stalled.release()
    try await task.value
    #expect(try store.snapshot().vector == lisbon.snapshot.vector)
    try store.close()
    let again = try await Replica.open(bank, at: path)
    #expect(try again.snapshot.digest == lisbon.snapshot.digest)
    try await again.close()
  }

  /// Of too many that stall, the one that has done so for longest gives way.
  @Test(arguments: [true, false]) func noMoreStallThanAreKept(isOnDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(bank)
    try await fill(lisbon, accounts: 0..<2000)
    let porto =
      isOnDisk
      ? try await Replica.open(bank, at: folder.path + "/porto", joining: lisbon.founder)
      : try Replica(bank, joining: lisbon.founder, storage: MemoryStorage())
    var tasks: [(StalledState, Task<Void, any Error>)] = []
    for _ in 0..<17 {
      let stalled = try await StalledState(await lisbon.state())
      tasks.append((stalled, try await stall(porto, stalled: stalled)))
    }
    for (place, (stalled, task)) in tasks.enumerated() {
      stalled.release()
      if place == 0 {
        await #expect(throws: ReplicationError.stateOvertaken) { try await task.value }
      } else {
        try await task.value
      }
    }
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
  }
}
