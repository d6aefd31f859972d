import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

/// A founder's disk that is lost, a store that was restored, and versions that are set aside, as an operator
/// meets them.
@Suite struct SuccessionTests {
  @Test func aLostFounderIsSucceeded() async throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    #expect(try Command.run("sync", "lisbon", "porto", in: folder).status == 0)

    let bare = try Command.run("succeed", "porto", in: folder)
    #expect(bare.status != 0 && bare.errors.contains("--founder-is-gone"))
    let unknown = try Command.run("succeed", "porto", "--replica", "ffff", in: folder)
    #expect(unknown.isOneLineFailure && unknown.errors.contains("knows no replica"))
    let itself = try Command.run("succeed", "porto", "--replica", "b0b0", in: folder)
    #expect(itself.status != 0, "\(itself.output)")
    let succeeded = try Command.run("succeed", "porto", "--founder-is-gone", in: folder)
    #expect(succeeded.status == 0, "\(succeeded.errors)")
    #expect(succeeded.output.contains("\(TestStore.lisbon) has ended with its write"))
    #expect(succeeded.output.contains("its heir is \(TestStore.porto)"))

    let twice = try Command.run("succeed", "porto", "--founder-is-gone", in: folder)
    #expect(twice.isOneLineFailure && twice.errors.contains("porto is the acting founder already"))

    let bank = TestBank()
    let porto = try await Replica.open(bank, at: "\(folder.path)/porto")
    #expect(porto.snapshot.actingFounder == TestStore.porto)
    let accounts = bank.accounts
    try await porto.write { try $0[accounts, 777].increment(by: 5) }
    try await porto.write { try $0[accounts, 777].decrement(by: 5) }
    try await porto.close()

    // The founder's disk is found again: what it wrote meanwhile is not taken, by name.
    let lisbon = try await Replica.open(bank, at: "\(folder.path)/lisbon")
    try await lisbon.write { try $0[accounts, 3].increment(by: 1) }
    try await lisbon.close()
    let sync = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(sync.status != 0 && sync.errors.contains("has ended at"), "\(sync.errors)")
    #expect(try Command.run("verify", "porto", in: folder).status == 0)
    let show = try Command.run("show", "porto", "merganser.cuts", in: folder)
    #expect(show.status == 0 && show.output.contains("heir"), "\(show.output) \(show.errors)")

    // It leaves its branch: what it wrote meanwhile is made again, as another replica.
    let healed = try Command.run("heal", "lisbon", "lisbon-2", "--from", "porto", in: folder)
    #expect(healed.status == 0, "\(healed.errors)")
    #expect(healed.output.contains("made again: 1 version;"), "\(healed.output)")
    #expect(healed.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(healed.output)")
    let log = try Command.run("log", "lisbon-2", "--limit", "1", "--json", in: folder)
    #expect(
      log.output.contains(/"request":"heal [0-9a-f]{8}:[0-9]+-[0-9a-f]{16}"/), "\(log.output)")
    #expect(try Command.run("sync", "lisbon-2", "porto", in: folder).status == 0)
    for name in ["lisbon-2", "porto"] {
      #expect(try Command.run("verify", name, in: folder).status == 0)
    }
    let again = try await Replica.open(bank, at: "\(folder.path)/porto")
    let before = try await Replica.open(bank, at: "\(folder.path)/lisbon")
    #expect(
      try again.snapshot[accounts, 3]?.value == before.snapshot[accounts, 3]?.value)
    try await again.close()
    try await before.close()
    let occupied = try Command.run("heal", "lisbon", "porto", "--from", "lisbon-2", in: folder)
    #expect(occupied.isOneLineFailure && occupied.errors.contains("does not exist"))
  }

  /// What the invariants refuse is shown, and kept in a file; an invariant in code is the program's.
  @Test func whatHealingRefusesIsKept() async throws {
    let folder = try TemporaryFolder()
    let bank = TestBank()
    let (accounts, lisbon) = (bank.accounts, "\(folder.path)/lisbon")
    let founder = try await Replica.open(bank, at: lisbon)
    let all = 1...12 as ClosedRange<UInt64>
    try await founder.write { tx in
      for account in all { try tx[accounts, account].increment(by: 5) }
    }
    let porto = try await Replica.open(bank, at: "\(folder.path)/porto", joining: founder.id)
    try await porto.sync(with: founder)
    try await porto.succeed(founder.id)
    for account in all {
      try await porto.write { try $0[accounts, account].decrement(by: 5) }
      _ = try await founder.write(request: RequestID(4710 + account)) {
        try $0[accounts, account].decrement(by: 5)
      }
    }
    try await porto.close()
    try await founder.close()
    for (into, refused) in [("nowhere/in", "file"), ("lisbon-2", "nowhere/file")] {
      let failed = try Command.run(
        "heal", "lisbon", into, "--from", "porto", "--refused", refused, in: folder)
      #expect(failed.isOneLineFailure && failed.errors.contains("there is no folder"))
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["lisbon", "porto"])
    // Nothing that is there is written over, and nothing is healed then.
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/dangling", withDestinationPath: "none")
    let before = try ["lisbon", "porto"].map { try folder.contents(of: $0) }
    for name in ["porto/CURRENT", "lisbon/CURRENT", "porto", "dangling", "lisbon-2"] {
      let failed = try Command.run(
        "heal", "lisbon", "lisbon-2", "--from", "porto", "--refused", name, in: folder)
      #expect(failed.isOneLineFailure && failed.errors.contains(name), "\(failed)")
    }
    #expect(try ["lisbon", "porto"].map { try folder.contents(of: $0) } == before)
    let full = try Command.run(
      "heal", "lisbon", "lisbon-1", "--from", "porto", "--refused", "/dev/full", in: folder)
    #expect(full.isOneLineFailure && full.errors.contains("stand in lisbon alone"), "\(full)")
    try FileManager.default.removeItem(atPath: "\(folder.path)/lisbon-1")

    let healed = try Command.run("heal", "lisbon", "lisbon-2/", "--from", "porto", in: folder)
    #expect(healed.isOneLineFailure && healed.status == 1, "\(healed.errors)")
    #expect(healed.errors.contains("and kept in lisbon-2.refused.jsonl"), "\(healed.errors)")
    #expect(healed.output.contains("made again: 0 versions;"), "\(healed.output)")
    let shown = healed.output.split(separator: "\n").filter {
      $0.hasPrefix("refused: \(founder.id.shortDescription):")
    }
    #expect(shown.count == 10 && healed.output.hasSuffix("and 2 more\n"), "\(healed.output)")
    #expect(shown.first?.hasSuffix(", request 4711") == true, "\(shown)")
    #expect(!healed.output.contains("refused: no balance"), "\(healed.output)")
    #expect(healed.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let file = try String(contentsOfFile: "\(folder.path)/lisbon-2.refused.jsonl", encoding: .utf8)
    #expect(file.contains("\"reason\"") && file.contains(founder.id.description))
    #expect(file.contains("\"request\":\"4711\"") && file.filter(\.isNewline).count == 12)
    #expect(try Command.run("verify", "lisbon-2", in: folder).status == 0)
  }

  @Test func aStoreGetsANewIdentity() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    let renewed = try Command.run("renew", "lisbon", in: folder)
    #expect(renewed.status == 0 && renewed.output.contains("was \(TestStore.lisbon)"))
    let store = try LogStore.open(at: "\(folder.path)/lisbon")
    #expect(store.identity.replica != TestStore.lisbon)
    #expect(store.identity.founder == TestStore.lisbon)
    try store.close()
    #expect(try Command.run("renew", "nowhere", in: folder).isOneLineFailure)
  }

  @Test func whatIsSetAsideIsListedAndDropped() async throws {
    let folder = try TemporaryFolder()
    let bank = TestBank()
    let founder = try await Replica.open(bank, at: "\(folder.path)/lisbon")
    let accounts = bank.accounts
    try await founder.write { try $0[accounts, 1].increment(by: 5) }
    let porto = try await Replica.open(bank, at: "\(folder.path)/porto", joining: founder.id)
    try await porto.sync(with: founder)
    try await porto.succeed(founder.id)
    // The heir holds rights to none of what the founder goes on to earn and spend.
    try await founder.write { try $0[accounts, 1].increment(by: 5) }
    try await founder.write { try $0[accounts, 1].decrement(by: 10) }
    try await porto.write { try $0[accounts, 1].decrement(by: 5) }
    let log = try LogStore.openForReading(at: "\(folder.path)/lisbon")
    let reader = try log.snapshot().versions(of: founder.id, after: 1)
    while let version = try reader.next() { _ = try await porto.apply([version]) }
    log.close()
    for replica in [founder, porto] { try await replica.close() }

    let list = try Command.run("set-aside", "porto", in: folder)
    let lines = list.output.split(separator: "\n")
    #expect(list.status == 0 && list.output.contains("lies beyond 1"))
    for (line, number) in zip(lines, 2...3) {
      #expect(line.hasPrefix("\(founder.id.shortDescription):\(number), ") && line.hasSuffix(" B"))
    }
    // The reason stands once below both.
    #expect(lines.dropFirst(2).allSatisfy { $0.hasPrefix("    ") })
    #expect(lines.count < 8)
    #expect(lines.allSatisfy { $0.count <= 80 })
    let json = try Command.run("set-aside", "porto", "--json", in: folder)
    #expect(json.output.contains(founder.id.description) && !json.output.contains("offeredAgain"))

    #expect(
      try Command.run("heal", "lisbon", "lisbon-2", "--from", "porto", in: folder).errors
        == "merganser: 1 version refused, and kept in lisbon-2.refused.jsonl\n")
    #expect(try Command.run("sync", "lisbon-2", "porto", in: folder).status == 0)
    let again = try Command.run("set-aside", "porto", in: folder).output.split(separator: "\n")
    #expect(again[0].hasSuffix(" B; offered again: committed"), "\(again)")
    #expect(again[1].hasSuffix(" B; offered again: refused"), "\(again)")
    #expect(
      try Command.run("set-aside", "porto", "--json", in: folder).output
        .contains("\"offeredAgain\" : \"refused\""))
    #expect(try Command.run("verify", "porto", in: folder).status == 0)
    #expect(
      try Command.run("set-aside", "porto", "--drop", in: folder).output.hasPrefix("2 versions"))
    #expect(
      try Command.run("set-aside", "porto", in: folder).output == "nothing is set aside\n")
  }
}
