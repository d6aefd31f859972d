import CommandSupport
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserSync
import TestSupport
import Testing

/// Versions that no program would have written, in bundles and in logs: the command names them, and works on.
@Suite struct HostileVersionTests {
  private static let mallory = ReplicaID(high: 0xBAD0_0000_0000_0000, low: 3)
  private static let ana = ReplicaID(high: 0xA4A0_0000_0000_0000, low: 4)

  /// A member's versions of a bank: a good one, one whose second row is garbled, and one behind it; and a good one
  /// of somebody else.
  private func versions() throws -> [StoredVersion] {
    let bank = TestBank()
    let catalog = try Catalog(bank)
    var mallory = Database(catalog: catalog, replica: Self.mallory, founder: TestStore.lisbon)
    var ana = Database(catalog: catalog, replica: Self.ana, founder: TestStore.lisbon)
    let wall = HybridTime(milliseconds: 1_767_225_600_000)
    var written: [StoredVersion] = []
    for number in 1...3 as ClosedRange<UInt64> {
      let version = try mallory.transact(wall: wall) { try $0[bank.tags, number].insert("m") }
        .version
      written.append(try #require(version))
    }
    let other = try ana.transact(wall: wall) { try $0[bank.tags, 9].insert("a") }.version
    let read = try written[1].decoded()
    func version(_ number: Int, behind previous: UInt64, delta: [UInt8]? = nil) throws
      -> StoredVersion
    {
      let read = try written[number].decoded()
      var writes = Array(read.writes)
      if let delta { writes[0].delta = ArraySlice(delta) }
      return StoredVersion(
        origin: read.origin, sequences: read.sequences, time: read.time, terms: read.terms,
        previousHash: previous, replicas: read.replicas, writes: writes)
    }
    let bad = try version(1, behind: read.stored.previousHash, delta: [0xFF, 1, 2])
    return [written[0], bad, try version(2, behind: bad.hash), try #require(other)]
  }

  @Test func aBundleWithOneIsTakenInButForIt() throws {
    let folder = try TemporaryFolder()
    for store in ["lisbon", "twin"] { try TestStore.bank(at: "\(folder.path)/\(store)") }
    let versions = try versions()
    let greeting = Greeting(
      replica: Self.mallory, founder: TestStore.lisbon,
      schema: try Catalog(TestBank()).description, heads: [:])
    var encoder = BundleEncoder()
    var bytes = BundleEncoder.preface
    bytes += try encoder.encode(
      .header(BundleHeader(greeting, beyond: VersionVector(), carriesState: false)))
    bytes += try encoder.encode(.versions(versions))
    bytes += try encoder.encode(.end(messages: encoder.frameCount))
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/bundle"))
    for _ in 0..<2 {
      let imported = try Command.run("import", "lisbon", "bundle", in: folder)
      #expect(imported.status != 0)
      #expect(imported.output.contains("refused: version bad00000:3 is malformed"))
      #expect(imported.errors.contains("1 version refused"), "\(imported.errors)")
    }
    #expect(try Command.run("verify", "lisbon", in: folder).status == 0)
    #expect(
      try Command.run("show", "lisbon", "tags", in: folder).output == "1 [m]\n2 [vip]\n9 [a]\n")
    let reading = try LogStore.openForReading(at: "\(folder.path)/lisbon")
    let heads = try reading.snapshot().heads
    reading.close()
    #expect(heads[Self.mallory] == versions[0].head && heads[Self.ana] == versions[3].head)
    let aside = try Command.run("set-aside", "lisbon", in: folder).output
    #expect(aside == "nothing is set aside\n")
  }

  @Test func aLogWithOneIsNamedReadAndHealed() throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/lisbon")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    let versions = try versions()
    let store = try LogStore.open(at: "\(folder.path)/lisbon")
    try store.append(versions)
    try store.close()

    let verified = try Command.run("verify", "lisbon", in: folder)
    #expect(verified.status != 0)
    #expect(verified.output.contains("fault: the log: version bad00000:3 is malformed"))
    #expect(verified.output.contains("set aside") && !verified.output.contains("restore a backup"))
    for command in ["stat", "dump", "show", "log"] {
      let run = try Command.run(command, "lisbon", in: folder)
      #expect(run.status == 0 && run.errors.isEmpty, "\(command): \(run.errors)")
    }
    #expect(try Command.run("log", "lisbon", in: folder).output.contains("bad00000:3"))
    #expect(try Command.run("dump", "lisbon", "--versions", in: folder).status == 0)
    #expect(try Command.run("backup", "lisbon", "copy", in: folder).status == 0)
    // Nobody is handed it.
    #expect(
      try Command.run("export", "lisbon", "bundle", in: folder).output.contains("7 versions"))
    let met = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(met.status == 0, "\(met.output) \(met.errors)")
    #expect(met.output.contains("porto (b0b0b0b0) took in 7 versions"))

    for path in ["lisbon", "porto"] {
      #expect(try Command.run("verify", path, in: folder).status == 0)
    }
    let aside = try Command.run("set-aside", "lisbon", in: folder).output
    #expect(aside.contains("bad00000:3") && aside.contains("bad00000:5"))
    #expect(aside.contains("malformed"))
    #expect(try Command.run("set-aside", "porto", in: folder).output == "nothing is set aside\n")
    #expect(try Command.run("set-aside", "lisbon", "--drop", in: folder).status == 0)
    #expect(try Command.run("set-aside", "lisbon", in: folder).output == "nothing is set aside\n")
    #expect(try Command.run("verify", "lisbon", in: folder).status == 0)
  }
}
