import Merganser
import MerganserDatabase
import MerganserSync
import TestSupport
import Synchronization
import Testing

/// Whatever bytes the other side of a sync sends, it ends with an error that has a name, and nothing wrong is applied.
@Suite struct HostileSyncTests {
  private let bank = Bank()

  private func owner(_ account: String) -> String {
    String(repeating: "owner \(account) ", count: 10_000)
  }

  /// What an honest side sends to a replica that lacks what it has, piece by piece.
  private func recorded(from sender: Replica<Bank>, to receiver: Replica<Bank>) async throws
    -> [[UInt8]]
  {
    let (here, there) = LocalPipe.ends()
    let tape = Tape(over: here)
    var limits = SyncLimits()
    limits.silence = .seconds(3600)
    async let report = sender.sync(over: tape, limits: limits)
    try await receiver.sync(over: there, limits: limits)
    _ = try await report
    return tape.pieces
  }

  @Test(
    .exercises(["a sync that ended with an error": 100, "a sync that applied something": 20]))
  func damagedBytesAreRefused() async throws {
    let lisbon = try Replica(bank)
    // Two messages of versions.
    for number in 0..<6 {
      try await lisbon.write { [bank] tx in
        try tx[bank.accounts, "\(number)"].increment(by: 1)
        try tx[bank.owners, "\(number)"].set(owner("\(number)"))
      }
    }
    let model = try Replica(bank, joining: lisbon.founder)
    let whole = try await recorded(from: lisbon, to: model).flatMap { $0 }
    #expect(whole.count > 1000)
    var dice = SplitMix(seed: 5)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<120 {
        let bytes = whole.damaged(using: &dice)
        group.addTask { try await hear(bytes, from: lisbon) }
      }
      try await group.waitForAll()
    }
  }

  /// Syncs a new replica with one who sends the given bytes, and then nothing.
  private func hear(_ bytes: [UInt8], from lisbon: Replica<Bank>) async throws {
    let porto = try Replica(bank, joining: lisbon.founder)
    do {
      try await porto.sync(over: Recording(bytes))
    } catch is SyncError {
      Exercised.count("a sync that ended with an error")
    } catch is ReplicationError {
      Exercised.count("a sync that ended with an error")
    }
    if porto.snapshot.vector[lisbon.id] > 0 { Exercised.count("a sync that applied something") }
    // What was applied is what was written, and nothing else.
    for row in try porto.snapshot.rows(bank.owners) {
      #expect(row.value.value == owner(row.key))
    }
    #expect(try porto.snapshot.violations().isEmpty)
  }

  /// Messages whose checksums are right, and whose contents are damaged.
  @Test(.exercises(["a message that is refused": 500, "a message that is read": 100]))
  func damagedMessagesAreReadOrRefused() async throws {
    let lisbon = try Replica(bank)
    try await lisbon.write { [bank] tx in try tx[bank.accounts, "a"].increment(by: 1) }
    let greeting = try await lisbon.greeting()
    var versions: [StoredVersion] = []
    for try await batch in lisbon.versions(beyond: VersionVector()) { versions += batch }
    let state = await lisbon.state()
    var outcome = SyncOutcome()
    outcome.refused = [.init(reason: "no", isForGood: true)]
    outcome.heads = greeting.heads
    let messages: [SyncMessage] = [
      .greeting(greeting), .versions(versions), .state(state.header), .outcome(outcome),
      .end(messages: 3), .refusal("no", isLasting: false),
    ]
    var dice = SplitMix(seed: 9)
    for message in messages {
      for _ in 0..<300 {
        let body = message.body.damaged(using: &dice)
        do {
          let read = try SyncMessage(kind: message.kind, body: body)
          Exercised.count("a message that is read")
          let again = try SyncMessage(kind: read.kind, body: read.body)
          #expect(again == read)
        } catch {
          Exercised.count("a message that is refused")
        }
      }
    }
  }
}

/// A transport over which something comes that was recorded, and then nothing.
private final class Recording: Transport {
  private let bytes: Mutex<[UInt8]?>

  init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }

  func send(_ bytes: [UInt8]) async throws {}

  func receive() async throws -> [UInt8]? {
    bytes.withLock { bytes in
      defer { bytes = nil }
      return bytes
    }
  }

  func close() async {}
}

/// A transport that keeps what is sent over it.
private final class Tape: Transport {
  private let transport: any Transport
  private let kept = Mutex<[[UInt8]]>([])

  init(over transport: any Transport) { self.transport = transport }

  var pieces: [[UInt8]] { kept.withLock { $0 } }

  func send(_ bytes: [UInt8]) async throws {
    kept.withLock { $0.append(bytes) }
    try await transport.send(bytes)
  }

  func receive() async throws -> [UInt8]? { try await transport.receive() }

  func close() async { await transport.close() }
}
