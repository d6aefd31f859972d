import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@Suite("Rows that checkpoints store")
struct StateTests {
  /// What should be stored.
  private struct Model {
    var spaces: [Keyspace: [[UInt8]: [UInt8]]] = [:]

    mutating func apply(_ step: CheckpointStep) {
      for change in step.changes { spaces[change.space, default: [:]][change.key] = change.value }
    }

    func entries(_ space: Keyspace) -> [StateEntry] {
      (spaces[space] ?? [:]).map { StateEntry(key: $0.key, value: $0.value) }
        .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
  }

  private static func key(_ generator: inout SplitMix) -> [UInt8] {
    // Keys that are beginnings of others, and that look like what the store adds to a key.
    let count = [1, 2, 3, 4, 5, 6, 12, 499, 500].randomElement(using: &generator) ?? 1
    let bytes: [UInt8] = [0, 1, 0, 255]
    return (0..<count).map { _ in bytes.randomElement(using: &generator) ?? 0 }
  }

  private static func value(_ generator: inout SplitMix) -> [UInt8] {
    let count =
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: Int.random(in: 4050...4090, using: &generator)
      case 1: Int.random(in: 8100...8200, using: &generator)
      case 2: Int.random(in: 0...60_000, using: &generator)
      default: Int.random(in: 0...200, using: &generator)
      }
    let filling = UInt8.random(in: 0...255, using: &generator)
    return (0..<count).map { filling &+ UInt8(truncatingIfNeeded: $0 / 100) }
  }

  /// Those whose entries may be any bytes: verification reads the spine's.
  private static let spaces = Keyspace.allCases.filter { $0 != .spine }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func randomSteps(seed: UInt64) throws {
    var generator = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let options = ReplicaOptions(durability: .survivesProcessCrash)
    var store = try LogStore.create(at: path, identity: identity(), options: options)
    #expect(store.checkpointInterval == 8 << 20)
    var model = Model()
    var kept: [(Model, any VersionSnapshot)] = []
    for round in 0..<40 {
      var step = CheckpointStep()
      for _ in 0..<Int.random(in: 1...30, using: &generator) {
        let space = Self.spaces.randomElement(using: &generator) ?? .rows
        let known = model.spaces[space]?.keys.randomElement(using: &generator)
        let key = Bool.random(using: &generator) ? known : nil
        let isRemoval = Int.random(in: 0..<4, using: &generator) == 0
        step.changes.append(
          .init(
            space, key: key ?? Self.key(&generator), value: isRemoval ? nil : Self.value(&generator)
          ))
      }
      try store.store(step)
      model.apply(step)
      if round % 5 == 0 { kept.append((model, try store.snapshot())) }
      if round % 13 == 12 {
        kept = []
        try store.close()
        store = try LogStore.open(at: path, options: options)
      }
    }
    kept.append((model, try store.snapshot()))
    for (model, snapshot) in kept {
      try Self.compare(snapshot.state, with: model, generator: &generator)
    }
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    // Once everything is taken out, no parts are left either.
    var last = CheckpointStep()
    for (space, entries) in model.spaces {
      last.changes += entries.keys.map { .init(space, key: $0, value: nil) }
    }
    try store.store(last)
    let empty = try LogStore.verify(at: path)
    #expect(empty.isSound)
    #expect(empty.stateBytes == 0)
  }

  private static func compare(
    _ state: any StoredState, with model: Model, generator: inout SplitMix
  ) throws {
    for space in Keyspace.allCases {
      let all = model.entries(space)
      #expect(try entries(state, from: [], space: space) == all)
      for _ in 0..<20 {
        let known = all.randomElement(using: &generator)?.key
        let key = Bool.random(using: &generator) ? known ?? [1] : Self.key(&generator)
        #expect(try state.value(of: key, in: space) == model.spaces[space]?[key])
        #expect(
          try state.entry(before: key, in: space)
            == all.last { $0.key.lexicographicallyPrecedes(key) })
        let (before, after) = try state.neighbors(of: key, in: space)
        #expect(before == all.last { $0.key.lexicographicallyPrecedes(key) })
        #expect(after == all.first { key.lexicographicallyPrecedes($0.key) })
        #expect(
          try entries(state, from: key, space: space)
            == all.filter { !$0.key.lexicographicallyPrecedes(key) })
      }
      #expect(try state.value(of: [], in: space) == nil)
      #expect(try state.entry(before: [], in: space) == nil)
      let far = [UInt8](repeating: 255, count: 600)
      #expect(try state.entry(before: far, in: space) == all.last)
      #expect(try state.neighbors(of: far, in: space).before == all.last)
      #expect(try state.neighbors(of: [], in: space).after == all.first)
      #expect(try entries(state, from: far, space: space).isEmpty)
    }
  }

  private static func entries(
    _ state: any StoredState, from key: [UInt8], space: Keyspace
  ) throws -> [StateEntry] {
    let reader = try state.entries(from: key, in: space)
    var entries: [StateEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    #expect(try reader.next() == nil)
    #expect(try entriesByBatches(state, from: key, space: space) == entries)
    return entries
  }

  /// As ``entries(_:from:_:)``, read some at a time, with one by itself between.
  private static func entriesByBatches(
    _ state: any StoredState, from key: [UInt8], space: Keyspace
  ) throws -> [StateEntry] {
    let reader = try state.entries(from: key, in: space)
    var entries: [StateEntry] = []
    var batch = StateEntries()
    repeat {
      if let entry = try reader.next() { entries.append(entry) }
      try reader.read(into: &batch)
      let isAtEnd = batch.isEmpty
      while let entry = batch.firstEntry {
        entries.append(entry)
        batch.removeFirst()
      }
      if isAtEnd { return entries }
    } while true
  }

  @Test func checkpointsOfManyOrigins() throws {
    var generator = SplitMix(seed: 3)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(
      at: path, identity: identity(), options: .init(durability: .survivesProcessCrash))
    #expect(try store.snapshot().state.checkpoint == nil)
    var source = VersionSource(origins: 3000, using: &generator)
    var versions: [StoredVersion] = []
    for origin in source.origins {
      versions.append(source.next(of: origin, size: 10, using: &generator))
    }
    try store.append(versions)
    var checkpoint = Checkpoint(heads: source.heads, time: HybridTime(milliseconds: 17))
    for origin in source.origins.dropLast(100) { checkpoint.declared[origin] = 1 }
    checkpoint.declared[.random(using: &generator)] = 12
    for origin in source.origins.prefix(50) { checkpoint.heads[origin] = nil }
    let before = try store.snapshot()
    try store.store(CheckpointStep(completes: checkpoint))
    #expect(try store.snapshot().state.checkpoint == checkpoint)
    #expect(before.state.checkpoint == nil)

    // A second one changes some of it.
    for origin in source.origins.prefix(20) { checkpoint.heads[origin] = source.heads[origin] }
    for origin in source.origins.prefix(10) { checkpoint.declared[origin] = 0 }
    checkpoint.time = HybridTime(milliseconds: 18)
    try store.store(CheckpointStep([.init(.rows, key: [1], value: [2])], completes: checkpoint))
    #expect(try store.snapshot().state.checkpoint == checkpoint)
    try store.close()
    let again = try LogStore.open(at: path)
    #expect(try again.snapshot().state.checkpoint == checkpoint)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])
    #expect(try LogStore.verify(at: path).rows == 1)
  }

  @Test func checkpointsThatTheLogDoesNotHave() throws {
    var generator = SplitMix(seed: 4)
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let store = try LogStore.create(at: path, identity: identity())
    var source = VersionSource(origins: 1, using: &generator)
    let origin = source.origins[0]
    try store.append((0..<5).map { _ in source.next(of: origin, size: 9, using: &generator) })
    let stranger = ReplicaID(high: 5, low: 5)
    for (replica, head) in [
      (origin, Head(sequence: 6, hash: 1)), (origin, Head(sequence: 5, hash: 1)),
      (stranger, Head(sequence: 1, hash: 1)),
    ] {
      let step = CheckpointStep(
        [.init(.rows, key: [1], value: [1])], completes: Checkpoint(heads: [replica: head]))
      #expect(
        throws: StorageError.checkpointMismatch(origin: replica, sequence: head.sequence)
      ) { try store.store(step) }
    }
    // Nothing of what was refused is there.
    #expect(try store.snapshot().state.value(of: [1], in: .rows) == nil)
    for key in [[], [UInt8](repeating: 1, count: 501)] {
      #expect(throws: StorageError.tooLarge(size: key.count, limit: 500)) {
        try store.store(CheckpointStep([.init(.rows, key: key, value: [1])]))
      }
    }
    let limit = RowSize.maximumCarried
    try LogStore.checkSize(ofValue: limit)
    #expect(throws: StorageError.tooLarge(size: limit + 1, limit: limit)) {
      try LogStore.checkSize(ofValue: limit + 1)
    }
    try store.close()
    #expect(throws: StorageError.closed(path: path)) { try store.store(CheckpointStep()) }
  }

  @Test func aReaderGoesOnBehindTheWriter() throws {
    let folder = try TemporaryFolder()
    let store = try LogStore.create(
      at: folder.path(of: "s"), identity: identity(),
      options: .init(durability: .survivesProcessCrash))
    func change(_ number: Int, value: UInt8?) -> CheckpointStep.Change {
      .init(.rows, key: [UInt8(number >> 8), UInt8(number & 255)], value: value.map { [$0] })
    }
    try store.store(CheckpointStep((0..<1000).map { change($0, value: 1) }))
    let reader = try store.snapshot().state.entries(from: [], in: .rows)
    var read = 0
    while let entry = try reader.next() {
      #expect(entry.value == [1])
      read += 1
      if read % 100 == 0 {
        try store.store(
          CheckpointStep(
            (0..<1000).map { change($0, value: $0 % 3 == 0 ? nil : UInt8(read / 100)) }))
      }
    }
    #expect(read == 1000)
  }
}
