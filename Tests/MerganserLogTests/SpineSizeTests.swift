import MerganserDatabase
import MerganserLog
import MerganserTypes
import TestSupport
import Testing

@Suite("The size of the spine")
struct SpineSizeTests {
  /// It cannot grow for ever: the oldest are dropped first.
  @Test func itsSizeIsBoundedAndTheOldestGoFirst() throws {
    var generator = SplitMix(seed: 5)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let limit = 50_000
    let store = try LogStore.create(
      at: path, identity: identity(), options: truncatingOptions(spine: limit))
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0, retainedSpine: limit)
    var history = TruncatedHistory(origins: 2, generator: &generator)
    var sizes: [Int] = []
    for _ in 0..<40 {
      let batch = history.batch(300, generator: &generator)
      for storage in [store, memory] as [any VersionStorage] {
        try storage.append(batch)
        try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
        try truncateAll(storage)
      }
      sizes += [try spineBytes(path), try entriesOfSpine(memory).reduce(0) { $0 + $1.size }]
    }
    // One step adds less than three pages here.
    #expect(sizes.allSatisfy { $0 <= limit + 12_288 }, "\(sizes)")
    for storage in [store, memory] as [any VersionStorage] {
      let snapshot = try storage.snapshot()
      let known = try history.check(snapshot, isWhole: false)
      #expect(known > 2000)
      for (origin, end) in snapshot.truncatedTo {
        // What is known is the last part, without a gap.
        let first = try (1..<end.sequence).first {
          try snapshot.entry(of: origin, endingAt: $0) != .unknown
        }
        let rest = (first ?? 0)..<end.sequence
        #expect(try rest.allSatisfy { try snapshot.entry(of: origin, endingAt: $0) != .unknown })
        #expect(rest.count > 1000 && rest.lowerBound > 1000)
      }
    }
    #expect(try LogStore.verify(at: path).isSound)
    try store.close()
  }

  /// Within the limit, nothing is read; beyond it, each origin's first block, and one for each that is dropped.
  @Test func whatADropReadsIsBounded() throws {
    var generator = SplitMix(seed: 12)
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0)
    var history = TruncatedHistory(origins: 5, generator: &generator)
    try memory.append(history.batch(20_000, generator: &generator))
    memory.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
    try truncateAll(memory)
    let size = try entriesOfSpine(memory).reduce(0) { $0 + $1.size }
    let times = try entriesOfSpine(memory).compactMap { entry in
      if case .block(let block) = try SpineEntry(entry) { (entry.key, block.time) } else { nil }
    }
    let state = CountingState(try memory.snapshot().state)
    var spine = SpineMaintenance(state)
    #expect(try !spine.drop(size: size, limit: size))
    #expect(spine.changes.isEmpty && state.reads == 0)

    #expect(try !spine.drop(size: size, limit: size - 1))
    let dropped = Set(spine.changes.map(\.key))
    #expect(spine.changes.allSatisfy { $0.value == nil })
    #expect((2...4).contains(dropped.count) && times.count > 40, "\(dropped.count)")
    // An origin's format stands in front of its blocks.
    #expect(state.reads <= 2 * 5 + 1 + 2 * dropped.count)
    let latest = times.filter { dropped.contains($0.0) }.map(\.1).max() ?? .zero
    #expect(times.allSatisfy { dropped.contains($0.0) || $0.1 >= latest })
  }

  private func spineBytes(_ path: String) throws -> Int {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return try reading.statistics().spine
  }

  /// One call drops a bounded number of blocks, also of many origins, and goes on where it was.
  @Test func oneCallDropsABoundedNumberOfBlocks() throws {
    var generator = SplitMix(seed: 6)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var store = try LogStore.create(at: path, identity: identity(), options: truncatingOptions())
    let memory = MemoryStorage(checkpointInterval: 1, retainedVersions: 0, retainedSpine: 0)
    var history = TruncatedHistory(origins: 2500, generator: &generator)
    for origin in history.source.origins {
      let version = history.source.next(of: origin, size: 1, using: &generator)
      for storage in [store, memory] as [any VersionStorage] { try storage.append([version]) }
    }
    for storage in [store, memory] as [any VersionStorage] {
      try storage.store(CheckpointStep(completes: Checkpoint(heads: history.source.heads)))
      try truncateAll(storage)
    }
    try store.close()
    store = try LogStore.open(at: path, options: truncatingOptions(spine: 0))
    for storage in [store, memory] as [any VersionStorage] {
      #expect(try spineBlocks(storage) == 2500)
      #expect(try storage.truncate())
      #expect(try spineBlocks(storage) == 1500)
      #expect(try storage.truncate())
      #expect(try !storage.truncate())
      #expect(try spineBlocks(storage) == 0)
    }
    try store.close()
  }

  private func spineBlocks(_ storage: any VersionStorage) throws -> Int {
    try entriesOfSpine(storage).count {
      if case .block = try SpineEntry($0) { true } else { false }
    }
  }
}
