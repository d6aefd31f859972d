import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Versions that leave the end of a log: it then ends as if they had never come, and goes on from there.
@Suite struct RetractionTests {
  private func versions(
    of store: LogStore, origin: ReplicaID
  ) throws -> [StoredVersion] {
    let reader = try store.snapshot().versions(of: origin, after: 0)
    var versions: [StoredVersion] = []
    while let version = try reader.next() { versions.append(version) }
    return versions
  }

  /// Logs of three origins, with versions of several dots, and large ones among them.
  @Test(arguments: 0..<20) func aLogEndsWhereItIsToldTo(_ seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    var source = VersionSource(origins: 3, using: &generator)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "store")
    var store = try LogStore.create(at: path, identity: identity())
    var logs: [ReplicaID: [StoredVersion]] = [:]
    for _ in 0..<120 {
      let origin = try #require(source.origins.randomElement(using: &generator))
      let size =
        Bool.random(using: &generator)
        ? 30 : [700, 4000, 4100, 20_000].randomElement(using: &generator)
      let version = source.next(
        of: origin, size: size ?? 30, dots: UInt64.random(in: 1...3, using: &generator),
        using: &generator)
      logs[origin, default: []].append(version)
      try store.append([version])
    }
    for round in 0..<4 {
      for origin in source.origins {
        let log = logs[origin] ?? []
        let kept = Int.random(in: 0...log.count, using: &generator)
        try store.retract(origin, to: kept == 0 ? nil : log[kept - 1].head)
        if round % 2 == 1 {
          try store.close()
          #expect(try LogStore.verify(at: path).findings == [])
          store = try LogStore.open(at: path)
        }
        #expect(try versions(of: store, origin: origin) == Array(log[..<kept]))
        #expect(try store.snapshot().heads[origin] == (kept == 0 ? nil : log[kept - 1].head))
        // It goes on from there.
        try store.append(Array(log[kept...]))
        for origin in source.origins {
          #expect(try versions(of: store, origin: origin) == logs[origin])
        }
      }
    }
    try store.close()
    #expect(try LogStore.verify(at: path).findings == [])
  }

  /// More blocks than go in one transaction.
  @Test func aLongLogIsShortenedInSteps() throws {
    var generator = SplitMix(seed: 1)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    let folder = try TemporaryFolder()
    let path = folder.path(of: "store")
    var options = ReplicaOptions()
    options.durability = .survivesProcessCrash
    let store = try LogStore.create(at: path, identity: identity(), options: options)
    let log = (0..<2500).map { _ in source.next(of: origin, size: 3500, using: &generator) }
    try store.append(log)
    try store.retract(origin, to: log[7].head)
    #expect(try versions(of: store, origin: origin) == Array(log[...7]))
    try store.close()
    #expect(try LogStore.verify(at: path).findings == [])
  }

  /// A log ends with a version that it has, and not within one, or with another of the same number.
  @Test(arguments: [30, 4000]) func aLogEndsWithAVersion(size: Int) throws {
    var generator = SplitMix(seed: 3)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    let folder = try TemporaryFolder()
    let store = try LogStore.create(at: folder.path(of: "store"), identity: identity())
    let log = (0..<5).map { _ in source.next(of: origin, size: size, dots: 3, using: &generator) }
    try store.append(log)
    var within = log[2].head
    within.sequence -= 1
    #expect(throws: StorageError.self) { try store.retract(origin, to: within) }
    if size > 1000 {
      var other = log[2].head
      other.hash ^= 1
      #expect(throws: StorageError.self) { try store.retract(origin, to: other) }
    }
    #expect(try versions(of: store, origin: origin) == log)
    try store.retract(origin, to: log[2].head)
    #expect(try versions(of: store, origin: origin) == Array(log[...2]))
    try store.close()
  }

  /// Nothing is taken out while a copy is made, or of a store that is closed.
  @Test func aStoreThatIsCopiedOrClosedStays() throws {
    var generator = SplitMix(seed: 4)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    let folder = try TemporaryFolder()
    let path = folder.path(of: "store")
    let store = try LogStore.create(at: path, identity: identity())
    let log = (0..<5).map { _ in source.next(of: origin, size: 30, using: &generator) }
    try store.append(log)
    let shadow = try #require(try store.shadow())
    let error = #expect(throws: StorageError.self) { try store.retract(origin, to: log[2].head) }
    guard case .unusable? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    shadow.discard()
    #expect(try versions(of: store, origin: origin) == log)
    try store.close()
    let closed = #expect(throws: StorageError.self) { try store.retract(origin, to: log[2].head) }
    guard case .closed? = closed else {
      Issue.record("\(String(describing: closed))")
      return
    }
  }

  @Test func whatRowsHaveStays() throws {
    var generator = SplitMix(seed: 2)
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    let folder = try TemporaryFolder()
    let store = try LogStore.create(at: folder.path(of: "store"), identity: identity())
    let log = (0..<5).map { _ in source.next(of: origin, size: 30, using: &generator) }
    try store.append(log)
    var checkpoint = Checkpoint(time: .zero)
    checkpoint.heads[origin] = log[2].head
    try store.store(CheckpointStep([], completes: checkpoint))
    #expect(throws: StorageError.checkpointMismatch(origin: origin, sequence: 2)) {
      try store.retract(origin, to: log[1].head)
    }
    #expect(throws: StorageError.self) { try store.retract(origin, to: nil) }
    try store.retract(origin, to: log[2].head)
    #expect(try versions(of: store, origin: origin) == Array(log[...2]))
    // A version ends where it ends.
    #expect(throws: StorageError.self) {
      try store.retract(origin, to: Head(sequence: 9, hash: 9))
    }
    try store.close()
  }
}
