import MerganserDatabase
import MerganserLog
import MerganserTypes
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// By how much a long run multiplies the trials: the environment's `MERGANSER_TORTURE`.
let tortureFactor = getenv("MERGANSER_TORTURE").flatMap { Int(String(cString: $0)) } ?? 1

@Suite("Several processes, and processes that are killed", .serialized)
struct ProcessTests {
  @Test func killedWriters() throws {
    var generator = SeededGenerator(seed: 21)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    var appended = 0
    for round in 0..<12 * tortureFactor {
      let child = try ChildProcess([
        round % 2 == 0 ? "write" : "write-and-compact", path, "\(round)",
      ])
      let beginning = child.readSome()
      usleep(UInt32.random(in: 0...80_000, using: &generator))
      child.end()
      let (rest, end) = child.finish()
      let output = beginning + rest
      #expect(end == .signal(SIGKILL))
      let lines = output.split(separator: "\n").map(String.init)
      appended += lines.count

      let store = try LogStore.open(at: path)
      if !lines.isEmpty { #expect(store.lastClose == .processEnded) }
      #expect(store.renewal == nil)
      let snapshot = try store.snapshot()
      for entry in lines.last?.split(separator: " ") ?? [] {
        let parts = entry.split(separator: ":").map(String.init)
        let acknowledged = UInt64(parts[1]) ?? .max
        if parts[0] == "rows" {
          let found = try generations(snapshot.state)
          #expect(found.count == 1 || acknowledged == 0, "a step is there by half")
          #expect(found.first ?? 0 >= acknowledged, "what was acknowledged is gone")
        } else {
          let head = snapshot.heads[ReplicaID(high: 9, low: (UInt64(parts[0]) ?? 0) + 1)]
          #expect(head?.sequence ?? 0 >= acknowledged, "what was acknowledged is gone")
        }
      }
      try store.close()
      #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    }
    #expect(appended > 20)
  }

  /// The steps that have written the stored rows.
  private func generations(_ state: any StoredState) throws -> Set<UInt64> {
    let reader = try state.entries(from: [], in: .rows)
    var found: Set<UInt64> = []
    while let row = try reader.next() {
      found.insert(row.value.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    return found
  }

  @Test func anotherProcess() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    let child = try ChildProcess(["hold", path])
    #expect(child.readSome() == "open\n")
    #expect(throws: StorageError.inUse(path: path)) { try LogStore.open(at: path) }
    // Reading and verifying are possible meanwhile.
    #expect(try LogStore.verify(at: path).isSound)
    #expect(child.finish().end == .exit(0))
    try LogStore.open(at: path).close()
  }

  @Test func readersInOtherProcessesSeeWholeBatches() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    let writer = try ChildProcess(["write", path, "5", "150"])
    var reads = 0
    while reads < 15 {
      let (output, end) = try ChildProcess.run("verify", path)
      #expect(end == .exit(0))
      #expect(output == "[]\n")
      reads += 1
    }
    #expect(writer.finish().end == .exit(0))
  }

  @Test func forkedProcessesAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    let (output, end) = try ChildProcess.run("fork", path)
    #expect(end == .exit(0), "\(output)")
  }

  @Test func readOnlyFolders() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    chmod(folder.path, 0o755)
    for name in names(in: path) { chmod(path + "/" + name, 0o444) }
    chmod(path, 0o555)
    let (output, end) = try ChildProcess.run("open-unprivileged", path)
    #expect(end == .exit(3))
    #expect(output.contains("has not the rights"))
    chmod(path, 0o755)
  }

  @Test func movedStores() throws {
    let folder = try TemporaryFolder()
    try LogStore.create(at: folder.path(of: "a"), identity: identity()).close()
    #expect(rename(folder.path(of: "a"), folder.path(of: "b")) == 0)
    let store = try LogStore.open(at: folder.path(of: "b"))
    #expect(store.identity == identity())
  }
}
