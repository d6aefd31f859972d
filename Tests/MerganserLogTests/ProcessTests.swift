import Foundation
import MerganserDatabase
import MerganserModel
import MerganserLog
import MerganserTypes
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Several processes, and processes that are killed", .serialized)
struct ProcessTests {
  @Test func killedWriters() throws {
    var generator = SplitMix(seed: 21)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    var (appended, truncated) = (0, 0)
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
      // What a truncation took out is in the spine: both were written, or neither.
      let spine = try ChildProcess.run("spine", path).output
      #expect(spine.hasPrefix("whole"), "\(spine)")
      truncated = max(truncated, snapshot.truncatedTo.count)
    }
    #expect(appended > 20)
    #expect(truncated == 3)
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
    #expect(try ChildProcess.run("write", path, "4", "30").end == .exit(0))
    let expected = try ChildProcess.run("read", path).output
    chmod(folder.path, 0o755)
    // With the lock that its writer left, and without, as on media that it was copied to.
    for hasLock in [true, false] {
      if !hasLock { unlink(path + "/000001.mdb-lock") }
      let before = names(in: path)
      for name in before { chmod(path + "/" + name, 0o444) }
      chmod(path, 0o555)
      defer { chmod(path, 0o755) }
      let (output, end) = try ChildProcess.run("open-unprivileged", path)
      #expect(end == .exit(3))
      #expect(output.contains("has not the rights"))
      let child = try ChildProcess(["read-unprivileged", path])
      var read = ""
      while !read.contains("]"), case let some = child.readSome(), !some.isEmpty { read += some }
      #expect(read == expected + "3 []\n")
      #expect(child.finish().end == .exit(0))
      #expect(names(in: path) == before)
    }
  }

  /// A store in a folder that cannot be written to is not read while its writer has it open, and is not opened to
  /// be written to while it is read.
  @Test(.enabled(if: getuid() == 0, "who may not write cannot open it"))
  func readOnlyFoldersInUse() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    #expect(try ChildProcess.run("write", path, "4", "30").end == .exit(0))
    chmod(folder.path, 0o755)
    for name in names(in: path) { chmod(path + "/" + name, 0o444) }
    chmod(path, 0o555)
    defer { chmod(path, 0o755) }
    let child = try ChildProcess(["read-unprivileged", path])
    var read = ""
    while !read.contains("]"), case let some = child.readSome(), !some.isEmpty { read += some }
    #expect(throws: StorageError.inUse(path: path)) { try LogStore.open(at: path) }
    #expect(child.finish().end == .exit(0))
    let store = try LogStore.open(at: path)
    let (output, end) = try ChildProcess.run("read-unprivileged", path)
    #expect(end == .exit(3))
    #expect(output.contains("a program has it open"))
    try store.close()
  }

  @Test func whetherAStoreIsInUse() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    @Sendable func state() throws -> [Bool?] {
      let reading = try LogStore.openForReading(at: path)
      defer { reading.close() }
      return [reading.isInUse, try reading.statistics().isOpen]
    }
    #expect(try state() == [false, false])
    let store = try LogStore.open(at: path)
    #expect(try state() == [true, true])
    try store.close()
    #expect(try state() == [false, false])
    let child = try ChildProcess(["hold", path])
    #expect(child.readSome() == "open\n")
    #expect(try state() == [true, true])
    child.end()
    #expect(child.finish().end == .signal(SIGKILL))
    #expect(try state() == [false, true])
    // Whoever looks does not keep anybody from opening it.
    let looks = Thread {
      while !Thread.current.isCancelled { _ = try? state() }
    }
    looks.start()
    for _ in 0..<50 { try LogStore.open(at: path).close() }
    looks.cancel()
  }

  @Test func movedStores() throws {
    let folder = try TemporaryFolder()
    try LogStore.create(at: folder.path(of: "a"), identity: identity()).close()
    #expect(rename(folder.path(of: "a"), folder.path(of: "b")) == 0)
    let store = try LogStore.open(at: folder.path(of: "b"))
    #expect(store.identity == identity())
  }
}
