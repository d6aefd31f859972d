import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// Stores whose logs have lost their first versions, by every command that reads them.
@Suite struct TruncatedLogTests {
  @Test func theLogShowsWhatIsThereAndSaysWhereItBegins() throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
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
    let folder = try TemporaryFolder()
    var store = try TestStore(
      TestBank(), at: "\(folder.path)/bank", options: TestStore.keepingNothing)
    let bank = TestBank()
    try store.write { tx in try tx[bank.accounts, 1].increment(by: 100) }
    try store.checkpoint()
    try store.truncate()
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
    let folder = try TemporaryFolder()
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
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
    let shown = try Command.run("show", "bank", "accounts", in: folder)
    #expect(shown.status == 0 && shown.output.contains("\n7 650\n8 800\n"), "\(shown)")
    #expect(shown.output.filter(\.isNewline).count == 50)
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 0, "\(verified)")
    #expect(
      verified.output.hasPrefix("checked: 2 versions of 1 replica in 1 block: ")
        && verified.output.contains("\nchecked: 101 rows of 3 tables\n"),
      "\(verified.output)")
  }

  @Test(arguments: [true, false])
  func aStoreThatLacksWhatWasCutIsGivenTheRows(isSecond: Bool) throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/lisbon")
    // Porto has writes of its own, one to an account of Lisbon's.
    var porto = try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto)
    for account in [7, 900] as [UInt64] {
      try porto.write { tx in try tx[TestBank().accounts, account].increment(by: 1) }
    }
    try porto.close()
    let met =
      isSecond
      ? try Command.run("sync", "lisbon", "porto", in: folder)
      : try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(met.status == 0, "\(met)")
    #expect(
      met.output.contains(
        "porto (b0b0b0b0) took in rows instead of versions, and holds those of 2 replicas\n"))
    #expect(
      met.output.contains("lisbon (a1b2c3d4) took in 2 versions, and holds those of 2 replicas\n"),
      "\(met)")
    let rows = try ["lisbon", "porto"].map { try Command.run("dump", $0, in: folder).output }
    #expect(rows[0] == rows[1] && rows[0].contains(#""key":"7","table":"accounts","value":651}"#))
    #expect(rows[0].filter(\.isNewline).count == 102)
    for store in ["lisbon", "porto"] {
      let verified = try Command.run("verify", store, in: folder)
      #expect(verified.status == 0, "\(verified)")
    }
    #expect(
      try Command.run("log", "porto", in: folder).output.hasPrefix(
        "The log begins behind a1b2c3d4:103."))
    let again = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(again.output.contains("porto (b0b0b0b0) took in 0 versions"), "\(again)")
  }

  @Test func aProgramGoesOnWithWhatACommandHasTakenIn() async throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try Command.run("sync", "porto", "lisbon", in: folder).status == 0)
    let bank = TestBank()
    let porto = try await Replica.open(bank, at: "\(folder.path)/porto")
    let lisbon = try await Replica.open(bank, at: "\(folder.path)/lisbon")
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    #expect(try porto.snapshot.count(bank.accounts) == 50)
    // A parent's deletion takes the child with it, and no right is there twice.
    try await porto.write { try $0[bank.accounts, 9].delete() }
    await #expect(throws: InvariantViolation.self) {
      try await porto.write { try $0[bank.accounts, 7].decrement(by: 1) }
    }
    try await lisbon.write { try $0[bank.accounts, 7].decrement(by: 650) }
    try await porto.sync(with: lisbon)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    #expect(try lisbon.snapshot[bank.holders, 9] == nil)
    #expect(try porto.snapshot[bank.accounts, 7]?.value == 0)
    #expect(try porto.snapshot.violations().isEmpty)
    try await porto.close()
    try await lisbon.close()
  }

  @Test func whatOnlyAProgramKnowsIsRefusedByName() throws {
    let folder = try TemporaryFolder()
    func stores(_ schema: some Schema, write: (borrowing Transaction) throws -> Void) throws {
      for (name, replica) in [("lisbon", TestStore.lisbon), ("porto", TestStore.porto)] {
        try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        var store = try TestStore(
          schema, at: "\(folder.path)/\(name)", replica: replica,
          options: TestStore.keepingNothing)
        if replica == TestStore.lisbon {
          try store.write(write)
          try store.checkpoint()
          try store.truncate()
        }
        try store.close()
      }
    }
    func isRefused(_ reason: String) throws {
      let before = try folder.contents(of: "porto").filter { $0.key == "CURRENT" }
      let met = try Command.run("sync", "porto", "lisbon", in: folder)
      #expect(met.isOneLineFailure, "\(met)")
      for part in ["no longer has what the other side lacks", reason, "open it with the program"] {
        #expect(met.errors.contains(part), "\(met.errors)")
      }
      #expect(try folder.contents(of: "porto").filter { $0.key == "CURRENT" } == before)
      #expect(try Command.run("verify", "porto", in: folder).status == 0)
    }
    let shop = PaintShop()
    try stores(shop) { tx in try tx[shop.shelves, "left"].insert(3) }
    // It cannot even be handed over.
    try isRefused("table labels holds LWWRegister<String> by String")
    let register = GuestRegister()
    try stores(register) { tx in try tx[register.guests, 1].set("Ana") }
    try isRefused("code decides what Unique \"no name twice\" compares")
  }

  /// Takes all out of a store's log that its rows hold.
  private func truncate(_ path: String) throws -> VersionVector {
    let store = try LogStore.open(at: path, options: TestStore.keepingNothing)
    while try store.truncate() {}
    defer { try? store.close() }
    return VersionVector(try store.snapshot().truncatedTo)
  }

  @Test func storesThatHoldTheSameMeetWithoutTheirLogs() throws {
    let folder = try TemporaryFolder()
    var store = try TestStore(TestBank(), at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    for number in 1...20 as ClosedRange<UInt64> {
      try store.write { tx in try tx[TestBank().accounts, number].increment(by: 1) }
    }
    try store.checkpoint()
    try store.close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    #expect(try truncate("\(folder.path)/lisbon") != VersionVector())
    let met = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(met.output.hasSuffix("Both hold the same versions.\n"), "\(met)")
  }

  @Test func aReplayGoesOnWithStoresWhoseLogsWereCut() throws {
    let folder = try TemporaryFolder()
    let ledger = try TestLedger(rows: 400, accounts: 5, seed: 9, in: folder.path)
    let lines = try String(contentsOfFile: ledger.path, encoding: .utf8).split(separator: "\n")
    try lines.prefix(200).joined(separator: "\n").write(
      toFile: "\(folder.path)/half", atomically: true, encoding: .utf8)
    let half = try Command.run("replay", "half", "--store", "cut", in: folder)
    #expect(half.status == 0, "\(half.errors)")
    for branch in 1...3 {
      #expect(try truncate("\(folder.path)/cut/branch-\(branch)") != VersionVector())
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
