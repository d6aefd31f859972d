import Merganser
import MerganserLog
import TestSupport
import Testing

/// Whoever watches a replica is shown what is new, and the end.
@Suite struct SnapshotStreamTests {
  let bank = Bank()

  /// What is stored behind the writers, and the closing, bring nothing new.
  @Test func nothingIsShownTwice() async throws {
    let folder = try TemporaryFolder()
    var options = ReplicaOptions()
    options.checkpointInterval = 1
    let replica = try await Replica.open(bank, at: folder.path + "/a", options: options)
    let watching = Task {
      var shown: [VersionVector] = []
      for await snapshot in replica.snapshots { shown.append(snapshot.vector) }
      return shown
    }
    for _ in 0..<50 {
      try await replica.write { try $0[Bank().accounts, "alice"].increment(by: 1) }
    }
    // Whoever is shown the last write is waiting for more when the replica is closed.
    for await snapshot in replica.snapshots where snapshot.vector == replica.snapshot.vector {
      break
    }
    try await Task.sleep(for: .milliseconds(100))
    let last = replica.snapshot.vector
    try await replica.close()
    let shown = await watching.value
    #expect(shown.last == last)
    for (earlier, later) in zip(shown, shown.dropFirst()) { #expect(earlier != later) }
  }

  @Test(arguments: [false, true])
  func whoAsksAfterTheEndIsShownTheLastAndTheEnd(onDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    let replica =
      onDisk ? try await Replica.open(bank, at: folder.path + "/a") : try Replica(bank)
    try await replica.write { try $0[Bank().accounts, "alice"].increment(by: 1) }
    try await replica.close()
    for _ in 0..<2 {
      var shown: [VersionVector] = []
      for await snapshot in replica.snapshots { shown.append(snapshot.vector) }
      #expect(shown == [replica.snapshot.vector])
    }
  }

  /// Who has let go of a replica without closing it writes to it no more.
  @Test(.timeLimit(.minutes(5)), arguments: [false, true])
  func whoWatchesAReplicaThatIsLetGoOfIsShownTheEnd(onDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    func watched() async throws -> AsyncStream<Snapshot> {
      let replica =
        onDisk ? try await Replica.open(bank, at: folder.path + "/a") : try Replica(bank)
      try await replica.write { try $0[Bank().accounts, "alice"].increment(by: 1) }
      return replica.snapshots
    }
    var last: Snapshot?
    for await snapshot in try await watched() { last = snapshot }
    #expect(try last?[bank.accounts, "alice"]?.value == 1)
  }
}
