import Foundation
import Merganser
import MerganserLog
import Testing

/// Stores whose logs have lost their first versions, by every command that reads them.
@Suite struct CutLogTests {
  @Test func theLogShowsWhatIsThereAndSaysWhereItBegins() throws {
    let folder = try Folder()
    try TestStore.cutBank(at: "\(folder.path)/bank")
    let log = try Command.run("log", "bank", in: folder)
    #expect(log.status == 0, "\(log.errors)")
    #expect(
      log.output == """
        The log begins behind a1b2c3d4:100. Older versions are in the stored rows.
        2026-01-01T00:00:51.000Z a1b2c3d4:101 accounts/7 -50
        2026-01-01T00:00:52.000Z a1b2c3d4:102-103 holders/8 = nobody, tags/7 +vip

        """)
    let last = try Command.run("log", "bank", "--limit", "1", in: folder)
    #expect(last.output.hasSuffix("\n" + log.output.split(separator: "\n")[2] + "\n"))
    #expect(last.output.filter(\.isNewline).count == 2)
  }

  @Test func whatTheRowsHoldAlreadyIsShownAsItWasWritten() throws {
    let folder = try Folder()
    var store = try TestStore(
      TestBank(), at: "\(folder.path)/bank", options: TestStore.keepingNothing)
    let bank = TestBank()
    try store.write { tx in try tx[bank.accounts, 1].increment(by: 100) }
    try store.checkpoint()
    try store.cut()
    try store.write { tx in try tx[bank.accounts, 1].increment(by: 5) }
    try store.write { tx in
      try tx[bank.holders, 1].set("Ana")
      try tx[bank.tags, 1].insert("vip")
    }
    // Stored, and still in the log.
    try store.checkpoint()
    try store.write { tx in try tx[bank.accounts, 1].increment(by: 7) }
    // A checkpoint of which only the first table's row was stored.
    try store.checkpoint(steps: 1)
    try store.write { tx in try tx[bank.accounts, 1].increment(by: 8) }
    try store.close()
    let log = try Command.run("log", "bank", "--json", in: folder)
    let lines = log.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4, "\(log)")
    #expect(lines[0].contains(#""before":"unknown","change":"EscrowCounter, "#), "\(lines[0])")
    #expect(lines[1].contains(#"{"before":"unknown","change":"= Ana","key":"1""#), "\(lines[1])")
    #expect(lines[1].contains(#"{"before":"unknown","change":"+vip","key":"1""#), "\(lines[1])")
    #expect(lines[2].contains(#""before":"unknown","change":"EscrowCounter, "#), "\(lines[2])")
    #expect(lines[3].contains(#"{"change":"+8","key":"1""#), "\(lines[3])")
  }

  @Test func theLastVersionsAreFoundAmongManyReplicas() throws {
    let folder = try Folder()
    var lisbon = try TestStore(TestBank(), at: "\(folder.path)/lisbon")
    var porto = try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto)
    for number in 1...40 as ClosedRange<UInt64> {
      try lisbon.write { tx in try tx[TestBank().accounts, number].increment(by: 1) }
      guard number % 4 == 0 else { continue }
      try porto.write { tx in try tx[TestBank().accounts, 100 + number].increment(by: 1) }
    }
    try lisbon.close()
    try porto.close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    let all = try Command.run("log", "lisbon", in: folder).output.split(separator: "\n")
    #expect(all.count == 50)
    for limit in [0, 1, 3, 20, 49, 50, 51, 1000] {
      let last = try Command.run("log", "lisbon", "--limit", "\(limit)", in: folder)
        .output.split(separator: "\n")
      #expect(last.count == min(limit, 50))
      // The last by their times, each with the same words as in the whole log.
      #expect(Set(last) == Set(all.sorted().suffix(limit)), "\(limit)")
      let own = try Command.run(
        "log", "lisbon", "--limit", "\(limit)", "--origin", "b0b0", in: folder
      ).output.split(separator: "\n")
      #expect(own == all.filter { $0.contains(" b0b0b0b0:") }.suffix(limit), "\(limit)")
    }
  }

  @Test func everyCommandReadsAStoreWhoseLogWasCut() throws {
    let folder = try Folder()
    try TestStore.cutBank(at: "\(folder.path)/bank")
    let shown = try Command.run("show", "bank", "accounts", in: folder)
    #expect(shown.status == 0 && shown.output.contains("\n7 650\n8 800\n"), "\(shown)")
    #expect(shown.output.filter(\.isNewline).count == 50)
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 0, "\(verified)")
    #expect(
      verified.output.hasPrefix("bank is sound: 2 versions of 1 replica in 1 block, 101 rows"),
      "\(verified.output)")
  }

  @Test func aStoreThatLacksWhatWasCutNeedsItsProgram() throws {
    let folder = try Folder()
    try TestStore.cutBank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    let behind = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(
      behind.isOneLineFailure && behind.errors.contains("no longer has what the other side lacks"),
      "\(behind)")
    #expect(try Command.run("verify", "porto", in: folder).status == 0)
  }

  /// Takes all out of a store's log that its rows hold.
  private func cut(_ path: String) throws -> VersionVector {
    let store = try LogStore.open(at: path, options: TestStore.keepingNothing)
    while try store.truncate(peers: [:]) {}
    defer { try? store.close() }
    return VersionVector(try store.snapshot().omitted)
  }

  @Test func storesThatHoldTheSameMeetWithoutTheirLogs() throws {
    let folder = try Folder()
    var store = try TestStore(TestBank(), at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    for number in 1...20 as ClosedRange<UInt64> {
      try store.write { tx in try tx[TestBank().accounts, number].increment(by: 1) }
    }
    try store.checkpoint()
    try store.close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    #expect(try cut("\(folder.path)/lisbon") != VersionVector())
    let met = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(met.output.hasSuffix("Both hold the same versions.\n"), "\(met)")
  }

  @Test func aReplayGoesOnWithStoresWhoseLogsWereCut() throws {
    let folder = try Folder()
    let ledger = try TestLedger(rows: 400, accounts: 5, seed: 9, in: folder.path)
    let lines = try String(contentsOfFile: ledger.path, encoding: .utf8).split(separator: "\n")
    try lines.prefix(200).joined(separator: "\n").write(
      toFile: "\(folder.path)/half", atomically: true, encoding: .utf8)
    let half = try Command.run("replay", "half", "--store", "cut", in: folder)
    #expect(half.status == 0, "\(half.errors)")
    for branch in 1...3 {
      #expect(try cut("\(folder.path)/cut/branch-\(branch)") != VersionVector())
    }
    let cut = try Command.run("replay", ledger.path, "--store", "cut", in: folder)
    #expect(cut.status == 0, "\(cut.errors)")
    for branch in 1...3 {
      let shown = try Command.run("show", "cut/branch-\(branch)", "accounts", in: folder).output
      let rows = ledger.balances.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
      #expect(shown == rows.joined())
      #expect(try Command.run("verify", "cut/branch-\(branch)", in: folder).status == 0)
      let log = try Command.run("log", "cut/branch-\(branch)", "--limit", "3", in: folder)
      #expect(log.output.hasPrefix("The log begins behind "), "\(log)")
    }
  }
}
