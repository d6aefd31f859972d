import Foundation
import Merganser
import MerganserSync
import MerganserLog
import TestSupport
import Testing

@Suite struct ReplicaTests {
  let bank = Bank()

  /// Makes replicas of one database, in memory or in stores of a folder.
  func replicas(_ count: Int, in folder: TemporaryFolder?) async throws -> [Replica<Bank>] {
    var replicas: [Replica<Bank>] = []
    for number in 0..<count {
      let founder = replicas.first?.founder
      if let folder {
        replicas.append(
          try await .open(bank, at: "\(folder.path)/\(number)", joining: founder))
      } else {
        replicas.append(try Replica(bank, joining: founder))
      }
    }
    return replicas
  }

  @Test(arguments: [false, true])
  func replicasThatMeetAgree(onDisk: Bool) async throws {
    let folder = onDisk ? try TemporaryFolder() : nil
    let all = try await replicas(3, in: folder)
    let accounts = bank.accounts
    for (number, replica) in all.enumerated() {
      for account in 0..<20 {
        try await replica.write { tx in
          try tx[accounts, "\(account)"].increment(by: Int64(number + 1))
        }
      }
    }
    try await all[0].sync(with: all[1])
    try await all[2].sync(with: all[0])
    let report = try await all[1].sync(with: all[0])
    #expect(report.refused.isEmpty)
    for replica in all {
      #expect(try replica.snapshot.digest == all[0].snapshot.digest)
      #expect(try replica.snapshot[accounts, "7"]?.value == 6)
    }
    #expect(try await all[1].sync(with: all[0]) == SyncReport())
    for replica in all { try await replica.close() }
  }

  @Test func aStoreOpensAsItWasClosedAndGoesOn() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lisbon"
    let accounts = bank.accounts
    let first = try await Replica.open(bank, at: path)
    try await first.write { try $0[accounts, "alice"].increment(by: 100) }
    let (id, digest) = (first.id, try first.snapshot.digest)
    try await first.close()
    await #expect(throws: StorageError.self) {
      try await first.write { try $0[accounts, "alice"].increment(by: 1) }
    }
    let second = try await Replica.open(bank, at: path)
    #expect(second.id == id)
    #expect(try second.snapshot.digest == digest)
    try await second.write { try $0[accounts, "alice"].decrement(by: 30) }
    #expect(try second.snapshot[accounts, "alice"]?.value == 70)
    try await second.close()
  }

  @Test func manyWritersShareTheDiskAndEachIsThere() async throws {
    let folder = try TemporaryFolder()
    let accounts = bank.accounts
    let replica = try await Replica.open(bank, at: folder.path + "/a")
    try await withThrowingTaskGroup { group in
      for number in 0..<500 {
        group.addTask {
          try await replica.write { try $0[accounts, "\(number % 7)"].increment(by: 1) }
          // What was acknowledged is seen.
          #expect(try (replica.snapshot[accounts, "\(number % 7)"]?.value ?? 0) > 0)
        }
      }
      try await group.waitForAll()
    }
    let sum = try replica.snapshot.rows(accounts).reduce(0) { try $0 + $1.value.value }
    #expect(sum == 500)
    try await replica.close()
  }

  @Test func requestsCountOnceAcrossOpenings() async throws {
    let folder = try TemporaryFolder()
    let accounts = bank.accounts
    for opening in 0..<3 {
      let replica = try await Replica.open(bank, at: folder.path + "/a")
      let paid = try await replica.write(request: RequestID(1)) {
        try $0[accounts, "alice"].increment(by: 5)
      }
      let refused = try await replica.write(request: RequestID(2), recordsRefusal: true) {
        try $0[accounts, "bob"].decrement(by: 5)
      }
      switch (opening, paid, refused) {
      case (0, .committed, .refused), (1..., .repeated(.committed), .repeated(.refused)): break
      default: Issue.record("opening \(opening): \(paid), \(refused)")
      }
      #expect(try replica.snapshot[accounts, "alice"]?.value == 5)
      try await replica.close()
    }
  }

  @Test func storesMeetWithoutBeingOpenedAsReplicas() async throws {
    let folder = try TemporaryFolder()
    let all = try await replicas(2, in: folder)
    let accounts = bank.accounts
    for replica in all {
      try await replica.write { try $0[accounts, "alice"].increment(by: 10) }
      try await replica.close()
    }
    let stores = try (0..<2).map { try LogStore.open(at: "\(folder.path)/\($0)") }
    let report = try await sync(StorePeer(stores[0]), with: StorePeer(stores[1]))
    #expect((report.sent, report.received) == (1, 1))
    for store in stores { try store.close() }
    for number in 0..<2 {
      let replica = try await Replica.open(bank, at: "\(folder.path)/\(number)")
      #expect(try replica.snapshot[accounts, "alice"]?.value == 20)
      try await replica.close()
    }
  }

  @Test func aCopyIsAReplicaOfItsOwnAndAMovedStoreIsNot() async throws {
    let folder = try TemporaryFolder()
    let (first, moved, copied) = (
      folder.path + "/a", folder.path + "/b", folder.path + "/c"
    )
    let accounts = bank.accounts
    let original = try await Replica.open(bank, at: first)
    try await original.write { try $0[accounts, "alice"].increment(by: 100) }
    try await original.close()
    try FileManager.default.copyItem(atPath: first, toPath: copied)
    try FileManager.default.moveItem(atPath: first, toPath: moved)

    let here = try await Replica.open(bank, at: moved)
    let there = try await Replica.open(bank, at: copied)
    #expect(here.id == original.id)
    #expect(there.id != original.id && there.founder == original.founder)
    // Both go on, and neither spends the rights of the other.
    try await here.write { try $0[accounts, "alice"].decrement(by: 100) }
    await #expect(throws: InvariantViolation.self) {
      try await there.write { try $0[accounts, "alice"].decrement(by: 1) }
    }
    try await there.write { try $0[accounts, "alice"].increment(by: 7) }
    #expect(try await here.sync(with: there).refused.isEmpty)
    #expect(try here.snapshot.digest == there.snapshot.digest)
    #expect(try here.snapshot[accounts, "alice"]?.value == 7)
    let identity = there.id
    try await there.close()
    // The new identity is kept.
    let again = try await Replica.open(bank, at: copied)
    #expect(again.id == identity)
    try await again.close()
    try await here.close()
  }

  @Test func strangersDoNotMeet() async throws {
    struct Other: Schema {
      let accounts = Table<String, PNCounter>("accounts")
    }
    let lisbon = try Replica(bank)
    await #expect(throws: ReplicationError.self) { try await lisbon.sync(with: Replica(bank)) }
    await #expect(throws: ReplicationError.self) {
      try await lisbon.sync(with: Replica(Other(), joining: lisbon.founder))
    }
    await #expect(throws: ReplicationError.sameReplica(lisbon.id)) {
      try await lisbon.sync(with: lisbon)
    }
  }

  @Test func aStoreIsRefusedByNameWhereItDoesNotFit() async throws {
    struct Other: Schema {
      let accounts = Table<String, PNCounter>("accounts")
    }
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let replica = try await Replica.open(bank, at: path)
    await #expect(throws: StorageError.inUse(path: path)) {
      try await Replica.open(bank, at: path)
    }
    try await replica.close()
    await #expect(throws: OpenError.self) { try await Replica.open(Other(), at: path) }
    await #expect(throws: OpenError.self) {
      try await Replica.open(bank, at: path, joining: .random())
    }
    // None of that has kept the store from being opened.
    try await Replica.open(bank, at: path).close()
  }

  @Test func whoWatchesSeesTheLastStateAndTheEnd() async throws {
    let replica = try Replica(bank)
    let accounts = bank.accounts
    let last = Task {
      var seen: [Int64] = []
      for await snapshot in replica.snapshots {
        seen.append(try snapshot[accounts, "alice"]?.value ?? 0)
        if seen.last == 50 { try await replica.close() }
      }
      return seen
    }
    for _ in 0..<50 { try await replica.write { try $0[accounts, "alice"].increment(by: 1) } }
    let seen = try await last.value
    #expect(seen.last == 50)
    #expect(seen == seen.sorted())
  }

  @Test func aStorageThatFailsLeavesTheReplicaWhereItWas() async throws {
    let storage = FailingStorage()
    let replica = try Replica(bank, storage: storage)
    let accounts = bank.accounts
    try await replica.write { try $0[accounts, "alice"].increment(by: 10) }
    storage.isFull(true)
    await #expect(throws: StorageError.diskFull(path: "here")) {
      try await replica.write { try $0[accounts, "alice"].decrement(by: 4) }
    }
    #expect(try replica.snapshot[accounts, "alice"]?.value == 10)
    storage.isFull(false)
    try await replica.write { try $0[accounts, "alice"].decrement(by: 10) }
    #expect(try replica.snapshot[accounts, "alice"]?.value == 0)
  }
}
