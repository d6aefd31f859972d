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

@Suite("Opening, closing, identities")
struct OpeningTests {
  private func some(_ count: Int, generator: inout SplitMix) -> [StoredVersion] {
    var source = VersionSource(origins: 2, using: &generator)
    return (0..<count).map { source.next(of: source.origins[$0 % 2], size: 100, using: &generator) }
  }

  @Test func reopening() throws {
    var generator = SplitMix(seed: 1)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a/b/store")
    let versions = some(200, generator: &generator)
    let store = try LogStore.create(at: path, identity: identity())
    #expect(store.lastClose == .created)
    for version in versions { try store.append([version]) }
    let expected = try contents(store.snapshot())
    #expect(expected.values.map(\.count).reduce(0, +) == 200)
    try store.close()
    try store.close()
    #expect(throws: StorageError.closed(path: path)) { try store.append(versions) }
    #expect(throws: StorageError.self) { try store.snapshot() }

    let again = try LogStore.open(at: path)
    #expect(again.lastClose == .clean)
    #expect(again.identity == identity())
    #expect(try contents(again.snapshot()) == expected)
    #expect(try again.sizeOnDisk < 400_000)
    // A snapshot that outlives its store throws.
    let snapshot = try again.snapshot()
    let reader = try snapshot.versions(of: versions[0].origin, after: 0)
    _ = try reader.next()
    try again.close()
    #expect(throws: StorageError.self) { while try reader.next() != nil {} }
    #expect(names(in: path) == ["000001.mdb", "000001.mdb-lock", "CURRENT", "OPENING", "OWNER"])
  }

  @Test func identitiesAndSchemasAreReplaced() throws {
    let folder = try TemporaryFolder()
    let store = try LogStore.create(at: folder.path(of: "s"), identity: identity())
    let large = SchemaDescription(
      tables: (0..<600).map { .init(name: "table \($0)", key: "String", value: "GCounter") },
      invariants: [])
    try store.updateSchema(large)
    try store.changeReplica(to: ReplicaID(high: 7, low: 7))
    try store.close()
    let again = try LogStore.open(at: folder.path(of: "s"))
    #expect(again.identity.schema == large)
    #expect(again.identity.replica == ReplicaID(high: 7, low: 7))
    #expect(again.identity.founder == identity().founder)
    try again.updateSchema(identity().schema)
    try again.close()
    let last = try LogStore.openForReading(at: folder.path(of: "s"))
    #expect(last.identity.schema == identity().schema)
  }

  @Test func oneWriterAndAnyReaders() throws {
    var generator = SplitMix(seed: 2)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity())
    #expect(throws: StorageError.inUse(path: path)) { try LogStore.open(at: path) }
    #expect(throws: StorageError.inUse(path: path)) {
      try LogStore.create(at: path, identity: identity())
    }
    let link = folder.path(of: "link")
    #expect(symlink(path, link) == 0)
    #expect(throws: StorageError.inUse(path: link)) { try LogStore.open(at: link) }

    let first = some(50, generator: &generator)
    try store.append(first)
    let reading = try LogStore.openForReading(at: link)
    let old = try reading.snapshot()
    try store.append(some(50, generator: &generator))
    #expect(try contents(old).values.map(\.count).reduce(0, +) == 50)
    #expect(try contents(reading.snapshot()).values.map(\.count).reduce(0, +) == 100)
    // The writer's closing leaves the reader what it has, and the other way round.
    try store.close()
    #expect(try contents(old).values.map(\.count).reduce(0, +) == 50)
    let again = try LogStore.open(at: path)
    reading.close()
    #expect(throws: StorageError.self) { try reading.snapshot() }
    try again.append(some(10, generator: &generator))
    #expect(try contents(again.snapshot()).values.map(\.count).reduce(0, +) == 110)
  }

  @Test func whatIsNoStore() throws {
    let folder = try TemporaryFolder()
    func unusable(_ error: StorageError?) -> Bool {
      if case .unusable = error { true } else { false }
    }
    for name in ["missing", "empty", "file"] {
      let path = folder.path(of: name)
      if name == "empty" { mkdir(path, 0o755) }
      if name == "file" { try writeFile(path, bytes: [1, 2, 3]) }
      #expect(unusable(#expect(throws: StorageError.self) { try LogStore.open(at: path) }))
      #expect(
        unusable(#expect(throws: StorageError.self) { try LogStore.openForReading(at: path) }))
    }
    #expect(names(in: folder.path(of: "empty")).isEmpty)
    let store = try LogStore.create(at: folder.path(of: "empty"), identity: identity())
    try store.close()
    #expect(
      unusable(
        #expect(throws: StorageError.self) {
          try LogStore.create(at: folder.path(of: "empty"), identity: identity())
        }))
  }

  @Test func anInterruptedCreationIsStartedAnew() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    unlink(path + "/CURRENT")
    #expect(throws: StorageError.unusable(path: path, reason: "it holds no store")) {
      try LogStore.open(at: path)
    }
    // Nothing says that it was never finished: it may have lost its file CURRENT.
    #expect(throws: StorageError.self) { try LogStore.create(at: path, identity: identity()) }
    #expect(try readFile(path + "/000001.mdb").count > 0)
    try writeFile(path + "/STATE-unfinished", bytes: [])
    let store = try LogStore.create(at: path, identity: identity())
    #expect(store.lastClose == .created)
    #expect(access(path + "/STATE-unfinished", F_OK) != 0)
  }

  @Test func newerFormatsAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    try LogStore.create(at: path, identity: identity()).close()
    let current = String(decoding: try readFile(path + "/CURRENT"), as: UTF8.self)
    let newer = current.replacing("format 3", with: "format 7")
    try writeFile(path + "/CURRENT", bytes: Array(newer.utf8))
    let expected = StorageError.unsupportedFormat(path: path, found: 7, supported: 1...3)
    #expect(throws: expected) { try LogStore.open(at: path) }
    #expect(throws: expected) { try LogStore.openForReading(at: path) }
    #expect("\(expected)".contains("format 7"))
  }

  @Test func oldSnapshotsEnd() async throws {
    var generator = SplitMix(seed: 3)
    let folder = try TemporaryFolder()
    var options = ReplicaOptions()
    options.snapshotAgeLimit = .milliseconds(50)
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options)
    try store.append(some(10, generator: &generator))
    let snapshot = try store.snapshot()
    #expect(try contents(snapshot).count == 2)
    // As long as it shows what there is, it may grow as old as it likes.
    try await Task.sleep(for: .milliseconds(80))
    try store.append(some(10, generator: &generator))
    #expect(try contents(snapshot).count == 2)
    let second = try store.snapshot()
    try await Task.sleep(for: .milliseconds(80))
    try store.append(some(10, generator: &generator))
    let expected = StorageError.snapshotTooOld(path: folder.path(of: "s") + "/000001.mdb")
    #expect(throws: expected) { try contents(snapshot) }
    #expect(throws: expected) { try snapshot.state.value(of: [1], in: .rows) }
    #expect(try contents(second).count == 4)
    #expect(try contents(store.snapshot()).count == 6)
  }

  @Test func scansEndWithTheirSnapshot() throws {
    var generator = SplitMix(seed: 5)
    let folder = try TemporaryFolder()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.snapshotAgeLimit = .zero
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options)
    let versions = some(400, generator: &generator)
    try store.append(Array(versions[..<300]))
    let snapshot = try store.logSnapshot()
    var seen: [[UInt8]] = []
    #expect(throws: StorageError.self) {
      try snapshot.scan(versions[0].origin, after: 0) { payload in
        seen.append(payload.withUnsafeBytes { Array($0) })
        // The snapshot is too old now; the block that is being looked at stays readable.
        if seen.count == 1 { try? store.append(Array(versions[300...])) }
        return true
      }
    }
    #expect(seen.count > 10)
    #expect(seen.count < 150)
    let expected = stride(from: 0, to: 2 * seen.count, by: 2).map { versions[$0].payload }
    #expect(seen == expected)
  }

  @Test func snapshotsAreReadFromManyTasks() async throws {
    var generator = SplitMix(seed: 4)
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(),
      options: .init(durability: .survivesProcessCrash))
    let all = some(4000, generator: &generator)
    try store.append(Array(all[..<1000]))
    let shared = try store.snapshot()
    let expected = try contents(shared)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<20 where try contents(shared) != expected { return false }
          return true
        }
        group.addTask {
          for _ in 0..<50 { _ = try contents(store.snapshot()) }
          return true
        }
      }
      for start in stride(from: 1000, to: 4000, by: 100) {
        try store.append(Array(all[start..<start + 100]))
      }
      for try await same in group { #expect(same) }
    }
  }
}
