import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@Suite("The log on disk and its twin in memory behave the same")
struct TwinTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func randomOperations(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let memory = MemoryStorage()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.mapSize = 1 << 30
    var store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(), options: options)
    var source = VersionSource(
      origins: Int.random(in: 1...5, using: &generator), using: &generator)
    var kept: [(any VersionSnapshot, any VersionSnapshot)] = []

    for _ in 0..<80 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5:
        try appendBoth(Self.batch(&source, generator: &generator), memory: memory, store: store)
      case 5:
        // What does not follow is refused by both, with the same words, and nothing of it is kept.
        var batch = Self.batch(&source, generator: &generator)
        batch.remove(at: Int.random(in: 0..<batch.count, using: &generator))
        try appendBoth(batch, memory: memory, store: store)
        source.heads = try memory.snapshot().heads
      case 6:
        var forked = source
        let origin = forked.origins[0]
        forked.heads[origin] = Head(sequence: forked.heads[origin]?.sequence ?? 0, hash: 17)
        try appendBoth(
          [forked.next(of: origin, size: 5, using: &generator)], memory: memory, store: store)
      case 7:
        kept.append((try memory.snapshot(), try store.snapshot()))
      case 8:
        kept = []
        try store.close()
        store = try LogStore.open(at: folder.path(of: "s"), options: options)
        #expect(store.lastClose == .clean)
      default:
        let origin = source.origins.randomElement(using: &generator) ?? source.origins[0]
        let end = (source.heads[origin]?.sequence ?? 0) + 2
        let after = UInt64.random(in: 0...end, using: &generator)
        let expected = try versions(memory.snapshot(), of: origin, after: after)
        #expect(try versions(store.snapshot(), of: origin, after: after) == expected)
        #expect(
          try Self.scan(store.logSnapshot(), origin: origin, after: after)
            == expected.map(\.payload))
      }
    }
    kept.append((try memory.snapshot(), try store.snapshot()))
    for (expected, found) in kept {
      #expect(found.heads == expected.heads)
      #expect(try contents(found) == contents(expected))
    }
  }

  private static func scan(
    _ snapshot: LogSnapshot, origin: ReplicaID, after: UInt64
  ) throws -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    try snapshot.scan(origin, after: after) { payload in
      payloads.append(payload.withUnsafeBytes { Array($0) })
      return true
    }
    return payloads
  }

  private static func batch(
    _ source: inout VersionSource, generator: inout SplitMix
  ) -> [StoredVersion] {
    (0..<Int.random(in: 1...60, using: &generator)).map { _ in
      let size =
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: Int.random(in: 3900...4200, using: &generator)
        case 1: Int.random(in: 4000...40000, using: &generator)
        default: Int.random(in: 0...300, using: &generator)
        }
      let origin = source.origins.randomElement(using: &generator) ?? source.origins[0]
      return source.next(
        of: origin, size: size, dots: UInt64.random(in: 1...3, using: &generator),
        using: &generator)
    }
  }

  private func appendBoth(
    _ versions: [StoredVersion], memory: MemoryStorage, store: LogStore
  ) throws {
    let expected = Result { () throws(StorageError) in try memory.append(versions) }
    let found = Result { () throws(StorageError) in try store.append(versions) }
    switch (expected, found) {
    case (.success, .success): break
    case (.failure(let a), .failure(let b)): #expect(a == b)
    default: Issue.record("memory: \(expected), disk: \(found)")
    }
  }
}
