import Foundation
import Merganser
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// A replica that stays away stops holding the others' logs, and loses nothing when it comes again.
@Suite struct RetirementTests {
  let bank = Bank()

  /// A clock that goes on by a millisecond each time it is looked at, and by more when it is told to.
  private final class Clock: Sendable {
    private let milliseconds = Mutex<UInt64>(1_767_225_600_000)

    @Sendable func now() -> HybridTime { pass(1) }

    @discardableResult
    func pass(_ span: UInt64) -> HybridTime {
      milliseconds.withLock { milliseconds in
        milliseconds += span
        return HybridTime(milliseconds: milliseconds)
      }
    }
  }

  /// How a log comes to be truncated that a replica lacks which stays away.
  enum End: CaseIterable, Sendable {
    case isForgotten, isAwayForLong, takesTooMuchRoom
  }

  private static let month: UInt64 = 31 * 24 * 3600 * 1000

  private func open(
    _ name: String, in folder: TemporaryFolder, joining founder: ReplicaID? = nil,
    clock: Clock, backlog: Int = 1 << 30
  ) async throws -> Replica<Bank> {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = 4000
    options.retention = Retention(history: 0, backlog: backlog)
    return try await .open(
      bank, at: "\(folder.path)/\(name)", joining: founder, options: options.with(wall: clock.now))
  }

  private func add(
    _ amount: Int64, to accounts: Range<Int>, at replica: Replica<Bank>
  ) async throws {
    for account in accounts {
      try await replica.write { [bank] tx in
        try tx[bank.accounts, "\(account)"].increment(by: amount)
        try tx[bank.owners, "\(account)"].set("\(amount)")
      }
    }
  }

  /// Waits until a replica's log begins where `isMet` says.
  private func wait(
    for replica: Replica<Bank>, isMet: (_ truncatedTo: VersionVector) -> Bool
  ) async throws {
    for _ in 0..<1000 {
      if isMet(try await replica.greeting().truncatedTo) { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the log begins behind \(try await replica.greeting().truncatedTo)")
  }

  @Test(arguments: End.allCases)
  func whoReturnsLosesNothingAndBringsNothingBack(_ end: End) async throws {
    let folder = try TemporaryFolder()
    let clock = Clock()
    let backlog = end == .takesTooMuchRoom ? 40_000 : 1 << 30
    var lisbon = try await open("lisbon", in: folder, clock: clock, backlog: backlog)
    var porto = try await open("porto", in: folder, joining: lisbon.founder, clock: clock)
    var faro = try await open("faro", in: folder, joining: lisbon.founder, clock: clock)
    try await add(10, to: 0..<60, at: lisbon)
    // A member: one that has written. For others less is kept.
    try await add(1, to: 5000..<5001, at: faro)
    for other in [porto, faro] { try await lisbon.sync(with: other) }
    try await porto.sync(with: faro)
    let last = faro.snapshot.vector
    #expect(lisbon.peers.peers[faro.id]?.vector == last)

    // From here on Faro is alone: it writes what nobody hears of, to rows that the others remove, too.
    try await add(1, to: 0..<20, at: faro)
    try await add(7, to: 1000..<1010, at: faro)
    let faroID = faro.id
    try await faro.close()

    for round in 0..<4 {
      try await add(100, to: 20..<60, at: lisbon)
      try await add(100, to: 200 + 40 * round..<240 + 40 * round, at: porto)
      try await lisbon.sync(with: porto)
      if end != .takesTooMuchRoom {
        // All that Faro lacks is kept for it, through a restart.
        #expect(try await lisbon.greeting().truncatedTo.isCovered(by: last))
        try await lisbon.close()
        lisbon = try await open("lisbon", in: folder, clock: clock, backlog: backlog)
        #expect(lisbon.peers.peers[faroID]?.vector == last)
      }
    }
    for account in 0..<10 {
      try await lisbon.write { [bank] in try $0[bank.accounts, "\(account)"].delete() }
    }
    switch end {
    case .isForgotten:
      for replica in [lisbon, porto] { #expect(try await replica.forget(faroID)) }
      #expect(try await !lisbon.forget(faroID))
    case .isAwayForLong:
      clock.pass(Self.month)
      // Who comes is known on.
      try await lisbon.sync(with: porto)
      for replica in [lisbon, porto] { try await add(1, to: 20..<60, at: replica) }
    case .takesTooMuchRoom: try await add(1, to: 20..<60, at: lisbon)
    }
    try await wait(for: lisbon) { !$0.isCovered(by: last) }
    if end == .takesTooMuchRoom {
      // All the room there is is used for it.
      #expect((20_000...40_000 + 8000).contains(try await lisbon.status().logBytes))
    }
    try await lisbon.sync(with: porto)
    #expect((lisbon.peers.peers[faroID] == nil) == (end != .takesTooMuchRoom))
    #expect(lisbon.peers.peers[porto.id] != nil)
    for replica in [lisbon, porto] { try await replica.close() }
    lisbon = try await open("lisbon", in: folder, clock: clock, backlog: backlog)
    porto = try await open("porto", in: folder, clock: clock)
    #expect((lisbon.peers.peers[faroID] == nil) == (end != .takesTooMuchRoom))

    faro = try await open("faro", in: folder, clock: clock)
    #expect(faro.id == faroID)
    let report = try await lisbon.sync(with: faro)
    #expect(report.sentState && report.received == 30 && report.refused.isEmpty)
    #expect(lisbon.peers.peers[faroID]?.vector == faro.snapshot.vector)
    for (a, b) in [(lisbon, porto), (porto, faro), (faro, lisbon)] { try await a.sync(with: b) }
    let digest = try lisbon.snapshot.digest
    for replica in [lisbon, porto, faro] {
      let snapshot = replica.snapshot
      #expect(try snapshot.digest == digest)
      for account in 0..<10 {
        #expect(try snapshot[bank.accounts, "\(account)"] == nil)
        #expect(try snapshot[bank.owners, "\(account)"] == nil)
      }
      #expect(try snapshot[bank.accounts, "15"]?.value == 11)
      #expect(try snapshot[bank.accounts, "1005"]?.value == 7)
      #expect(try snapshot[bank.accounts, "30"]?.value ?? 0 >= 410)
      #expect(try snapshot.violations().isEmpty)
    }
    for (name, replica) in [("lisbon", lisbon), ("porto", porto), ("faro", faro)] {
      try await replica.close()
      #expect(try LogStore.verify(at: "\(folder.path)/\(name)").findings.map(\.description) == [])
    }
  }

  @Test func whoGoesOnUnderAnotherIdLeavesNothingThatHoldsTheLog() async throws {
    let folder = try TemporaryFolder()
    let clock = Clock()
    let lisbon = try await open("lisbon", in: folder, clock: clock)
    var porto = try await open("porto", in: folder, joining: lisbon.founder, clock: clock)
    try await lisbon.sync(with: porto)
    let (old, known) = (porto.id, porto.peers)
    try await porto.close()
    // A disk is replaced: what was on it lies in another file now.
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/porto", toPath: "\(folder.path)/moved")
    porto = try await open("moved", in: folder, clock: clock)
    #expect(porto.id != old && porto.peers == known)
    let last = lisbon.snapshot.vector
    for _ in 0..<3 {
      try await add(1, to: 0..<50, at: lisbon)
      try await lisbon.sync(with: porto)
    }
    #expect(lisbon.peers.peers.keys.sorted() == [old, porto.id].sorted())
    #expect(try await lisbon.greeting().truncatedTo.isCovered(by: last))
    clock.pass(Self.month)
    try await lisbon.sync(with: porto)
    try await add(1, to: 0..<50, at: lisbon)
    try await wait(for: lisbon) { !$0.isCovered(by: last) }
    #expect(lisbon.peers.peers.keys.sorted() == [porto.id])
    // The new one is not behind the truncation.
    #expect(try await !lisbon.sync(with: porto).sentState)
    #expect(try lisbon.snapshot.digest == porto.snapshot.digest)
    for replica in [lisbon, porto] { try await replica.close() }
  }
}
