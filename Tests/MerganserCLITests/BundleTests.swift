import CommandSupport
import Foundation
import Merganser
import MerganserLog
import TestSupport
import Testing

@Suite struct BundleTests {
  private func write(_ accounts: Range<UInt64>, store: inout TestStore) throws {
    for account in accounts {
      try store.write { tx in try tx[TestBank().accounts, account].increment(by: 1) }
    }
  }

  /// Two stores of one database: Lisbon's is open, and has ten versions; Porto's is closed, and has two.
  private func stores(in folder: TemporaryFolder) throws -> TestStore {
    var lisbon = try TestStore(TestBank(), at: "\(folder.path)/lisbon")
    try write(0..<10, store: &lisbon)
    var porto = try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto)
    try write(100..<102, store: &porto)
    try porto.close()
    return lisbon
  }

  @Test func versionsAreCarriedByFile() throws {
    let folder = try TemporaryFolder()
    var lisbon = try stores(in: folder)
    let first = try Command.run("export", "lisbon", "first.bundle", in: folder)
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      first.output.contains(/^first.bundle carries 10 versions of lisbon: [\d,]+ B\n$/),
      "\(first.output)")
    let taken = try Command.run("import", "porto", "first.bundle", in: folder)
    #expect(taken.output == "porto took in 10 versions, and had 0 already\n", "\(taken)")
    let rows = try Command.run("dump", "porto", in: folder).output
    #expect(rows.filter(\.isNewline).count == 12)
    let again = try Command.run("import", "porto", "first.bundle", in: folder)
    #expect(again.output == "porto took in 0 versions, and had 10 already\n", "\(again)")
    #expect(try Command.run("dump", "porto", in: folder).output == rows)

    try write(10..<15, store: &lisbon)
    let rest = try Command.run("export", "lisbon", "rest", "--beyond", "porto", in: folder)
    #expect(rest.output.hasPrefix("rest carries 5 versions of"), "\(rest)")
    #expect(try Command.run("import", "porto", "rest", in: folder).output.contains("in 5 versions"))
    #expect(try Command.run("verify", "porto", in: folder).status == 0)
    let since = try Command.run(
      "export", "lisbon", "since", "--since", "2026-01-01T00:00:13Z", in: folder)
    #expect(since.output.hasPrefix("since carries 3 versions of"), "\(since)")
    try lisbon.close()
  }

  @Test func whatCannotBeTakenInChangesNothing() throws {
    let folder = try TemporaryFolder()
    var lisbon = try stores(in: folder)
    #expect(try Command.run("export", "lisbon", "first", in: folder).status == 0)
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/porto", toPath: "\(folder.path)/early")
    #expect(try Command.run("import", "porto", "first", in: folder).status == 0)
    try write(10..<15, store: &lisbon)
    #expect(
      try Command.run("export", "lisbon", "rest", "--beyond", "porto", in: folder).status == 0)
    try TestStore(
      TestBank(), at: "\(folder.path)/other", replica: TestStore.porto, founder: TestStore.porto
    ).close()
    try TestStore(PaintShop(), at: "\(folder.path)/shop", replica: TestStore.porto).close()
    try Data("text that is long enough".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/text"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/rest"))
    try bytes.dropLast(7).write(to: URL(fileURLWithPath: "\(folder.path)/short"))
    for (store, bundle, reason) in [
      ("early", "rest", "up to a1b2c3d4:10; import these first"),
      ("other", "first", "different databases"), ("shop", "first", "different schemas"),
      ("porto", "text", "is not a bundle"), ("porto", "short", "damaged"),
      ("porto", "nothing", "nothing: there is nothing of this name"), ("lisbon", "rest", "in use"),
    ] {
      let rows = try Command.run("dump", store, in: folder).output
      let taken = try Command.run("import", store, bundle, in: folder)
      #expect(taken.isOneLineFailure && taken.errors.contains(reason), "\(taken)")
      #expect(try Command.run("dump", store, in: folder).output == rows)
    }
    let twice = try Command.run("export", "lisbon", "rest", in: folder)
    #expect(twice.isOneLineFailure && twice.errors.contains("rest: it exists already"), "\(twice)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/rest")) == bytes)
    let when = try Command.run("export", "lisbon", "x", "--since", "monday", in: folder)
    #expect(when.isOneLineFailure && when.status == 64, "\(when)")
    try lisbon.close()
  }

  @Test func aBundleOfATruncatedLogCarriesTheRows() throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
    let export = try Command.run("export", "bank", "all", in: folder)
    #expect(export.output.hasPrefix("all carries 101 rows and 2 versions of bank"), "\(export)")
    try TestStore(TestBank(), at: "\(folder.path)/porto", replica: TestStore.porto).close()
    let taken = try Command.run("import", "porto", "all", in: folder)
    #expect(
      taken.status == 0 && taken.output == "porto took in rows\n", "\(taken)")
    let rows = try ["bank", "porto"].map { try Command.run("dump", $0, in: folder).output }
    #expect(rows[0] == rows[1])
    #expect(try Command.run("verify", "porto", in: folder).status == 0)
    for store in ["bank", "porto"] {
      let again = try Command.run("import", store, "all", in: folder)
      #expect(again.output == "\(store) took in 0 versions, and had 2 already\n", "\(again)")
    }
  }

  @Test func rowsOfTypesThatAreNotKnownAreLeftToTheirProgram() async throws {
    let folder = try TemporaryFolder()
    let shop = PaintShop()
    let lisbon = try await Replica.open(
      shop, at: "\(folder.path)/lisbon", options: TestStore.keepingNothing)
    try await lisbon.write { try $0[shop.pots, "left"].set(.green) }
    try await lisbon.close()
    let cut = try LogStore.open(at: "\(folder.path)/lisbon", options: TestStore.keepingNothing)
    while try cut.truncate() {}
    try cut.close()
    let open = try await Replica.open(shop, at: "\(folder.path)/lisbon")
    #expect(try await open.export(to: "\(folder.path)/all").carriesState)
    try await open.close()
    try TestStore(
      shop, at: "\(folder.path)/porto", replica: TestStore.porto, founder: open.founder
    ).close()
    let before = try Command.run("stat", "porto", in: folder).output
    let taken = try Command.run("import", "porto", "all", in: folder)
    #expect(
      taken.isOneLineFailure
        && taken.errors.contains("table labels holds LWWRegister<String> by String")
        && taken.errors.contains("open it with the program"), "\(taken)")
    let after = try Command.run("stat", "porto", in: folder).output
    #expect(after == before)
    // The program itself can.
    let porto = try await Replica.open(shop, at: "\(folder.path)/porto")
    #expect(try await porto.import(from: "\(folder.path)/all").tookState)
    #expect(try porto.snapshot[shop.pots, "left"]?.value == .green)
    try await porto.close()
  }
}
