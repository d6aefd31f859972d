import MerganserDatabase
import MerganserModel
import MerganserLog
import MerganserTypes
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Stores that are made smaller, copied, and replaced while they are in use", .serialized)
struct ShadowTests {
  private let hasty = ReplicaOptions(durability: .survivesProcessCrash)

  private func rows(_ count: Int, filling: UInt8, size: Int = 200) -> CheckpointStep {
    CheckpointStep(
      (0..<count).map { row in
        .init(
          .rows, key: [1, 0, UInt8(row >> 8), UInt8(row & 255)],
          value: [UInt8](repeating: filling, count: size))
      })
  }

  private func row(_ number: UInt8, snapshot: any VersionSnapshot) throws -> UInt8? {
    try snapshot.state.value(of: [1, 0, 0, number], in: .rows)?.first
  }

  @Test func compacting() throws {
    var generator = SplitMix(seed: 1)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    var source = VersionSource(origins: 3, using: &generator)
    for _ in 0..<10 {
      try store.append(
        (0..<1000).map { source.next(of: source.origins[$0 % 3], size: 50, using: &generator) })
    }
    try store.store(rows(5000, filling: 1, size: 1500))
    try store.store(
      CheckpointStep(
        (500..<5000).map { row in
          .init(.rows, key: [1, 0, UInt8(row >> 8), UInt8(row & 255)], value: nil)
        }))
    let before = try store.snapshot()
    let expected = try contents(before)
    let size = try store.sizeOnDisk
    let usage = try store.logSnapshot().usage
    #expect(usage.used < usage.file / 3)

    try store.compact()
    #expect(try store.sizeOnDisk < size / 3)
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") } == ["000001.mdb", "000002.mdb"])
    #expect(try contents(store.snapshot()) == expected)
    // What was there before is read from the old file, which goes with it.
    try store.append([source.next(of: source.origins[0], size: 50, using: &generator)])
    #expect(try contents(before) == expected)
    #expect(try row(7, snapshot: before) == 1)
    let identity = store.identity
    try store.close()
    #expect(throws: StorageError.self) { try row(7, snapshot: before) }
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") } == ["000002.mdb"])

    let again = try LogStore.open(at: path, options: hasty)
    #expect(again.lastClose == .clean)
    #expect(again.renewal == nil)
    #expect(again.identity == identity)
    #expect(try again.snapshot().heads == source.heads)
    #expect(try row(7, snapshot: again.snapshot()) == 1)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    try again.compact()
    try again.close()
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") } == ["000003.mdb"])
  }

  @Test func theOldFileGoesWithItsLastSnapshot() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    try store.store(rows(10, filling: 1))
    var snapshots = [try store.snapshot(), try store.snapshot()]
    try store.compact()
    try store.store(rows(10, filling: 2))
    #expect(try row(3, snapshot: snapshots[0]) == 1)
    #expect(try row(3, snapshot: store.snapshot()) == 2)
    snapshots.removeLast()
    #expect(names(in: path).contains("000001.mdb"))
    snapshots.removeLast()
    for _ in 0..<1000 where names(in: path).count > 4 { usleep(1000) }
    #expect(names(in: path) == ["000002.mdb", "000002.mdb-lock", "CURRENT", "OPENING", "OWNER"])
  }

  /// Writers go on while the store is compacted again and again, and nothing of theirs is lost.
  @Test func compactingUnderWriters() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var options = hasty
    options.retention = Retention(history: 20_000, backlog: 20_000)
    let store = try LogStore.create(at: path, identity: identity(), options: options)
    let isDone = Mutex(false)
    let rounds = Mutex(0)
    async let written: (heads: [ReplicaID: Head], generation: UInt8) = {
      var generator = SplitMix(seed: 2)
      var source = VersionSource(origins: 2, using: &generator)
      var generation: UInt8 = 0
      while !isDone.withLock({ $0 }) {
        for _ in 0..<20 {
          try store.append(
            source.origins.map { source.next(of: $0, size: 90, using: &generator) })
        }
        generation = generation % 250 + 1
        var step = rows(100, filling: generation)
        if generation % 3 == 0 { step.completes = Checkpoint(heads: source.heads) }
        try store.store(step)
        while try store.truncate() {}
        rounds.withLock { $0 += 1 }
      }
      return (source.heads, generation)
    }()
    var compactions = 0
    while compactions < 12 || rounds.withLock({ $0 }) < 100 {
      try store.compact()
      compactions += 1
      let snapshot = try store.snapshot()
      let values = try Set((0..<100).map { try row($0, snapshot: snapshot) })
      #expect(values.count == 1, "rows of several steps: \(values)")
      for origin in snapshot.heads.keys {
        let truncatedTo = snapshot.truncatedTo[origin]?.sequence ?? 0
        _ = try versions(snapshot, of: origin, after: truncatedTo)
      }
    }
    isDone.withLock { $0 = true }
    let (heads, generation) = try await written
    let snapshot = try store.snapshot()
    #expect(snapshot.heads == heads)
    #expect(try row(50, snapshot: snapshot) == generation)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    try store.close()
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") }.count == 1)
    let again = try LogStore.open(at: path)
    #expect(try again.snapshot().heads == heads)
  }

  @Test func aShadowTakesInRowsAndVersions() throws {
    var generator = SplitMix(seed: 3)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    var source = VersionSource(origins: 3, using: &generator)
    let (a, b, c) = (source.origins[0], source.origins[1], source.origins[2])
    func next(_ origin: ReplicaID, count: Int) -> [StoredVersion] {
      (0..<count).map { _ in source.next(of: origin, size: 60, using: &generator) }
    }
    // Of a, this store has more than what is taken in; of b less; of c nothing.
    let ofA = next(a, count: 300)
    let ofB = next(b, count: 500)
    let ofC = next(c, count: 10)
    try store.append(ofA + ofB[..<200])
    try store.store(rows(10, filling: 1))
    let shadow = try store.beginShadow()
    #expect(throws: StorageError.self) { try store.beginShadow() }
    let taken = [a: ofA[219].head, b: ofB[499].head, c: ofC[9].head]
    try shadow.advance(to: taken)
    var step = rows(10, filling: 9)
    step.completes = Checkpoint(heads: taken)
    try shadow.store(step)
    // Meanwhile the store goes on, and nobody sees the shadow.
    let meanwhile = next(a, count: 5)
    try store.append(meanwhile)
    #expect(try row(1, snapshot: store.snapshot()) == 1)
    #expect(try store.snapshot().heads[b] == ofB[199].head)
    try store.changeReplica(to: ReplicaID(high: 4, low: 4))
    try store.replace(with: shadow)

    let snapshot = try store.snapshot()
    #expect(try row(1, snapshot: snapshot) == 9)
    #expect(snapshot.state.checkpoint?.heads == taken)
    #expect(snapshot.truncatedTo == taken)
    #expect(snapshot.heads == source.heads)
    #expect(try versions(snapshot, of: a, after: 220) == Array(ofA[220...]) + meanwhile)
    #expect(try versions(snapshot, of: b, after: 500).isEmpty)
    try store.append(next(b, count: 3) + next(c, count: 1))
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    try store.close()
    let again = try LogStore.open(at: path)
    #expect(again.identity.replica == ReplicaID(high: 4, low: 4))
    #expect(try again.snapshot().heads == source.heads)
    #expect(try row(1, snapshot: again.snapshot()) == 9)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    var generator = SplitMix(seed: 4)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    try store.append((0..<10).map { _ in source.next(of: origin, size: 9, using: &generator) })
    do {
      let shadow = try store.beginShadow()
      for sequence in [UInt64(4), 10] {
        #expect(throws: StorageError.forkedHistory(origin: origin, sequence: sequence)) {
          try shadow.advance(to: [origin: Head(sequence: sequence, hash: 5)])
        }
      }
      // Rows that are stored meanwhile would be lost.
      try store.store(rows(1, filling: 2))
      #expect(throws: StorageError.self) { try store.replace(with: shadow) }
      #expect(try row(0, snapshot: store.snapshot()) == 2)
      #expect(try shadow.snapshot().heads == source.heads)
    }
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") } == ["000001.mdb"])
    func isClosed(_ body: () throws -> Void) -> Bool {
      do { try body() } catch StorageError.closed { return true } catch {}
      return false
    }
    let shadow = try store.beginShadow()
    shadow.discard()
    shadow.discard()
    #expect(isClosed { try store.replace(with: shadow) })
    let last = try store.beginShadow()
    try store.close()
    #expect(isClosed { _ = try last.snapshot() })
    #expect(isClosed { try store.replace(with: last) })
    #expect(isClosed { try store.compact() })
    #expect(names(in: path).filter { $0.hasSuffix(".mdb") } == ["000001.mdb"])
    // What a crash leaves of a shadow is removed, and of a state that was received.
    for name in ["000002.mdb", "000002.mdb-lock", "CURRENT.new", "STATE-a1B2c3"] {
      try writeFile(path + "/" + name, bytes: [1, 2, 3])
    }
    try LogStore.open(at: path).close()
    #expect(names(in: path) == ["000001.mdb", "000001.mdb-lock", "CURRENT", "OPENING", "OWNER"])
  }

  @Test func backups() throws {
    var generator = SplitMix(seed: 5)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: hasty)
    var source = VersionSource(origins: 2, using: &generator)
    func next() -> [StoredVersion] {
      source.origins.map { source.next(of: $0, size: 60, using: &generator) }
    }
    for _ in 0..<100 { try store.append(next()) }
    try store.store(rows(10, filling: 1))
    let expected = try contents(store.snapshot())
    try store.backup(to: folder.path(of: "a/b"))
    let reading = try LogStore.openForReading(at: path)
    try reading.backup(to: folder.path(of: "c"))
    #expect(throws: StorageError.self) { try reading.backup(to: folder.path(of: "c")) }
    #expect(throws: StorageError.self) { try reading.backup(to: path) }
    reading.close()
    try store.append(next())

    for name in ["a/b", "c"] {
      let backup = folder.path(of: name)
      let before = try LogStore.openForReading(at: backup)
      #expect(before.identity == identity())
      before.close()
      let restored = try LogStore.open(at: backup)
      #expect(restored.renewal == .copied)
      #expect(restored.identity.replica != identity().replica)
      #expect(restored.identity.founder == identity().founder)
      #expect(try contents(restored.snapshot()) == expected)
      #expect(try row(3, snapshot: restored.snapshot()) == 1)
      try restored.append([source.next(of: .random(), size: 9, using: &generator)])
      try restored.close()
      #expect(try LogStore.open(at: backup).renewal == nil)
      #expect(try LogStore.verify(at: backup).findings.map(\.description) == [])
    }
    // An interrupted backup is begun anew.
    try writeFile(folder.path(of: "c/000001.mdb"), bytes: [1, 2])
    unlink(folder.path(of: "c/CURRENT"))
    try writeFile(folder.path(of: "c/STATE-unfinished"), bytes: [])
    try store.backup(to: folder.path(of: "c"))
    #expect(try LogStore.verify(at: folder.path(of: "c")).isSound)
  }
}
