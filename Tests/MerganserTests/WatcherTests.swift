import Merganser
import MerganserSync
import TestSupport
import Testing

/// Whoever watches a replica, or waits at a pipe, may be cancelled at any moment, also at that at which it is told something.
@Suite(.timeLimit(.minutes(5))) struct WatcherTests {
  private let bank = Bank()

  @Test func watchersAreCancelledWhileTheyAreTold() async throws {
    let replica = try Replica(bank)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [bank] in
        for _ in 0..<3000 {
          try await replica.write { try $0[bank.accounts, "a"].increment(by: 1) }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<150 {
            let watchers = (0..<40).map { _ in Task { for await _ in replica.snapshots {} } }
            try await Task.sleep(for: .milliseconds(1))
            for watcher in watchers { watcher.cancel() }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try replica.snapshot[bank.accounts, "a"]?.value == 3000)
  }

  @Test func whoWaitsAtAPipeIsCancelledWhileBytesCome() async throws {
    for _ in 0..<6000 {
      let (here, there) = LocalPipe.ends()
      let waiting = Task { try await there.receive() }
      async let sent: Void = here.send([1])
      waiting.cancel()
      try await sent
      _ = await waiting.result
    }
  }

  /// What is shown is the newest, each state once, and the last although nobody writes any more.
  @Test func eachStateIsShownOnceAndTheLastAlways() async throws {
    var shown: [UInt64] = []
    let replica = try Replica(bank)
    let snapshots = replica.snapshots
    for _ in 0..<3 {
      try await replica.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    }
    try await replica.close()
    for await snapshot in snapshots { shown.append(snapshot.vector[replica.id]) }
    #expect(shown == [3])
  }
}
