import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// Five replicas on disk in a ring, each with tiny limits and a clock that is wrong, that are written to, synced, reopened,
/// compacted, copied and handed bundles, all at the same time.
///
/// It runs for `MERGANSER_RING` seconds (`make ring` for a minute), or until each task has done a few things.
@Suite struct RingTests {
  private static let seconds = ProcessInfo.processInfo.environment["MERGANSER_RING"].flatMap(
    Int.init)
  private static let accounts = (0..<12).map { "account \($0)" }

  @Test(
    .exercises([
      "a withdrawal": 20, "a withdrawal that was refused": 5, "a gift of rights": 5, "a sync": 20,
      "a sync over a pipe": 5, "a bundle": 2, "a reopening": 2, "a compaction": 1, "a backup": 1,
      "a state handed over": 1,
    ]))
  func fiveReplicasStayRight() async throws {
    let folder = try TemporaryFolder()
    var stations: [Station] = []
    for number in 0..<5 {
      let founder = try await stations.first?.use { $0.founder }
      stations.append(
        try await Station(
          at: "\(folder.path)/\(number)", joining: founder, skew: Int64(number * 200) - 400))
    }
    let (ring, ledger) = (stations, Ledger())
    let end = ContinuousClock.now + .seconds(Self.seconds ?? 0)
    /// Whether a task that has done so many things does another, of which it does `few` where there is no time to fill.
    @Sendable func goesOn(_ done: Int, of few: Int) -> Bool {
      Self.seconds == nil ? done < few : ContinuousClock.now < end
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<10 {
        group.addTask {
          var dice = SplitMix(seed: UInt64(task))
          var done = 0
          while goesOn(done, of: 40) {
            try await write(
              at: ring[task % 5], for: ring[(task + 1) % 5], ledger: ledger, dice: &dice)
            done += 1
          }
        }
        group.addTask {
          var dice = SplitMix(seed: UInt64(100 + task))
          var done = 0
          while goesOn(done, of: 8) {
            try await sync(
              ring[task % 5], second: ring[(task + 1) % 5], in: folder.path, dice: &dice)
            done += 1
          }
        }
      }
      group.addTask {
        var dice = SplitMix(seed: 1000)
        var done = 0
        while goesOn(done, of: 12) {
          try await disturb(ring, in: folder.path, dice: &dice)
          done += 1
        }
      }
      try await group.waitForAll()
    }
    for _ in 0..<3 {
      for number in 0..<5 {
        try await ring[number].use { first in
          try await ring[(number + 1) % 5].use { second in
            _ = try await first.sync(with: second, acceptingRemovals: .max)
          }
        }
      }
    }
    let expected = await ledger.balances
    let digest = try await ring[0].use { try $0.snapshot.digest }
    for station in ring {
      try await station.use { replica in
        #expect(try replica.snapshot.digest == digest)
        #expect(try replica.snapshot.violations().isEmpty)
        for account in Self.accounts {
          let balance = try replica.snapshot[Bank().accounts, account]?.value ?? 0
          #expect(balance == expected[account] ?? 0, "\(account)")
        }
      }
      try await station.close()
      #expect(try LogStore.verify(at: station.path).isSound)
    }
  }

  private func write(
    at station: Station, for neighbour: Station, ledger: Ledger, dice: inout SplitMix
  ) async throws {
    let account = Self.accounts[dice.number(below: Self.accounts.count)]
    let amount = Int64(1 + dice.number(below: 5))
    let kind = dice.number(below: 10)
    let other = try await neighbour.use { $0.id }
    let bank = Bank()
    try await station.use { replica in
      do {
        switch kind {
        case 0..<4:
          try await replica.write { try $0[bank.accounts, account].increment(by: amount) }
          await ledger.add(amount, to: account)
        case 4..<7:
          try await replica.write { try $0[bank.accounts, account].decrement(by: amount) }
          Exercised.count("a withdrawal")
          await ledger.add(-amount, to: account)
        case 7:
          try await replica.write {
            try $0[bank.accounts, account].transfer(amount, of: .decrement, to: other)
          }
          Exercised.count("a gift of rights")
        case 8: try await replica.write { try $0[bank.owners, account].set("owner \(amount)") }
        default: try await replica.write { try $0[bank.owners, account].delete() }
        }
      } catch is InvariantViolation {
        Exercised.count("a withdrawal that was refused")
      } catch is TransactionError {
        // There is no such row here yet.
      }
    }
  }

  private func sync(
    _ first: Station, second: Station, in folder: String, dice: inout SplitMix
  ) async throws {
    let (kind, seed) = (dice.number(below: 10), dice.next())
    try await first.use { here in
      try await second.use { there in
        do {
          switch kind {
          case 0:
            let path = "\(folder)/\(seed).bundle"
            try await here.export(to: path, beyond: there.snapshot.vector)
            try await there.import(from: path, acceptingRemovals: .max)
            try FileManager.default.removeItem(atPath: path)
            Exercised.count("a bundle")
          case 1..<4:
            var faults = LocalPipe.Faults(seed: seed)
            faults.longestPiece = 1000
            let (near, far) = LocalPipe.ends(faults: faults)
            var limits = SyncLimits()
            limits.silence = .seconds(3600)
            async let answer = there.sync(over: far, limits: limits, acceptingRemovals: .max)
            try await here.sync(over: near, limits: limits, acceptingRemovals: .max)
            _ = try await answer
            Exercised.count("a sync over a pipe")
          default:
            let report = try await here.sync(with: there, acceptingRemovals: .max)
            let refused = report.refused.filter { error in
              // What others brought meanwhile is compared when the two meet again.
              if case .notCompared = error { false } else { true }
            }
            #expect(refused.isEmpty && report.setAside == 0, "\(report.refused)")
            Exercised.count("a sync")
            if report.sentState || report.receivedState { Exercised.count("a state handed over") }
          }
        } catch ReplicationError.notCompared {
          // Others brought something meanwhile: what a state says is compared when the two meet again.
        } catch SyncError.refused(let reason, _) where reason.contains("cannot be compared") {
          // The other side has said so.
        } catch BundleError.tooEarly {
        } catch BundleError.file {
          // A state is just being adopted.
        } catch {
          throw Failed(
            what: ["a bundle", "a pipe", "a pipe", "a pipe"].dropFirst(kind).first ?? "a sync",
            error: "\(error)")
        }
      }
    }
  }

  private func disturb(_ ring: [Station], in folder: String, dice: inout SplitMix) async throws {
    let station = ring[dice.number(below: ring.count)]
    switch dice.number(below: 3) {
    case 0:
      try await station.reopen()
      Exercised.count("a reopening")
    case 1:
      do { try await station.use { try await $0.compact() } } catch {
        throw Failed(what: "a compaction", error: "\(error)")
      }
      Exercised.count("a compaction")
    default:
      let path = "\(folder)/copy \(dice.next())"
      do { try await station.use { try await $0.backup(to: path) } } catch {
        throw Failed(what: "a backup", error: "\(error)")
      }
      #expect(try LogStore.verify(at: path).isSound)
      try FileManager.default.removeItem(atPath: path)
      Exercised.count("a backup")
    }
    try await Task.sleep(for: .milliseconds(100))
  }
}

/// What failed that should not have, and how.
private struct Failed: Error {
  var what: String
  var error: String
}

/// What was acknowledged.
private actor Ledger {
  var balances: [String: Int64] = [:]

  func add(_ amount: Int64, to account: String) { balances[account, default: 0] += amount }
}

/// A replica on disk that many use at a time, and that is reopened when nobody does.
private actor Station {
  nonisolated let path: String
  private let wall: @Sendable () -> HybridTime
  private var replica: Replica<Bank>
  private var users = 0
  private var isClosing = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(at path: String, joining founder: ReplicaID?, skew: Int64) async throws {
    self.path = path
    wall = {
      HybridTime(
        milliseconds: UInt64(Int64(Date().timeIntervalSince1970 * 1000) + skew))
    }
    replica = try await Replica.open(
      Bank(), at: path, joining: founder, options: StateTransferTests.options.with(wall: wall))
  }

  func use<Value: Sendable>(
    _ body: @Sendable (Replica<Bank>) async throws -> Value
  ) async throws -> Value {
    while isClosing { await wait() }
    users += 1
    defer {
      users -= 1
      wake()
    }
    return try await body(replica)
  }

  func reopen() async throws {
    while isClosing { await wait() }
    isClosing = true
    defer {
      isClosing = false
      wake()
    }
    while users > 0 { await wait() }
    try await replica.close()
    replica = try await Replica.open(
      Bank(), at: path, options: StateTransferTests.options.with(wall: wall))
  }

  func close() async throws { try await replica.close() }

  private func wait() async {
    await withCheckedContinuation { waiting.append($0) }
  }

  private func wake() {
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
