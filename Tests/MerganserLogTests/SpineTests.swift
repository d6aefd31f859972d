import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import Synchronization
import TestSupport
import Testing

@Suite("The hashes of truncated versions")
struct SpineTests {
  private let porto = ReplicaID(high: 1, low: 7)
  private let faro = ReplicaID(high: 1, low: 8)

  /// On disk and in memory: what was truncated is known, whoever has acknowledged it or is forgotten, also after
  /// the store was opened again and compacted, until the spine takes too much room.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func whatWasTruncatedIsKnownUntilTheSpineIsFull(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var store = try LogStore.create(at: path, identity: identity(), options: truncatingOptions())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = TruncatedHistory(origins: 3, generator: &generator)
    func append(_ count: Int) throws {
      let batch = history.batch(count, generator: &generator)
      for storage in [store, memory] as [any VersionStorage] {
        try storage.append(batch)
        try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      }
    }
    func note(_ peer: ReplicaID, vector: VersionVector) {
      for storage in [store, memory] as [any VersionStorage] {
        storage.note(peer, holds: vector, at: .zero)
      }
    }
    for count in [400, 300, 1, 700, 40] {
      try append(count)
      // One of them acknowledges all, before it is truncated or afterwards.
      let all = VersionVector(history.source.heads)
      if seed % 2 == 0 { note(porto, vector: all) }
      if seed == 3 { note(faro, vector: VersionVector()) }
      try truncateAll(store)
      try truncateAll(memory)
      note(porto, vector: all)
    }
    let all = VersionVector(history.source.heads)
    note(faro, vector: all)
    for storage in [store, memory] as [any VersionStorage] {
      try truncateAll(storage)
      if seed == 4 { #expect(try storage.forget(porto)) }
      try truncateAll(storage)
      #expect(try VersionVector(storage.snapshot().truncatedTo) == all)
      #expect(try history.check(storage.snapshot(), isWhole: true) > 2000)
    }
    try store.compact()
    try history.check(store.snapshot(), isWhole: true)
    try store.close()
    store = try LogStore.open(at: path, options: truncatingOptions())
    try history.check(store.snapshot(), isWhole: true)
    let verification = try LogStore.verify(at: path)
    #expect(verification.findings.map(\.description) == [])
    #expect(verification.truncated == 1441)
    #expect(try store.logSnapshot().usage.log == 0)
    try store.close()

    store = try LogStore.open(at: path, options: truncatingOptions(spine: 0))
    try truncateAll(store)
    #expect(try history.check(store.snapshot(), isWhole: false) == 0)
    #expect(try LogStore.verify(at: path).truncated == 0)
    try store.close()
  }

  /// A state that is adopted goes further than the log: what was here stays known, and what lies between is
  /// not, but for the version that the state ends with.
  @Test func behindAnAdoptedStateTheSpineHasWhatWasHere() throws {
    var generator = SplitMix(seed: 7)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: truncatingOptions())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = TruncatedHistory(origins: 1, generator: &generator)
    let origin = history.source.origins[0]
    let here = history.batch(200, generator: &generator)
    let own = try #require(history.source.heads[origin])
    _ = history.batch(50, generator: &generator)
    let adopted = try #require(history.source.heads[origin])
    let later = history.batch(30, generator: &generator)
    for storage in [store, memory] as [any VersionStorage] {
      try storage.append(here)
      try storage.store(CheckpointStep(completes: Checkpoint(heads: [origin: own])))
      let shadow = try #require(try storage.shadow())
      try shadow.advance(to: [origin: adopted])
      try shadow.store(CheckpointStep(completes: Checkpoint(heads: [origin: adopted])))
      try storage.replace(with: shadow)
      try storage.append(later)
      try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(storage)
      let snapshot = try storage.snapshot()
      #expect(snapshot.truncatedTo == history.source.heads)
      try history.check(snapshot, isWhole: false)
      for number in 1..<(history.source.heads[origin]?.sequence ?? 0) {
        let isKnown = try snapshot.entry(of: origin, endingAt: number) != .unknown
        #expect(isKnown == (number <= own.sequence || number >= adopted.sequence), "\(number)")
      }
    }
    try store.close()
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  /// What is truncated while the store is being compacted is in the spine of the smaller file, too.
  @Test func whatIsTruncatedDuringACompactionIsKnown() async throws {
    var generator = SplitMix(seed: 8)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: truncatingOptions())
    var history = TruncatedHistory(origins: 2, generator: &generator)
    func step() throws {
      try store.append(history.batch(60, generator: &generator))
      try store.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(store)
    }
    let compactions = Mutex(0)
    async let compacting: Void = Task.detached {
      for _ in 0..<3 {
        try store.compact()
        compactions.withLock { $0 += 1 }
      }
    }.value
    var steps = 0
    while steps < 500, compactions.withLock({ $0 }) < 3 {
      try step()
      steps += 1
    }
    try await compacting
    #expect(try history.check(store.snapshot(), isWhole: true) > 100)
    #expect(steps > 3)
    try store.close()
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  /// A format is known behind the truncation: one that came before does not follow it.
  @Test func theFormatOfTheLastTruncatedVersionIsKnown() throws {
    var generator = SplitMix(seed: 9)
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: truncatingOptions())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = TruncatedHistory(origins: 2, generator: &generator)
    let batch = history.batch(100, generator: &generator)
    for storage in [store, memory] as [any VersionStorage] {
      try storage.append(batch)
      try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(storage)
      for origin in history.source.origins {
        #expect(try storage.snapshot().truncatedTo[origin] == history.source.heads[origin])
        #expect(try storage.formatOfLastVersion(of: origin) == batch[0].format)
      }
    }
    try store.close()
  }

  @Test func damageIsFound() throws {
    var generator = SplitMix(seed: 10)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: truncatingOptions())
    var history = TruncatedHistory(origins: 1, generator: &generator)
    let batch = history.batch(600, generator: &generator)
    try store.append(batch)
    try store.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
    try truncateAll(store)
    try store.close()
    var bytes = try readFile(path + "/000001.mdb")
    let hash = withUnsafeBytes(of: batch[3].hash.littleEndian) { Array($0) }
    var found = 0
    for offset in bytes.indices.dropLast(8)
    where bytes[offset] == hash[0] && Array(bytes[offset..<offset + 8]) == hash {
      bytes[offset + 3] ^= 4
      found += 1
    }
    #expect(found > 0)
    try writeFile(path + "/000001.mdb", bytes: bytes)
    let findings = try LogStore.verify(at: path).findings.map(\.description)
    #expect(findings.count == 1 && findings[0].contains("spine"), "\(findings)")
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    let snapshot = try reading.snapshot()
    #expect(throws: StorageError.self) {
      try snapshot.entry(of: batch[3].origin, endingAt: batch[3].head.sequence)
    }
  }
}
