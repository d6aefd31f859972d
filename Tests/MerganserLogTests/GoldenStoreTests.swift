import MerganserDatabase
import MerganserLog
import MerganserTypes
import Testing

/// Stores that released formats left behind: every later version of the program must read them.
///
/// They were made with `LogWorkload create`, `LogWorkload write … 1 8` and `LogWorkload read`, whose
/// output is kept beside each.
@Suite("Stores of every format are read")
struct GoldenStoreTests {
  @Test(arguments: ["format-1"])
  func read(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = try copy(name, to: folder)
    let expected = String(decoding: try readFile(path + "/DIGEST"), as: UTF8.self)
    #expect(try ChildProcess.run("read", path).output == expected)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])

    // It can be written to, and is closed and opened again.
    let store = try LogStore.open(at: path)
    #expect(store.lastClose == .clean)
    #expect(store.identity.replica == ReplicaID(high: 9, low: 1))
    #expect(store.identity.schema.tables.map(\.name) == ["rows"])
    try store.close()
    #expect(try ChildProcess.run("write", path, "2", "5").end == .exit(0))
    #expect(try LogStore.verify(at: path).isSound)
  }

  private func copy(_ name: String, to folder: TemporaryFolder) throws -> String {
    let source =
      #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/" + name
    for file in names(in: source) {
      try writeFile(folder.path(of: file), readFile(source + "/" + file))
    }
    return folder.path
  }
}
