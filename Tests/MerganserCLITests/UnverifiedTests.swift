import CommandSupport
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Versions of format 1, which earlier programs wrote, are taken by the commands only with a flag.
@Suite struct UnverifiedTests {
  /// Lisbon's store, and Porto's, whose log an earlier program wrote.
  private func stores(in folder: TemporaryFolder) throws {
    try TestStore.bank(at: "\(folder.path)/lisbon")
    let catalog = try Catalog(TestBank())
    var database = Database(
      catalog: catalog, replica: TestStore.porto, founder: TestStore.lisbon)
    let version = try #require(
      try database.transact(wall: HybridTime(milliseconds: 1000)) {
        try $0[TestBank().tags, 7].insert("old")
      }.version)
    // Flags and schema stand behind the time; one replica, no dependencies, no request, no extensions.
    var bytes = version.payload
    try #require(bytes[0] == 2 && bytes[28] == 1 && bytes[45...47] == [0, 0, 0])
    bytes.remove(at: 47)
    bytes.removeSubrange(19..<28)
    bytes[0] = 1
    let store = try LogStore.create(
      at: "\(folder.path)/porto",
      identity: StoreIdentity(
        replica: TestStore.porto, founder: TestStore.lisbon, schema: catalog.description))
    try store.append([try StoredVersion(origin: TestStore.porto, payload: bytes)])
    try store.close()
  }

  @Test func syncTakesThemWithAFlag() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    let refused = try Command.run("sync", "lisbon", "porto", in: folder)
    #expect(refused.status != 0)
    #expect((refused.output + refused.errors).contains("--take-unverified"), "\(refused)")
    let taken = try Command.run("sync", "lisbon", "porto", "--take-unverified", in: folder)
    #expect(taken.status == 0 && taken.output.contains("took in 1 version"), "\(taken)")
    #expect(try Command.run("show", "lisbon", "tags", in: folder).output.contains("old"))
  }

  @Test func importTakesThemWithAFlag() throws {
    let folder = try TemporaryFolder()
    try stores(in: folder)
    #expect(try Command.run("export", "porto", "bundle", in: folder).status == 0)
    let refused = try Command.run("import", "lisbon", "bundle", in: folder)
    #expect(refused.status != 0)
    #expect((refused.output + refused.errors).contains("--take-unverified"), "\(refused)")
    let taken = try Command.run("import", "lisbon", "bundle", "--take-unverified", in: folder)
    #expect(taken.status == 0 && taken.output.contains("took in 1 version"), "\(taken)")
    for command in ["sync", "import"] {
      let help = try Command.run("help", command, in: folder).output
      #expect(help.contains("--take-unverified"))
    }
  }

  /// What the spine takes, and what could not be verified, is told; a damaged spine is found.
  @Test func theSpineIsTold() throws {
    let folder = try TemporaryFolder()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    var store = try TestStore(TestBank(), at: "\(folder.path)/bank", options: options)
    for account in 0..<300 as Range<UInt64> {
      try store.write { tx in try tx[TestBank().accounts, account].increment(by: 1) }
    }
    try store.checkpoint()
    try store.note(unverified: 3)
    try store.truncate()
    try store.close()
    struct Status: Decodable {
      struct File: Decodable { var spine: Int }
      var file: File
      var unverified: Int
    }
    let json = try Command.run("stat", "bank", "--json", in: folder).output
    let status = try JSONDecoder().decode(Status.self, from: Data(json.utf8))
    #expect(status.file.spine > 2700 && status.unverified == 3)
    let stat = try Command.run("stat", "bank", in: folder).output
    #expect(stat.contains(/spine +[\d,]+\n/), "\(stat)")
    #expect(stat.contains("3 dependencies were taken without a hash that verifies it."))
    let verified = try Command.run("verify", "bank", in: folder).output
    #expect(verified.contains("300 truncated versions in the spine"), "\(verified)")
  }
}
