import Merganser
import MerganserLog
import MerganserSync
import Synchronization
import TestSupport
import Testing

/// Replicas sync over transports that are bad in every way, and nothing is lost or broken.
@Suite struct PipeTests {
  private let bank = Bank()

  /// What each kind of fault makes of a sync.
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case cuts, loss, repetition, reordering, damage, stalling, all

    var testDescription: String { rawValue }

    /// Whether a sync comes to its end all the same.
    var isHarmless: Bool { self == .cuts || self == .stalling }

    func faults(_ seed: UInt64) -> LocalPipe.Faults {
      var faults = LocalPipe.Faults(seed: seed)
      let all = self == .all
      if self != .stalling { faults.longestPiece = 1000 }
      if self == .cuts { faults.longestPiece = 50 }
      if self == .loss || all { faults.loss = 0.02 }
      if self == .repetition || all { faults.repetition = 0.02 }
      if self == .reordering || all { faults.reordering = 0.02 }
      if self == .damage || all { faults.damage = 0.02 }
      if self == .stalling || all { faults.stalling = 0.1 }
      return faults
    }
  }

  private func limits(_ change: (inout SyncLimits) -> Void) -> SyncLimits {
    var limits = SyncLimits()
    change(&limits)
    return limits
  }

  private func fill(_ replica: Replica<Bank>, name: String, count: Int) async throws {
    for number in 0..<count {
      try await replica.write { [bank] tx in
        try tx[bank.accounts, "\(name) \(number)"].increment(by: 1)
        try tx[bank.owners, "\(name) \(number)"].set("owner of \(name) \(number)")
      }
    }
  }

  @Test(
    .exercises(["a sync that a fault ended": 5, "a sync that came to its end": 12]),
    arguments: Kind.allCases)
  func syncsGoOnUntilBothAreEqual(_ kind: Kind) async throws {
    for seed in UInt64(0)..<3 {
      let lisbon = try Replica(bank)
      let porto = try Replica(bank, joining: lisbon.founder)
      try await fill(lisbon, name: "lisbon", count: 30)
      try await fill(porto, name: "porto", count: 20)
      var attempt: UInt64 = 0
      while try lisbon.snapshot.digest != porto.snapshot.digest {
        attempt += 1
        try #require(attempt < 400, "\(kind), seed \(seed)")
        do {
          try await lisbon.sync(
            with: porto, faults: kind.faults(seed << 32 | attempt),
            silence: kind.isHarmless ? .seconds(3600) : .seconds(2))
          Exercised.count("a sync that came to its end")
        } catch is SyncError {
          #expect(!kind.isHarmless)
          Exercised.count("a sync that a fault ended")
        } catch let error as ReplicationError {
          guard case .unexpectedMessage = error else { throw error }
          #expect(!kind.isHarmless)
        }
        for replica in [lisbon, porto] { #expect(try replica.snapshot.violations().isEmpty) }
      }
      if kind.isHarmless { #expect(attempt == 1) }
    }
  }

  /// A state that is damaged on its way is not adopted, not even in part.
  @Test func aStateComesAsAWholeOrNotAtAll() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    while try await lisbon.greeting().truncatedTo[lisbon.id] == 0 {
      try await fill(lisbon, name: "lisbon", count: 200)
    }
    let porto = try Replica(bank, joining: lisbon.founder)
    try await fill(porto, name: "porto", count: 10)
    let before = try porto.snapshot.digest
    var (attempt, failures) = (UInt64(0), 0)
    while try lisbon.snapshot.digest != porto.snapshot.digest {
      attempt += 1
      try #require(attempt < 200)
      var faults = LocalPipe.Faults(seed: attempt)
      (faults.longestPiece, faults.damage) = (1 << 12, attempt < 5 ? 0.2 : 0.001)
      do {
        try await porto.sync(with: lisbon, faults: faults, silence: .seconds(2))
      } catch {
        failures += 1
        if try porto.snapshot.digest != before {
          #expect(try porto.snapshot[bank.accounts, "lisbon 0"]?.value ?? 0 >= 1)
        }
      }
      #expect(try porto.snapshot.violations().isEmpty)
    }
    #expect(failures > 0)
    try await lisbon.close()
  }

  /// Each side at its own end of a pipe learns what came of it in both directions.
  @Test func bothEndsAreToldWhatCameOfIt() async throws {
    let lisbon = try Replica(bank)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await fill(lisbon, name: "lisbon", count: 3)
    try await fill(porto, name: "porto", count: 2)
    let (here, there) = LocalPipe.ends()
    let limits = limits { $0.silence = .seconds(3600) }
    async let answer = porto.sync(over: there, limits: limits)
    let report = try await lisbon.sync(over: here, limits: limits)
    #expect(report.received == 2 && report.sent == 3)
    let other = try await answer
    #expect(other.received == 3 && other.sent == 2)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    // Each knows now what the other holds.
    #expect(
      lisbon.peers.peers[porto.id]?.vector == porto.snapshot.vector || lisbon.peers.peers.isEmpty)
  }

  /// An end of a pipe serves one sync: a second one is told so, and nothing waits for ever.
  @Test(.timeLimit(.minutes(5))) func anEndServesOneSync() async throws {
    let lisbon = try Replica(bank)
    let (here, _) = LocalPipe.ends()
    let syncs = (0..<2).map { _ in Task { _ = try await lisbon.sync(over: here) } }
    var errors: [SyncError?] = []
    for sync in syncs {
      if case .failure(let error) = await sync.result { errors.append(error as? SyncError) }
    }
    #expect(errors.count == 2 && errors.contains(.inUse))
  }

  /// A transport that can send nothing any more is the reason that is thrown, and nobody waits for long.
  @Test(.timeLimit(.minutes(5))) func whatCannotBeSentIsTheReason() async throws {
    struct Broken: Error {}
    struct Mute: Transport {
      let end: LocalPipe
      func send(_ bytes: [UInt8]) async throws { throw Broken() }
      func receive() async throws -> [UInt8]? { try await end.receive() }
      func close() async { await end.close() }
    }
    let lisbon = try Replica(bank)
    await #expect(throws: Broken.self) {
      try await lisbon.sync(
        over: Mute(end: LocalPipe.ends().0), limits: limits { $0.silence = .seconds(3600) })
    }
  }

  /// What ends a sync at one side is told to the other.
  @Test func theOtherSideIsToldWhyItEnds() async throws {
    let lisbon = try Replica(bank)
    let stranger = try Replica(bank)
    // However long a busy machine takes.
    let patient = limits { $0.silence = .seconds(3600) }
    let (here, there) = LocalPipe.ends()
    let answer = Task { try await stranger.sync(over: there, limits: patient) }
    let error = await #expect(throws: ReplicationError.self) {
      try await lisbon.sync(over: here, limits: patient)
    }
    #expect(error == .otherDatabase(ours: lisbon.founder, theirs: stranger.founder))
    await #expect(throws: ReplicationError.self) { try await answer.value }
    // Where one side alone finds fault, the other is told its words.
    let (first, second) = LocalPipe.ends()
    let silent = Task { try await lisbon.sync(over: first) }
    var bytes = MessageEncoder.preface
    var encoder = MessageEncoder()
    encoder.encode(.refusal("I am closed", isLasting: true), to: &bytes)
    try await second.send(bytes)
    await #expect(throws: SyncError.refused(reason: "I am closed", isLasting: true)) {
      try await silent.value
    }
  }

  @Test(arguments: [
    "", "MERG", "GET / HTTP/1.1\r\n\r\n", "MERGBNDL\u{2}\0\0\0", "MERGSYNC\u{9}\0\u{9}\0",
  ])
  func whoSpeaksSomethingElseIsRefused(_ bytes: String) async throws {
    let lisbon = try Replica(bank)
    let (here, there) = LocalPipe.ends()
    let result = Task { try await lisbon.sync(over: here) }
    if !bytes.isEmpty { try await there.send(Array(bytes.utf8)) }
    if bytes.isEmpty || bytes == "MERG" { await there.close() }
    let end = await result.result
    #expect(throws: SyncError.self) { try end.get() }
    if case .failure(let error as SyncError) = end, bytes.contains("\u{9}") {
      #expect(error == .otherProtocol(ours: 1...1, theirs: 9...9))
    }
    await there.close()
  }

  /// A sync that is cancelled ends, also where the other side never says anything.
  @Test(.timeLimit(.minutes(10))) func aSyncCanBeCancelled() async throws {
    let lisbon = try Replica(bank)
    let (here, there) = LocalPipe.ends()
    let task = Task { try await lisbon.sync(over: here) }
    // Its greeting, and then the end.
    #expect(try await there.receive() != nil)
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(try await there.receive() == nil)
  }

  /// Who says nothing is left behind after the limit.
  @Test(.timeLimit(.minutes(10))) func whoSaysNothingIsLeft() async throws {
    let lisbon = try Replica(bank)
    let (here, there) = LocalPipe.ends()
    let limits = limits { $0.silence = .milliseconds(50) }
    await #expect(throws: SyncError.stalled(after: .milliseconds(50))) {
      _ = try await lisbon.sync(over: here, limits: limits)
    }
    await there.close()
  }

  /// Many syncs of one replica at a time, beside its writes and truncations.
  @Test func syncsRunBesideEachOther() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let others = try (0..<4).map { _ in try Replica(bank, joining: lisbon.founder) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await fill(lisbon, name: "lisbon", count: 300) }
      for (number, other) in others.enumerated() {
        group.addTask { try await fill(other, name: "other \(number)", count: 60) }
        for _ in 0..<2 {
          group.addTask { for _ in 0..<6 { try await lisbon.sync(with: other) } }
          group.addTask { for _ in 0..<6 { try await other.sync(with: lisbon) } }
        }
      }
      try await group.waitForAll()
    }
    for _ in 0..<2 { for other in others { try await lisbon.sync(with: other) } }
    for other in others { #expect(try other.snapshot.digest == lisbon.snapshot.digest) }
    try await lisbon.close()
  }
}
