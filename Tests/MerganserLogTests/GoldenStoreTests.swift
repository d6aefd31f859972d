import MerganserDatabase
import MerganserLog
import MerganserTypes
import TestSupport
import Testing

/// Stores that released formats left behind: every later version of the program must read them.
///
/// They were made with `LogWorkload create`, `LogWorkload write` and `LogWorkload read`, whose output is
/// kept beside each; the unused end of the data files was cut off. Format 1 has versions alone, format
/// 2 rows, of which one is in parts, a checkpoint, and a log whose beginning was taken out.
@Suite("Stores of every format are read")
struct GoldenStoreTests {
  @Test(arguments: ["format-1", "format-2"])
  func read(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = try copy(name, to: folder)
    let expected = String(decoding: try readFile(path + "/DIGEST"), as: UTF8.self)
    #expect(try ChildProcess.run("read", path).output == expected)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])

    // It can be written to, and is closed and opened again.
    let store = try LogStore.open(at: path)
    #expect(store.lastClose == .clean)
    // Since format 2 a store knows a copy of itself, which goes on as a replica of its own.
    #expect(store.renewal == (name == "format-1" ? nil : .copied))
    #expect((store.identity.replica == ReplicaID(high: 9, low: 1)) == (name == "format-1"))
    #expect(store.identity.schema.tables.map(\.name) == ["rows"])
    let snapshot = try store.snapshot()
    #expect(snapshot.truncatedTo.isEmpty == (name == "format-1"))
    #expect((snapshot.state.checkpoint == nil) == (name == "format-1"))
    #expect(
      String(decoding: try readFile(path + "/CURRENT"), as: UTF8.self).contains("format 3\n"))
    try store.close()
    #expect(try ChildProcess.run("write", path, "2", "5").end == .exit(0))
    #expect(try LogStore.verify(at: path).isSound)
  }

  private func copy(_ name: String, to folder: TemporaryFolder) throws -> String {
    let source =
      #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/" + name
    for file in names(in: source) {
      try writeFile(folder.path(of: file), bytes: readFile(source + "/" + file))
    }
    return folder.path
  }
}
