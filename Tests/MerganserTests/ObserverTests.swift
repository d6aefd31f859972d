import Foundation
import Merganser
import MerganserLog
import Synchronization
import TestSupport
import Testing

@Suite struct ObserverTests {
  /// The events of a replica, in order.
  private final class Events: Sendable {
    let all = Mutex<[ReplicaEvent]>([])

    init(of replica: Replica<Bank>) {
      replica.observe { [weak self] event in self?.all.withLock { $0.append(event) } }
    }

    func count(_ isMeant: (ReplicaEvent) -> Bool) -> Int {
      all.withLock { $0.filter(isMeant).count }
    }
  }

  let bank = Bank()

  @Test func whatIsStoredIsTold() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let events = Events(of: lisbon)
    for number in 0..<200 {
      try await lisbon.write { [bank] in
        try $0[bank.accounts, "\(number)"].increment(by: 1)
      }
    }
    let groups = events.all.withLock { $0 }.compactMap {
      if case .stored(let group) = $0 { group } else { nil }
    }
    #expect(groups.reduce(0) { $0 + $1.versions } == 200)
    #expect(groups.reduce(0) { $0 + $1.callers } == 200)
    #expect(groups.allSatisfy { $0.bytes > 30 * $0.versions && $0.duration > .zero && $0.lag > 0 })
    try await lisbon.close()
    #expect(
      events.count { if case .checkpointed(let part) = $0 { part.isLast } else { false } } > 2)
    #expect(
      events.count { if case .truncated(let from, let to) = $0 { to < from } else { false } } > 0)
    #expect(events.count { if case .maintenanceFailed = $0 { true } else { false } } == 0)
  }

  @Test func failuresAreTold() async throws {
    let storage = FailingStorage()
    let lisbon = try Replica(bank, storage: storage)
    let events = Events(of: lisbon)
    storage.isFull(true)
    await #expect(throws: StorageError.diskFull(path: "here")) {
      try await lisbon.write { [bank] in try $0[bank.accounts, "1"].increment(by: 1) }
    }
    #expect(
      events.count { if case .storingFailed(.diskFull) = $0 { true } else { false } } == 1)
    await #expect(throws: ReplicationError.self) { try await lisbon.sync(with: try Replica(bank)) }
    #expect(events.count { if case .syncFailed = $0 { true } else { false } } == 1)
  }

  @Test func theStatusIsTold() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let porto = try Replica(bank, joining: lisbon.founder)
    try await lisbon.sync(with: porto)
    let events = Events(of: lisbon)
    let old = lisbon.snapshot
    for number in 0..<100 {
      try await lisbon.write { [bank] in try $0[bank.accounts, "\(number)"].increment(by: 1) }
    }
    let status = try await lisbon.status()
    #expect(status.snapshots >= 2 && status.oldestSnapshot ?? .zero > .zero)
    #expect(status.peers == 1 && status.furthestBehind == 100)
    #expect(try status.logBytes == (lisbon.log() as? LogSnapshot)?.logBytes)
    #expect(status.checkpointLag < 20_000)
    #expect(try old.count(bank.accounts) == 0)
    try await lisbon.sync(with: porto)
    let met = try await lisbon.status()
    #expect(met.furthestBehind == 0 && met.peers == 1)
    func told(_ isMeant: (ReplicaStatus) -> Bool) -> Int {
      events.count { if case .status(let status) = $0 { isMeant(status) } else { false } }
    }
    // Whenever the log was truncated, and otherwise seldom.
    #expect(told { _ in true } > 0 && told { _ in true } < 60)
    #expect(told { $0.furthestBehind == 0 && $0.peers == 1 } > 0)
    try await lisbon.close()
  }

  @Test func nothingOldIsHeldWhereNobodyKeepsIt() async throws {
    let folder = try TemporaryFolder()
    var options = StateTransferTests.options
    options.retention.backlog = 1 << 30
    let lisbon = try await Replica.open(bank, at: folder.path + "/lisbon", options: options)
    let peer = ReplicaID.random()
    lisbon.note(peer, holds: [:])
    for number in 0..<100 {
      try await lisbon.write { [bank] in try $0[bank.accounts, "\(number)"].increment(by: 1) }
    }
    let kept = try await lisbon.status().logBytes
    // The truncation is a commit, and the replica goes on from what it left.
    #expect(try await lisbon.forget(peer))
    for _ in 0..<200 {
      let status = try await lisbon.status()
      if status.logBytes < kept, status.oldestSnapshot == nil { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    let status = try await lisbon.status()
    #expect(status.logBytes < kept && status.oldestSnapshot == nil && status.snapshots > 0)
    // A truncation that finds nothing to take out is none.
    #expect(try await !lisbon.forget(peer))
    #expect(try await lisbon.status().oldestSnapshot == nil)
    try await lisbon.close()
  }
}
