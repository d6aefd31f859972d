import Foundation
import Merganser
import MerganserLog
import Synchronization
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
    #expect(events.count { if case .upkeepFailed = $0 { true } else { false } } == 0)
  }

  @Test func failuresAreTold() async throws {
    let storage = FailingStorage()
    let lisbon = try Replica(bank, storage: storage)
    let events = Events(of: lisbon)
    storage.fails.withLock { $0 = true }
    await #expect(throws: StorageError.diskFull(path: "here")) {
      try await lisbon.write { [bank] in try $0[bank.accounts, "1"].increment(by: 1) }
    }
    #expect(
      events.count { if case .storingFailed(.diskFull) = $0 { true } else { false } } == 1)
    await #expect(throws: ReplicationError.self) { try await lisbon.meet(try Replica(bank)) }
    #expect(events.count { if case .meetingFailed = $0 { true } else { false } } == 1)
  }
}
