import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

@Suite struct SyncTests {
  @Test func twoStoresHoldTheSameAfterwards() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    var porto = try TestStore(
      TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto)
    try porto.write { tx in try tx[TestBank().accounts, 7].increment(by: 700) }
    try porto.close()
    let met = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(met.status == 0, "\(met.errors)")
    #expect(
      met.output == """
        lisbon (a1b2c3d4) took in 1 version, and holds those of 2 replicas
        porto (b0b0b0b0) took in 5 versions, and holds those of 2 replicas
        Both hold the same versions.

        """)
    let shown = try ["lisbon", "porto"].map {
      try Command.run("show", $0, "accounts", in: folder).output
    }
    #expect(shown[0] == "2 12000\n7 700\n" && shown[1] == shown[0])
    let again = try Command.run("sync", "porto", "lisbon", in: folder)
    #expect(again.output.contains("took in 0 versions"))
    for store in ["lisbon", "porto"] {
      #expect(try Command.run("verify", store, in: folder).status == 0)
    }
  }

  @Test func whatCannotMeetIsRefusedAndStaysAsItIs() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(PaintShop(), at: "\(folder.path)/shop", replica: TestStore.porto).close()
    try TestStore(
      TestBank(), at: "\(folder.path)/other", replica: TestStore.porto, founder: TestStore.porto
    ).close()
    let open = try TestStore(TestBank(), at: "\(folder.path)/open", replica: TestStore.porto)
    let balances = try Command.run("show", "lisbon", in: folder).output
    for (store, reason) in [
      ("shop", "different schemas"), ("other", "different databases"), ("open", "in use"),
      ("lisbon", "one folder"), ("nowhere", "nothing of this name"),
    ] {
      let met = try Command.run("sync", "lisbon", store, in: folder)
      #expect(met.isOneLineFailure && met.errors.contains(reason), "\(met.errors)")
    }
    #expect(try Command.run("show", "lisbon", in: folder).output == balances)
    try open.close()
  }
}

/// What a store that is handed another's rows would lose is told first.
@Suite struct RemovalTests {
  @Test func removalsAreAcceptedByTheirNumber() async throws {
    let (folder, bank) = (try TemporaryFolder(), TestBank())
    var options = TestStore.keepingNothing
    options.checkpointInterval = 1000
    var replica = try await Replica.open(bank, at: "\(folder.path)/lisbon", options: options)
    try await replica.write { tx in
      for account in 0..<200 as Range<UInt64> { try tx[bank.accounts, account].increment(by: 1) }
    }
    try await Replica.open(bank, at: "\(folder.path)/porto", joining: replica.founder).close()
    try await replica.close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
    replica = try await Replica.open(bank, at: "\(folder.path)/lisbon", options: options)
    try await replica.write { tx in
      for account in 50..<200 as Range<UInt64> { try tx[bank.accounts, account].delete() }
    }
    let deletion = replica.snapshot.vector[replica.id]
    while try await replica.greeting().truncatedTo[replica.id] < deletion {
      try await replica.write { try $0[bank.accounts, 1].increment(by: 1) }
    }
    _ = try await replica.export(to: "\(folder.path)/bundle")
    try await replica.close()
    let before = try Command.run("show", "porto", "accounts", in: folder).output
    for arguments in [["sync", "lisbon", "porto"], ["import", "porto", "bundle"]] {
      for accepted in [[], ["--accept-removals", "149"]] {
        let met = try Command.start(arguments + accepted, in: folder).finish()
        #expect(met.isOneLineFailure, "\(met)")
        #expect(met.errors.contains("150 of the 200 rows of accounts"), "\(met.errors)")
        #expect(met.errors.contains("--accept-removals 150"), "\(met.errors)")
        #expect(try Command.run("show", "porto", "accounts", in: folder).output == before)
      }
    }
    let met = try Command.run("sync", "lisbon", "porto", "--accept-removals", "150", in: folder)
    #expect(met.status == 0, "\(met.errors)")
    let shown = try ["lisbon", "porto"].map {
      try Command.run("show", $0, "accounts", in: folder).output
    }
    #expect(shown[0] == shown[1] && shown[0] != before)
  }
}

/// What a clock wrote that was ahead is refused by the command too, until it is accepted.
@Suite struct AcceptTests {
  /// Two stores of one bank, of which porto's clock is years ahead.
  private func stores(in folder: TemporaryFolder) throws {
    try TestStore.bank(at: "\(folder.path)/lisbon")
    var porto = try TestStore(
      TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto,
      startingAt: 4_102_444_800_000)
    try porto.write { tx in try tx[TestBank().accounts, 7].increment(by: 700) }
    try porto.write { tx in try tx[TestBank().accounts, 7].increment(by: 700) }
    try porto.close()
  }

  @Test func syncRefusesTheFutureUntilItIsAccepted() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let met = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(met.status != 0)
    #expect(met.output.contains("lisbon (a1b2c3d4) took in 0 versions"))
    #expect(met.output.contains("version b0b0b0b0:1 is from"))
    #expect(met.output.contains("300 s are tolerated"))
    let bundled = try Command.run("export", "porto", "bundle", in: folder)
    #expect(bundled.status == 0, "\(bundled.errors)")
    #expect(try Command.run("import", "lisbon", "bundle", in: folder).status != 0)
    let stat = try Command.run("stat", "porto", in: folder).output
    #expect(stat.contains("s ahead of this machine's clock"))
    let accepted = try Command.run("accept", "lisbon", "--of", "porto", in: folder)
    #expect(accepted.output.contains("up to 2100-01-01T00:00:02.000Z"), "\(accepted.errors)")
    #expect(try Command.run("stat", "lisbon", in: folder).output.contains("accepts  times"))
    let again = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(again.status == 0 && again.output.contains("lisbon (a1b2c3d4) took in 2 versions"))
  }

  @Test(arguments: ["4102444802000", "2100-01-01T00:00:03Z"])
  func aTimeIsAccepted(_ time: String) throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    #expect(try Command.run("accept", "lisbon", "--up-to", time, in: folder).status == 0)
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)
  }

  /// Of either store that is named, the first or the second.
  @Test(arguments: [["lisbon", "porto"], ["porto", "lisbon"]])
  func theDriftIsAnOption(_ stores: [String]) throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    let tomorrow = UInt64(Date().timeIntervalSince1970 * 1000) + 86_400_000
    var porto = try TestStore(
      TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto, startingAt: tomorrow)
    try porto.write { tx in try tx[TestBank().tags, 2].insert("late") }
    try porto.close()
    for (drift, isTaken) in [("80000", false), ("90000", true)] {
      let outcome = try Command.start(["sync"] + stores + ["--drift", drift], in: folder).finish()
      #expect((outcome.status == 0) == isTaken, "\(outcome)")
    }
  }

  @Test func whatCannotBeAcceptedIsRefused() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    for arguments in [
      ["lisbon"], ["lisbon", "--up-to", "soon"], ["lisbon", "--up-to", "\(UInt64.max)"],
      ["lisbon", "--of", "nowhere"], ["lisbon", "--up-to", "5", "--of", "porto"],
    ] {
      let outcome = try Command.start(["accept"] + arguments, in: folder).finish()
      #expect(outcome.status != 0, "\(arguments)")
    }
    for drift in ["-1", "100000000"] {
      let outcome = try Command.start(
        ["sync", "lisbon", "porto", "--drift=\(drift)"], in: folder
      ).finish()
      #expect(outcome.status != 0 && outcome.errors.contains("cannot be tolerated"))
    }
    #expect(
      try Command.run("sync", "lisbon", "porto", "--drift", "30000000", in: folder).status != 0)
  }
}
