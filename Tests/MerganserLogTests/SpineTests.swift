import MerganserDatabase
import MerganserLog
import MerganserTypes
import Synchronization
import Testing

@Suite("The hashes of truncated versions")
struct SpineTests {
  private let porto = ReplicaID(high: 1, low: 7)
  private let faro = ReplicaID(high: 1, low: 8)

  private func options(_ retention: Retention = Retention(history: 0, backlog: 0))
    -> LogStore.Options
  {
    var options = LogStore.Options(durability: .survivesProcessCrash)
    options.retention = retention
    return options
  }

  private func truncateAll(_ storage: any VersionStorage) throws {
    var calls = 0
    while try storage.truncate() { calls += 1 }
    #expect(calls < 100)
  }

  /// What there was of each origin, as the spine is to know it.
  private struct History {
    var source: VersionSource
    var ends: [ReplicaID: [UInt64: UInt64]] = [:]

    init(origins: Int, _ generator: inout SeededGenerator) {
      source = VersionSource(origins: origins, using: &generator)
    }

    /// The next versions, some of several numbers and some in parts.
    mutating func batch(_ count: Int, _ generator: inout SeededGenerator) -> [StoredVersion] {
      (0..<count).map { _ in
        let origin = source.origins.randomElement(using: &generator) ?? source.origins[0]
        let size = Int.random(in: 0..<200, using: &generator) == 0 ? 9000 : 40
        let version = source.next(
          of: origin, size: size, dots: .random(in: 1...3, using: &generator), using: &generator)
        ends[origin, default: [:]][version.head.sequence] = version.hash
        return version
      }
    }

    /// Checks that every answer about a truncated version is right, and that those beyond `held` are known.
    ///
    /// - Returns: how many are known.
    @discardableResult
    func check(
      _ snapshot: any VersionSnapshot, knowing held: VersionVector?,
      _ location: SourceLocation = #_sourceLocation
    ) throws -> Int {
      var known = 0
      for (origin, end) in snapshot.truncatedTo {
        for number in 1..<end.sequence {
          let entry = try snapshot.entry(of: origin, endingAt: number)
          let expected = ends[origin]?[number].map { HistoryEntry.hash($0) } ?? .noVersionEnds
          if entry == .unknown {
            #expect(held.map { number <= $0[origin] } ?? true, sourceLocation: location)
          } else {
            known += 1
            #expect(entry == expected, "\(number)", sourceLocation: location)
          }
        }
      }
      return known
    }
  }

  /// On disk and in memory: what a peer lacks is known below the truncation, also after the store was opened
  /// again and compacted; and no more once every peer has acknowledged it, or is forgotten.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func whatAPeerLacksIsKnownUntilItHasAcknowledgedIt(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var store = try LogStore.create(at: path, identity: identity(), options: options())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = History(origins: 3, &generator)
    func append(_ count: Int) throws {
      let batch = history.batch(count, &generator)
      for storage in [store, memory] as [any VersionStorage] {
        try storage.append(batch)
        try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      }
    }
    func note(_ peer: ReplicaID, _ vector: VersionVector) {
      for storage in [store, memory] as [any VersionStorage] {
        storage.note(peer, holds: vector, at: .zero)
      }
    }
    try append(400)
    let early = VersionVector(history.source.heads)
    note(porto, early)
    note(faro, early)
    for count in [300, 1, 700, 40] {
      try append(count)
      try truncateAll(store)
      try truncateAll(memory)
    }
    let all = VersionVector(history.source.heads)
    note(faro, all)
    for storage in [store, memory] as [any VersionStorage] {
      try truncateAll(storage)
      #expect(try VersionVector(storage.snapshot().truncatedTo) == all)
      #expect(try history.check(storage.snapshot(), knowing: early) > 1000)
    }
    try store.compact()
    try history.check(store.snapshot(), knowing: early)
    try store.close()
    store = try LogStore.open(at: path, options: options())
    try history.check(store.snapshot(), knowing: early)
    let verification = try LogStore.verify(at: path)
    #expect(verification.findings.map(\.description) == [])
    #expect(verification.truncated > 1000)

    if seed % 2 == 0 {
      note(porto, all)
    } else {
      for storage in [store, memory] as [any VersionStorage] {
        #expect(try storage.forget(porto))
      }
    }
    for storage in [store, memory] as [any VersionStorage] {
      try truncateAll(storage)
      #expect(try history.check(storage.snapshot(), knowing: nil) == 0)
    }
    #expect(try LogStore.verify(at: path).truncated == 0)
    #expect(try store.logSnapshot().usage.log == 0)
    try store.close()
  }

  /// It cannot grow for ever: the oldest are dropped first, whoever lacks them.
  @Test func itsSizeIsBoundedAndTheOldestGoFirst() throws {
    var generator = SeededGenerator(seed: 5)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var retention = Retention(history: 0, backlog: 0)
    retention.spine = 30_000
    let store = try LogStore.create(at: path, identity: identity(), options: options(retention))
    store.note(porto, holds: VersionVector(), at: .zero)
    var history = History(origins: 2, &generator)
    var sizes: [Int] = []
    for _ in 0..<40 {
      try store.append(history.batch(300, &generator))
      try store.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(store)
      sizes.append(try spineBytes(path))
    }
    // One step adds less than three pages here.
    #expect(sizes.allSatisfy { $0 <= retention.spine + 12_288 }, "\(sizes)")
    let snapshot = try store.snapshot()
    let known = try history.check(snapshot, knowing: nil)
    #expect(known > 2000)
    for (origin, end) in snapshot.truncatedTo {
      // What is known is the last part, without a gap.
      let first = try (1..<end.sequence).first {
        try snapshot.entry(of: origin, endingAt: $0) != .unknown
      }
      let rest = (first ?? 0)..<end.sequence
      #expect(try rest.allSatisfy { try snapshot.entry(of: origin, endingAt: $0) != .unknown })
      #expect(rest.count > 1000)
    }
    #expect(try LogStore.verify(at: path).isSound)
    try store.close()
  }

  private func spineBytes(_ path: String) throws -> Int {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return try reading.statistics().spine
  }

  /// One call drops a bounded number of blocks, also of many origins, and goes on where it was.
  @Test func oneCallDropsABoundedNumberOfBlocks() throws {
    var generator = SeededGenerator(seed: 6)
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = History(origins: 2500, &generator)
    for origin in history.source.origins {
      let version = history.source.next(of: origin, size: 1, using: &generator)
      for storage in [store, memory] as [any VersionStorage] { try storage.append([version]) }
    }
    for storage in [store, memory] as [any VersionStorage] {
      storage.note(porto, holds: VersionVector(), at: .zero)
      try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(storage)
      #expect(try spineBlocks(storage) == 2500)
      _ = try storage.forget(porto)
      #expect(try storage.truncate())
      #expect(try spineBlocks(storage) == 1500)
      #expect(try storage.truncate())
      #expect(try !storage.truncate())
      #expect(try spineBlocks(storage) == 0)
    }
    try store.close()
  }

  private func spineBlocks(_ storage: any VersionStorage) throws -> Int {
    let reader = try storage.snapshot().state.entries(from: [], in: .spine)
    var count = 0
    while let entry = try reader.next() { if case .block = try SpineEntry(entry) { count += 1 } }
    return count
  }

  /// A state that is adopted goes further than the log: what was here stays known, and what lies between is
  /// not, but for the version that the state ends with.
  @Test func behindAnAdoptedStateTheSpineHasWhatWasHere() throws {
    var generator = SeededGenerator(seed: 7)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: options())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = History(origins: 1, &generator)
    let origin = history.source.origins[0]
    let here = history.batch(200, &generator)
    let own = try #require(history.source.heads[origin])
    _ = history.batch(50, &generator)
    let adopted = try #require(history.source.heads[origin])
    let later = history.batch(30, &generator)
    for storage in [store, memory] as [any VersionStorage] {
      storage.note(porto, holds: VersionVector(), at: .zero)
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
      try history.check(snapshot, knowing: nil)
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
    var generator = SeededGenerator(seed: 8)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: options())
    store.note(porto, holds: VersionVector(), at: .zero)
    var history = History(origins: 2, &generator)
    func step() throws {
      try store.append(history.batch(60, &generator))
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
    #expect(try history.check(store.snapshot(), knowing: VersionVector()) > 100)
    #expect(steps > 3)
    try store.close()
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  /// A format is known behind the truncation: one that came before does not follow it.
  @Test func theFormatOfTheLastTruncatedVersionIsKnown() throws {
    var generator = SeededGenerator(seed: 9)
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = History(origins: 2, &generator)
    let batch = history.batch(100, &generator)
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
    var generator = SeededGenerator(seed: 10)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity(), options: options())
    store.note(porto, holds: VersionVector(), at: .zero)
    var history = History(origins: 1, &generator)
    let batch = history.batch(600, &generator)
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
    try writeFile(path + "/000001.mdb", bytes)
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

/// An entry's bytes may be anything: they are read as what was written, or refused.
@Suite struct SpineEntryTests {
  /// The entries of a spine of 900 versions.
  private func entries() throws -> [StateEntry] {
    var generator = SeededGenerator(seed: 11)
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    memory.note(ReplicaID(high: 1, low: 7), holds: VersionVector(), at: .zero)
    var source = VersionSource(origins: 1, using: &generator)
    for _ in 0..<900 {
      let dots = UInt64.random(in: 1...300, using: &generator)
      try memory.append(
        [source.next(of: source.origins[0], size: 1, dots: dots, using: &generator)])
    }
    memory.store(CheckpointStep(completes: Checkpoint(heads: source.heads)))
    while try memory.truncate() {}
    let reader = try memory.snapshot().state.entries(from: [], in: .spine)
    var entries: [StateEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  @Test func blocksAreFullAndFitAPage() throws {
    let sizes = try entries().map { entry in
      _ = try SpineEntry(entry)
      return entry.value.count
    }
    #expect(sizes.count == 4)
    #expect(sizes.allSatisfy { $0 <= SpineBlock.maximumSize })
    #expect(
      sizes.dropFirst().dropLast().allSatisfy { $0 > SpineBlock.maximumSize - 60 }, "\(sizes)")
  }

  @Test func damagedEntriesAreRefusedOrOthers() throws {
    let last = try #require(try entries().last)
    let whole = try SpineEntry(last)
    for length in last.value.indices {
      #expect(throws: StorageError.self) {
        try SpineEntry(StateEntry(key: last.key, value: Array(last.value[..<length])))
      }
    }
    #expect(throws: StorageError.self) {
      try SpineEntry(StateEntry(key: last.key, value: last.value + [0]))
    }
    for offset in last.value.indices {
      for mask in [0xFF, 0x80, 0x01] as [UInt8] {
        var entry = last
        entry.value[offset] ^= mask
        if let other = try? SpineEntry(entry) { #expect(other != whole) }
      }
    }
    for offset in last.key.indices {
      var entry = last
      entry.key[offset] ^= 0xFF
      if let other = try? SpineEntry(entry) { #expect(other != whole) }
    }
    for length in 0..<40 where ![1, 16, 24].contains(length) {
      #expect(throws: StorageError.self) {
        try SpineEntry(StateEntry(key: [UInt8](repeating: 1, count: length), value: last.value))
      }
    }
  }
}
