import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// Nothing is made of a damaged store, and no command that reads the damage says that all is well.
@Suite struct DamagedStoreTests {
  /// Lisbon's store has a damaged block that no command needs to read; Porto's is sound.
  private func stores(in folder: TemporaryFolder) throws {
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    #expect(try Command.run("export", "porto", "bundle", in: folder).status == 0)
    try folder.damage("lisbon", name: "000001.mdb") { data in
      while let place = data.firstRange(of: Data("Sousa".utf8)) { data[place.lowerBound] = 0x21 }
    }
  }

  @Test(arguments: [
    ["backup", "lisbon", "copy"], ["sync", "lisbon", "porto"], ["sync", "porto", "lisbon"],
    ["compact", "lisbon"], ["import", "lisbon", "bundle"], ["renew", "lisbon"],
    ["forget", "lisbon", "b0b0"], ["succeed", "lisbon", "--replica", "b0b0"],
    ["accept", "lisbon", "--up-to", "2030-01-01T00:00:00Z"], ["set-aside", "lisbon", "--drop"],
    ["heal", "lisbon", "new", "--from", "porto"], ["heal", "porto", "new", "--from", "lisbon"],
  ])
  func isRefused(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let before = try ["lisbon", "porto"].map { try folder.contents(of: $0) }
    let outcome = try Command.start(arguments, in: folder).finish()
    #expect(outcome.isOneLineFailure && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.contains("lisbon is damaged: "), "\(outcome.errors)")
    #expect(outcome.errors.contains("nothing was done; merganser verify lisbon says what"))
    #expect(try ["lisbon", "porto"].map { try folder.contents(of: $0) } == before)
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
        "lisbon", "porto", "bundle",
      ])
  }

  @Test func aRequestIsNotAcknowledged() throws {
    let folder = try TemporaryFolder()
    try TestStore.doubles(at: "\(folder.path)/bank")
    try folder.damage("bank", name: "000001.mdb") { data in
      // The log's block, which the list of doubles is not made of once the rows are stored.
      while let place = data.firstRange(of: Data("accounts".utf8)) { data[place.lowerBound] = 0x21 }
    }
    let before = try folder.contents(of: "bank")
    let outcome = try Command.run("requests", "bank", "--acknowledge", "5", in: folder)
    #expect(outcome.isOneLineFailure && outcome.errors.contains("damaged"), "\(outcome)")
    #expect(try folder.contents(of: "bank") == before)
  }

  @Test func aMissingDataFileIsDamage() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    try FileManager.default.removeItem(atPath: "\(folder.path)/bank/000001.mdb")
    let verified = try Command.run("verify", "bank", in: folder)
    #expect(verified.status == 1, "\(verified)")
    #expect(verified.output.contains("fault: bank/000001.mdb: it is missing\n"), "\(verified)")
    #expect(verified.output.contains("- restore a backup"), "\(verified)")
  }

  @Test func whoReadsDamageIsToldWhereToLook() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    try folder.damage("bank", name: "000001.mdb") { $0 = $0.prefix(20_000) }
    for command in ["show", "log", "stat", "dump", "set-aside", "requests"] {
      let outcome = try Command.run(command, "bank", in: folder)
      #expect(outcome.isOneLineFailure, "\(outcome)")
      #expect(outcome.errors.contains("; merganser verify says what to do"), "\(outcome)")
    }
  }

  @Test func isNotExported() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let outcome = try Command.run("export", "lisbon", "all", in: folder)
    #expect(outcome.isOneLineFailure && outcome.errors.contains("damaged"), "\(outcome)")
    #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains("all"))
  }

  @Test func isReplacedAsTheNextStepsSay() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    #expect(try Command.run("backup", "lisbon", "monday/", in: folder).status == 0)
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    try FileManager.default.moveItem(
      atPath: "\(folder.path)/lisbon", toPath: "\(folder.path)/away")
    #expect(try Command.run("backup", "monday", "lisbon", in: folder).status == 0)
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    #expect(try Command.run("verify", "lisbon", in: folder).status == 0)
    let rows = try ["away", "lisbon"].map { try Command.run("dump", $0, in: folder).output }
    #expect(rows[0] == rows[1])
  }

  @Test func aBackupIsThereAsAWholeOrNotAtAll() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/full", withIntermediateDirectories: false)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/full/note"))
    for (place, reason) in [
      ("full", "full: there is something of this name already"),
      ("bank", "bank: it holds a store already"), ("nowhere/copy", "there is no folder nowhere"),
    ] {
      let outcome = try Command.run("backup", "bank", place, in: folder)
      #expect(outcome.isOneLineFailure && outcome.errors.contains(reason), "\(outcome)")
    }
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["bank", "full"])
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty", withIntermediateDirectories: false)
    #expect(try Command.run("backup", "bank", "empty", in: folder).status == 0)
    #expect(try Command.run("verify", "empty", in: folder).status == 0)
  }

  @Test func statKnowsWhoHasAStoreOpen() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/bank")
    func use() throws -> String? {
      try Command.run("stat", "bank", in: folder).output.split(separator: "\n")
        .first { $0.hasPrefix("use ") }.map(String.init)
    }
    #expect(try use() == "use      closed")
    let open = try LogStore.open(at: "\(folder.path)/bank")
    let process = ProcessInfo.processInfo.processIdentifier
    #expect(try use() == "use      open: process \(process) has it")
    try open.close()
    #expect(try use() == "use      closed")
    // A program that ends without closing it: a replay that is killed.
    let ledger = try TestLedger(rows: 20_000, accounts: 40, seed: 4, in: folder.path)
    let running = try Command.start(["replay", ledger.path, "--store", "s"], in: folder)
    while !(try Command.run("stat", "s/branch-1", in: folder).output.contains("open: process")) {
      try #require(running.process.isRunning)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    let left = try Command.run("stat", "s/branch-1", in: folder)
    #expect(left.output.contains("\nuse      not closed: its process ended before"), "\(left)")
    #expect(left.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }
}
