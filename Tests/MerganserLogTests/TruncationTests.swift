import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@Suite("Logs whose beginning is taken out")
struct TruncationTests {
  private func options(_ retention: Retention) -> ReplicaOptions {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = retention
    return options
  }

  private func truncateAll(
    _ store: LogStore, peers: [ReplicaID: VersionVector] = [:],
    keeping kept: [ReplicaID: UInt64] = [:]
  ) throws {
    var calls = 0
    for (peer, vector) in peers { store.note(peer, holds: vector, at: .zero) }
    while try store.truncate(keeping: kept) { calls += 1 }
    #expect(calls < 100)
  }

  @Test(
    .exercises([
      "an origin of which versions are left": 960,
      "an origin that is truncated": 730,
    ]), arguments: 1...8 as ClosedRange<UInt64>)
  func whatIsLeftIsWhatWasThere(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let options = options(
      Retention(history: Int.random(in: 0...200_000, using: &generator), backlog: 1 << 30))
    var store = try LogStore.create(at: path, identity: identity(), options: options)
    var source = VersionSource(origins: 4, using: &generator)
    var all: [ReplicaID: [StoredVersion]] = [:]
    var kept: [(any VersionSnapshot, [ReplicaID: [StoredVersion]])] = []
    var checkpoint = Checkpoint()
    for round in 0..<60 {
      var batch: [StoredVersion] = []
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        let origin = source.origins.randomElement(using: &generator) ?? source.origins[0]
        let isLarge = Int.random(in: 0..<60, using: &generator) == 0
        batch.append(
          source.next(
            of: origin, size: Int.random(in: 0...(isLarge ? 30_000 : 300), using: &generator),
            dots: .random(in: 1...3, using: &generator), using: &generator))
      }
      try store.append(batch)
      for version in batch { all[version.origin, default: []].append(version) }
      switch round % 6 {
      case 1:
        checkpoint.heads = try store.snapshot().heads
        checkpoint.time = HybridTime(milliseconds: UInt64(round))
        try store.store(CheckpointStep(completes: checkpoint))
        kept.append((try store.snapshot(), try contentsLeft(store.snapshot())))
      case 3: try truncateAll(store)
      case 5 where round % 4 == 1:
        kept = []
        try store.close()
        store = try LogStore.open(at: path, options: options)
      default: break
      }
      let snapshot = try store.logSnapshot()
      let truncatedTo = snapshot.truncatedTo
      for (origin, versions) in all {
        let end = truncatedTo[origin]?.sequence ?? 0
        #expect(end <= checkpoint.heads[origin]?.sequence ?? 0)
        if let head = truncatedTo[origin] {
          Exercised.count("an origin that is truncated")
          #expect(versions.contains { $0.head == head })
          let refusal = StorageError.truncated(origin: origin, sequence: end)
          #expect(throws: refusal) { try snapshot.versions(of: origin, after: end - 1) }
          #expect(throws: refusal) { try snapshot.scan(origin, after: 0) { _ in true } }
        }
        let left = versions.filter { $0.sequences.lowerBound > end }
        if !left.isEmpty { Exercised.count("an origin of which versions are left") }
        #expect(try MerganserLogTests.versions(snapshot, of: origin, after: end) == left)
      }
    }
    for (snapshot, contents) in kept { #expect(try contentsLeft(snapshot) == contents) }
    #expect(try !store.snapshot().truncatedTo.isEmpty)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    // All of it can go, and the log goes on behind.
    try store.close()
    store = try LogStore.open(at: path, options: self.options(Retention(history: 0, backlog: 0)))
    checkpoint.heads = try store.snapshot().heads
    try store.store(CheckpointStep(completes: checkpoint))
    try truncateAll(store)
    #expect(try store.snapshot().truncatedTo == source.heads)
    #expect(try store.logSnapshot().logBytes == 0)
    let next = source.next(of: source.origins[0], size: 10, using: &generator)
    try store.append([next])
    #expect(try contentsLeft(store.snapshot())[next.origin] == [next])
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
  }

  private func contentsLeft(_ snapshot: any VersionSnapshot) throws -> [ReplicaID: [StoredVersion]]
  {
    var contents: [ReplicaID: [StoredVersion]] = [:]
    for origin in snapshot.heads.keys {
      contents[origin] = try versions(
        snapshot, of: origin, after: snapshot.truncatedTo[origin]?.sequence ?? 0)
    }
    return contents
  }

  /// Two origins that write in turn, 2,000 versions of about 100 bytes each.
  private func twoOrigins(
    _ folder: TemporaryFolder, retention: Retention, checkpointed: UInt64 = 2000,
    wall: (@Sendable () -> HybridTime)? = nil
  ) throws -> (LogStore, ReplicaID, ReplicaID) {
    var generator = SplitMix(seed: 7)
    var options = options(retention)
    options.wall = wall
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options)
    var source = VersionSource(origins: 2, using: &generator)
    let (a, b) = (source.origins[0], source.origins[1])
    func append(_ numbers: ClosedRange<UInt64>) throws {
      for _ in numbers {
        try store.append([a, b].map { source.next(of: $0, size: 60, using: &generator) })
      }
    }
    try append(1...checkpointed)
    try store.store(
      CheckpointStep(
        completes: Checkpoint(heads: source.heads, time: HybridTime(milliseconds: checkpointed))))
    if checkpointed < 2000 { try append(checkpointed + 1...2000) }
    return (store, a, b)
  }

  @Test func nothingBeyondTheCheckpointGoes() throws {
    let folder = try TemporaryFolder()
    let (store, a, b) = try twoOrigins(
      folder, retention: Retention(history: 0, backlog: 0), checkpointed: 1200)
    try truncateAll(store)
    let truncatedTo = try store.snapshot().truncatedTo
    for origin in [a, b] {
      // A block holds some fifty of them.
      #expect((1130...1200).contains(truncatedTo[origin]?.sequence ?? 0))
    }
  }

  @Test func whatAPeerLacksIsKeptUpToTheBacklog() throws {
    let folder = try TemporaryFolder()
    let (store, a, b) = try twoOrigins(folder, retention: Retention(history: 0, backlog: 1 << 30))
    var vector = VersionVector()
    vector[a] = 900
    vector[b] = 2000
    let far = vector
    vector[a] = 2000
    vector[b] = 100
    let peers = [b: far, a: vector]
    try truncateAll(store, peers: peers)
    let truncatedTo = try store.snapshot().truncatedTo
    #expect((830...900).contains(truncatedTo[a]?.sequence ?? 0))
    #expect((30...100).contains(truncatedTo[b]?.sequence ?? 0))
    // With less room, the oldest goes, whoever lacks it.
    let size = try store.logSnapshot().logBytes
    try store.close()
    let again = try LogStore.open(
      at: folder.path(of: "s"), options: options(Retention(history: 0, backlog: size / 2)))
    try truncateAll(again, peers: peers)
    let left = try again.logSnapshot()
    #expect(try left.logBytes <= size / 2)
    #expect(try left.logBytes > size / 2 - 10_000)
    let (endA, endB) = (left.truncatedTo[a]?.sequence ?? 0, left.truncatedTo[b]?.sequence ?? 0)
    // Both have written at the same times.
    #expect(endA > 900 && endB > 900 && max(endA, endB) - min(endA, endB) < 70)
  }

  @Test func historyIsKeptWithinItsLimit() throws {
    let folder = try TemporaryFolder()
    let (store, _, _) = try twoOrigins(
      folder, retention: Retention(history: 100_000, backlog: 1 << 30))
    let before = try store.logSnapshot().logBytes
    #expect(before > 300_000)
    try truncateAll(store)
    let after = try store.logSnapshot().logBytes
    #expect(after <= 100_000 && after > 80_000)
  }

  @Test func whatIsTooOldGoes() throws {
    let folder = try TemporaryFolder()
    let (store, a, b) = try twoOrigins(
      folder, retention: Retention(history: 1 << 30, backlog: 1 << 30, age: .milliseconds(500)))
    try truncateAll(store, peers: [ReplicaID(high: 1, low: 7): VersionVector()])
    let truncatedTo = try store.snapshot().truncatedTo
    for origin in [a, b] {
      #expect((1500...1570).contains(truncatedTo[origin]?.sequence ?? 0))
    }
  }

  /// The last checkpoint's time is 2,000; by the wall clock, what was written until 1,000 is old.
  @Test func whatIsNotOldByTheWallClockStays() throws {
    let folder = try TemporaryFolder()
    let (store, a, b) = try twoOrigins(
      folder, retention: Retention(history: 1 << 30, backlog: 1 << 30, age: .milliseconds(500)),
      wall: { HybridTime(milliseconds: 1500) })
    try truncateAll(store)
    let truncatedTo = try store.snapshot().truncatedTo
    for origin in [a, b] {
      #expect((1000...1070).contains(truncatedTo[origin]?.sequence ?? 0))
    }
  }

  @Test func whatIsToBeKeptIsKept() throws {
    let folder = try TemporaryFolder()
    let (store, a, b) = try twoOrigins(folder, retention: Retention(history: 0, backlog: 0))
    try truncateAll(store, keeping: [a: 700])
    let truncatedTo = try store.snapshot().truncatedTo
    #expect((620..<700).contains(truncatedTo[a]?.sequence ?? 0))
    #expect(truncatedTo[b]?.sequence == 2000)
  }

  @Test func oneCallIsBounded() throws {
    var generator = SplitMix(seed: 8)
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(),
      options: options(Retention(history: 0, backlog: 0)))
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    try store.append((0..<2500).map { _ in source.next(of: origin, size: 3900, using: &generator) })
    #expect(try !store.truncate())
    try store.store(CheckpointStep(completes: Checkpoint(heads: source.heads)))
    var ends: [UInt64] = []
    while true {
      let hasMore = try store.truncate()
      ends.append(try store.snapshot().truncatedTo[origin]?.sequence ?? 0)
      if !hasMore { break }
    }
    #expect(ends == [1000, 2000, 2500])
  }

  /// 10⁷ overwrites of 10⁴ keys, a hundredth of both at a time.
  @Test func overwritingLeavesTheStoreBounded() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let retention = Retention(history: 1 << 20, backlog: 1 << 20)
    let interval = 1 << 19
    let rows = 1000
    let store = try LogStore.create(
      at: path, identity: identity(), options: options(retention))
    func step(_ generation: Int, checkpoint: Checkpoint) -> CheckpointStep {
      CheckpointStep(
        (0..<rows).map { row in
          .init(
            .rows, key: Array("rows".utf8) + [0, UInt8(row >> 8), UInt8(row & 255)],
            value: [UInt8](repeating: UInt8(truncatingIfNeeded: generation), count: 100))
        }, completes: checkpoint)
    }
    try store.store(step(0, checkpoint: Checkpoint()))
    let fresh = try store.sizeOnDisk
    var generator = SplitMix(seed: 9)
    var source = VersionSource(origins: 1, using: &generator)
    var bytes = 0
    for round in 1...100 * tortureFactor {
      let batch = (0..<rows).map { _ in
        source.next(of: source.origins[0], size: 60, using: &generator)
      }
      try store.append(batch)
      bytes += batch.reduce(0) { $0 + $1.payload.count }
      guard bytes > interval else { continue }
      bytes = 0
      try store.store(step(round, checkpoint: Checkpoint(heads: source.heads)))
      try truncateAll(store)
    }
    let size = try store.sizeOnDisk
    #expect(size <= 3 * fresh + retention.history + 3 * interval, "\(fresh) \(size)")
    #expect(try LogStore.verify(at: path).isSound)
  }
}
