import Merganser
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// Rows that are kept in memory are those of the snapshot that is read.
@Suite struct RowCacheTests {
  private final class End: Sendable {
    let isThere = Mutex(false)
  }

  /// Everyone reads rows that a transaction changes together, from snapshots new and old, while checkpoints
  /// store them.
  @Test func readersSeeOneMoment() async throws {
    let folder = try TemporaryFolder()
    var options = StateTransferTests.options
    options.cacheLimit = 40_000
    let bank = Bank()
    let (accounts, rounds) = (60, 60)
    let replica = try await Replica.open(bank, at: folder.path + "/lisbon", options: options)
    let end = End()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for reader in 0..<4 {
        group.addTask {
          var generator = SystemRandomNumberGenerator()
          var kept: [(snapshot: Snapshot, value: Int64?)] = []
          var isLast = false
          while !isLast {
            isLast = end.isThere.withLock { $0 }
            let snapshot = replica.snapshot
            let value = try snapshot[bank.accounts, "0"]?.value
            kept.append((snapshot, value))
            if kept.count > 8 { kept.remove(at: Int.random(in: kept.indices, using: &generator)) }
            for (snapshot, value) in kept {
              for account in stride(from: reader, to: accounts, by: 3) {
                #expect(try snapshot[bank.accounts, "\(account)"]?.value == value)
              }
            }
            if isLast { #expect(value == Int64(rounds)) }
            await Task.yield()
          }
        }
      }
      group.addTask {
        defer { end.isThere.withLock { $0 = true } }
        for _ in 0..<rounds {
          try await replica.write { tx in
            for account in 0..<accounts {
              try tx[bank.accounts, "\(account)"].increment(by: 1)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let status = try await replica.status()
    #expect(status.cacheHits > 100, "\(status)")
    #expect((0...40_000).contains(status.cacheBytes))
    try await replica.close()
  }

  /// A smaller file, another replica's rows, a schema that has grown: the rows are those that are there now.
  @Test func whatTakesTheStoresPlaceIsRead() async throws {
    let folder = try TemporaryFolder()
    let bank = Bank()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: StateTransferTests.options
    )
    let tests = StateTransferTests()
    func look(_ replica: Replica<Bank>) throws {
      for _ in 0..<4 {
        for account in 0..<100 { _ = try replica.snapshot[bank.accounts, "\(account)"] }
      }
    }
    for round in 0..<3 {
      try await tests.fill(lisbon, accounts: 0..<100, times: 4)
      try await porto.sync(with: lisbon)
      try look(porto)
      try look(lisbon)
      try await tests.fill(lisbon, accounts: 0..<100, times: 4)
      try await tests.settle(lisbon)
      if round == 1 { try await porto.compact() }
      let old = (porto.snapshot, try porto.snapshot.digest)
      try await porto.sync(with: lisbon)
      try await lisbon.sync(with: porto)
      try look(porto)
      #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
      for account in 0..<100 {
        #expect(
          try porto.snapshot[bank.accounts, "\(account)"]?.value
            == lisbon.snapshot[bank.accounts, "\(account)"]?.value)
      }
      #expect(try old.0.digest == old.1)
    }
    #expect(try await porto.status().cacheHits > 100)
    for replica in [lisbon, porto] { try await replica.close() }
  }
}
