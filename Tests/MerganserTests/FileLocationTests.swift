import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// Files are named by text or by URLs, and what names none is refused before anything is touched.
@Suite struct FileLocationTests {
  private let bank = Bank()

  /// Everything that takes a file's location, by one that cannot be used.
  private func calls(
    _ wrong: some FileLocation, folder: String, replica: Replica<Bank>
  ) -> [(name: String, call: () async throws -> Void)] {
    let store = StoreIdentity(
      replica: .random(), founder: .random(), schema: SchemaDescription(tables: [], invariants: []))
    return [
      ("open", { _ = try await Replica.open(bank, at: wrong) }),
      ("backup", { try await replica.backup(to: wrong) }),
      ("export", { try await replica.export(to: wrong) }),
      ("import", { try await replica.import(from: wrong) }),
      (
        "heal",
        { _ = try await Replica.heal(bank, at: wrong, into: folder + "/new", from: replica) }
      ),
      (
        "heal into",
        { _ = try await Replica.heal(bank, at: folder + "/old", into: wrong, from: replica) }
      ),
      ("create", { _ = try LogStore.create(at: wrong, identity: store) }),
      ("open to write", { _ = try LogStore.open(at: wrong) }),
      ("open to read", { _ = try LogStore.openForReading(at: wrong) }),
      ("exists", { _ = try LogStore.exists(at: wrong) }),
      ("verify", { _ = try LogStore.verify(at: wrong) }),
    ]
  }

  private func refusal(of call: () async throws -> Void) async -> StorageError? {
    do { try await call() } catch { return error as? StorageError }
    return nil
  }

  @Test func whatNamesNoFileIsRefusedByName() async throws {
    let folder = try TemporaryFolder()
    let replica = try await Replica.open(bank, at: folder.path + "/store")
    let web = try #require(URL(string: "https://example.org/store"))
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    for (name, call) in calls(web, folder: folder.path, replica: replica) {
      let error = await refusal(of: call)
      #expect(
        error
          == .unusable(
            path: "https://example.org/store",
            reason: "it is no file's URL; make one with URL(filePath:)"), "\(name)")
    }
    // What stands before a zero byte would be taken for the whole.
    for (name, call) in calls(
      folder.path + "/store\0/other", folder: folder.path, replica: replica)
    {
      let error = await refusal(of: call)
      #expect(
        error
          == .unusable(
            path: folder.path + "/store\\0/other", reason: "a path cannot have a zero byte"),
        "\(name)")
    }
    for (name, call) in calls("", folder: folder.path, replica: replica) {
      let error = await refusal(of: call)
      #expect(error == .unusable(path: "\"\"", reason: "an empty path names nothing"), "\(name)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == before)
    try await replica.close()
  }

  /// A URL that leads to another machine, or whose path is no text, names no file here.
  @Test(arguments: ["file://server/share/store", "file:///a%FFb", "ftp:///store"])
  func aURLOfNoFileHereIsRefused(text: String) async throws {
    let url = try #require(URL(string: text))
    let before = FileManager.default.fileExists(atPath: "/share/store")
    await #expect(throws: StorageError.self) { _ = try await Replica.open(bank, at: url) }
    #expect(FileManager.default.fileExists(atPath: "/share/store") == before)
  }

  /// What is written beside a file takes no name that somebody may have used.
  @Test func whatIsBesideABundleStays() async throws {
    let folder = try TemporaryFolder()
    let replica = try await Replica.open(bank, at: folder.path + "/store")
    try await replica.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    let notes = folder.path + "/monday.partial"
    try "mine".write(toFile: notes, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/tuesday.partial", withDestinationPath: notes)
    for day in ["monday", "tuesday"] { try await replica.export(to: "\(folder.path)/\(day)") }
    #expect(try String(contentsOfFile: notes, encoding: .utf8) == "mine")
    // A failed one leaves nothing.
    await #expect(throws: (any Error).self) {
      try await replica.export(to: folder.path + "/monday")
    }
    try await replica.close()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["monday", "monday.partial", "store", "tuesday", "tuesday.partial"])
  }

  /// A pipe is no bundle: it would be waited for.
  @Test(.timeLimit(.minutes(5))) func aPipeIsNoBundle() async throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    let replica = try Replica(bank)
    await #expect(throws: BundleError.file(path: folder.path + "/pipe", reason: "it is no file")) {
      try await replica.import(from: folder.path + "/pipe")
    }
  }

  /// A folder is the same by text and by URL, also where its name has what a URL writes in another way.
  @Test(arguments: ["store", "a shop", "Läden & 50 %", "a%20b", "#1?x=y"])
  func aURLNamesTheSameFile(name: String) async throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path).appendingPathComponent(name)
    let replica = try await Replica.open(bank, at: url)
    try await replica.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    try await replica.backup(to: url.appendingPathExtension("backup"))
    try await replica.export(to: url.appendingPathExtension("bundle"))
    try await replica.close()
    #expect(try LogStore.exists(at: "\(folder.path)/\(name)"))
    for path in [name, name + ".backup"] {
      let again = try await Replica.open(bank, at: "\(folder.path)/\(path)")
      #expect(try again.snapshot[bank.accounts, "a"]?.value == 1)
      try await again.close()
    }
    let other = try Replica(bank, joining: replica.founder)
    try await other.import(from: url.appendingPathExtension("bundle"))
    #expect(try other.snapshot[bank.accounts, "a"]?.value == 1)
  }
}
