import CommandSupport
import Foundation
import TestSupport
import Testing

/// What `--json` prints, as far as the tests read it.
private struct Summary: Decodable {
  struct Refusal: Decodable, Equatable {
    var transaction: UInt64
    var account: UInt64
    var needed: Int64
    var rights: Int64
  }

  var accepted: Int
  var refused: Int
  var changed: [UInt64]
  var rightsTransfers: Int
  var versions: Int
  var agree: Bool
  var digests: [String: String]
  var lowestBalance: Int64?
  var refusals: [Refusal]
}

/// The balances that `merganser show` prints for a branch.
private func balances(_ store: String, branch: Int) throws -> [UInt64: Int64] {
  let shown = try Command.run("show", "\(store)/branch-\(branch)", "accounts")
  #expect(shown.status == 0, "\(shown.errors)")
  var balances: [UInt64: Int64] = [:]
  var last: UInt64 = 0
  for line in shown.output.split(separator: "\n") {
    let parts = line.split(separator: " ")
    guard parts.count == 2, let account = UInt64(parts[0]), let cents = Int64(parts[1]) else {
      continue
    }
    #expect(account > last, "accounts are sorted as numbers")
    last = account
    balances[account] = cents
  }
  return balances
}

@Suite(.serialized) struct ReplayTests {
  /// Replays a ledger and checks every branch's balances against plain addition.
  private func check(
    _ ledger: TestLedger, replicas: Int, floor: Int64, arguments: [String] = []
  ) throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.start(
      ["replay", ledger.path, "--replicas", "\(replicas)", "--floor", "\(floor)"]
        + ["--store", folder.path, "--json"] + arguments
    ).finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    #expect((summary.accepted, summary.refused) == (ledger.count, 0))
    #expect(summary.agree && summary.digests.count == replicas)
    #expect((summary.rightsTransfers > 0) == (replicas > 1))
    for branch in 1...replicas {
      #expect(try balances(folder.path, branch: branch) == ledger.balances)
    }
  }

  @Test(arguments: [1, 3, 8])
  func everyTransactionCountsAtEveryBranch(replicas: Int) throws {
    let folder = try TemporaryFolder()
    let ledger = try TestLedger(rows: 1500, accounts: 25, seed: 1, in: folder.path)
    try check(ledger, replicas: replicas, floor: 0)
    try check(ledger, replicas: replicas, floor: -5000, arguments: ["--seed", "9"])
  }

  @Test(
    .enabled(if: TestLedger.real != nil, "the real ledger is not at hand"), arguments: [3])
  func theRealLedgerCountsAtEveryBranch(replicas: Int) throws {
    try check(try #require(TestLedger.real), replicas: replicas, floor: -2_000_000)
  }

  /// Replays a ledger apart, again, and from the start, and checks what is refused.
  private func checkApart(_ ledger: TestLedger) throws {
    let folder = try TemporaryFolder()
    func replay(_ store: String) throws -> Summary {
      let outcome = try Command.run(
        "replay", ledger.path, "--apart", "--store", "\(folder.path)/\(store)", "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    }
    let first = try replay("a")
    #expect(first.refused > 0 && first.accepted + first.refused == ledger.count)
    #expect(first.agree && first.rightsTransfers == 0)
    #expect((first.lowestBalance ?? -1) >= 0)
    #expect(first.refusals.allSatisfy { $0.needed > $0.rights && $0.rights >= 0 })
    for store in ["a", "b"] { #expect(try replay(store).refusals == first.refusals) }
    for branch in 1...3 {
      #expect(
        try balances("\(folder.path)/a", branch: branch)
          == balances("\(folder.path)/b", branch: branch))
      try neverBelow(0, path: "\(folder.path)/a/branch-\(branch)")
    }
  }

  @Test func apartWhatABranchCannotAffordIsRefusedForGood() throws {
    let folder = try TemporaryFolder()
    try checkApart(TestLedger(rows: 1500, accounts: 25, seed: 2, in: folder.path))
  }

  @Test(.enabled(if: TestLedger.real != nil, "the real ledger is not at hand"))
  func theRealLedgerApart() throws {
    try checkApart(try #require(TestLedger.real))
  }

  /// Kills a replay at random moments, lets it go on, and checks that all counts once.
  private func checkKills(_ ledger: TestLedger, floor: Int64, kills: Int, within: Double) throws {
    let folder = try TemporaryFolder()
    var generator = SplitMix(seed: 3)
    let arguments = ["replay", ledger.path, "--floor", "\(floor)", "--store", folder.path]
    var killed = 0
    for _ in 0..<kills {
      let running = try Command.start(arguments)
      Thread.sleep(forTimeInterval: .random(in: 0...within, using: &generator))
      if running.process.isRunning {
        kill(running.process.processIdentifier, SIGKILL)
        killed += 1
      }
      _ = try running.finish()
    }
    #expect(killed > 0)
    let outcome = try Command.start(arguments).finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    for branch in 1...3 {
      #expect(try balances(folder.path, branch: branch) == ledger.balances)
      let verified = try Command.run("verify", "\(folder.path)/branch-\(branch)")
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }
  }

  @Test func killedAtAnyMomentEveryTransactionCountsOnce() throws {
    let folder = try TemporaryFolder()
    let ledger = try TestLedger(rows: 6000, accounts: 40, seed: 4, in: folder.path)
    try checkKills(ledger, floor: 0, kills: 8, within: 0.4)
  }

  @Test(.enabled(if: TestLedger.real != nil, "the real ledger is not at hand"))
  func theRealLedgerKilledAtTenMoments() throws {
    try checkKills(
      try #require(TestLedger.real), floor: -2_000_000, kills: 10, within: 1)
  }

  @Test func aLedgerThatWasChangedIsNotTakenForTheSame() throws {
    let folder = try TemporaryFolder()
    let header = "trans_id;account_id;type;amount"
    func replay(_ rows: String...) throws -> Command.Outcome {
      try ([header] + rows).joined(separator: "\n").write(
        toFile: folder.path + "/l.csv", atomically: true, encoding: .utf8)
      return try Command.run(
        "replay", folder.path + "/l.csv", "--store", folder.path + "/s", "--json")
    }
    func summary(_ outcome: Command.Outcome) throws -> Summary {
      try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    }
    let first = try replay("1;7;PRIJEM;3.00", "2;7;PRIJEM;4.00")
    #expect(try first.status == 0 && summary(first).accepted == 2)
    let corrected = try replay("1;7;PRIJEM;5.00", "2;8;PRIJEM;4.00", "3;7;PRIJEM;1.00")
    let found = try summary(corrected)
    #expect(corrected.status != 0 && found.accepted == 1 && found.changed == [1, 2])
    #expect(try balances(folder.path + "/s", branch: 1) == [7: 800])
    let lines = try Command.run("replay", folder.path + "/l.csv", "--store", folder.path + "/s")
    #expect(lines.status != 0 && lines.output.contains("with other contents:\n  transaction 1\n"))
  }

  @Test(arguments: [(1, "1 transaction\n"), (2, "2 transactions\n")])
  func whatIsCountedIsNamed(count: Int, named: String) throws {
    let folder = try TemporaryFolder()
    let ledger = try TestLedger(rows: count, accounts: 1, seed: 6, in: folder.path)
    let outcome = try Command.run("replay", ledger.path, "--store", "s", in: folder)
    #expect(outcome.status == 0 && outcome.output.hasPrefix(named), "\(outcome)")
  }

  @Test func otherArgumentsOnTheSameStoresAreRefused() throws {
    let folder = try TemporaryFolder()
    let ledger = try TestLedger(rows: 50, accounts: 5, seed: 5, in: folder.path)
    let store = folder.path + "/stores"
    func replay(_ arguments: String...) throws -> Command.Outcome {
      try Command.start(["replay", ledger.path, "--store", store] + arguments).finish()
    }
    #expect(try replay().status == 0)
    for arguments in [
      ["--seed", "1"], ["--replicas", "2"], ["--replicas", "4"], ["--apart"],
      ["--floor", "-1"],
    ] {
      let outcome = try Command.start(
        ["replay", ledger.path, "--store", store] + arguments
      ).finish()
      #expect(outcome.status != 0)
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("begun with \(arguments[0]) "), "\(outcome.errors)")
      #expect(outcome.errors.contains("go on with the same arguments"))
    }
    #expect(try replay().status == 0)
    // No branches are made inside of a branch.
    let inside = try Command.run(
      "replay", ledger.path, "--store", "\(store)/branch-1", in: folder)
    #expect(inside.isOneLineFailure && inside.errors.contains("holds a store itself"), "\(inside)")
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: "\(store)/branch-1")
        .contains("branch-1"))
  }

  @Test(arguments: [
    ("", "is empty"),
    ("trans_id;account_id;type\n", "no column amount"),
    ("trans_id;account_id;type;amount\n1;2;PRIJEM;3.00\n2;2;PRIJEM;3\n", ":3: amount"),
    ("trans_id;account_id;type;amount\n1;2;GELD;3.00\n", ":2: type"),
    ("trans_id;account_id;type;amount\n1;2;PRIJEM\n", ":2: 3 fields"),
    ("trans_id;account_id;type;amount\n-1;2;PRIJEM;1.00\n", ":2: trans_id"),
    ("trans_id;account_id;type;amount\n1;2;PRIJEM;99999999999999999999.00\n", ":2: amount"),
    ("trans_id;account_id;type;amount\n1;2;PRIJEM;1.00\n1;2;PRIJEM;2.00\n", ":3: transaction 1"),
    ("trans_id;account_id;type;amount\n1;2;\"PRIJEM;1.00\n", ":2: field 3: a quote"),
  ])
  func aDamagedLedgerIsToldByItsLineAndNothingIsDone(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    try text.write(toFile: folder.path + "/l.csv", atomically: true, encoding: .utf8)
    let outcome = try Command.run(
      "replay", folder.path + "/l.csv", "--store", folder.path + "/s")
    #expect(outcome.status != 0)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/s"))
  }
}
