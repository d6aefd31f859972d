import Merganser
import MerganserSync
import MerganserLog
import TestSupport
import Testing

/// A replica, whatever the version of its program.
private protocol AnyReplica: Peer {
  var snapshot: Snapshot { get }
  func run(_ body: @escaping @Sendable (borrowing Transaction) throws -> Void) async throws
  func send(to path: String) async throws
  func compact() async throws
  func close() async throws
}

extension Replica: AnyReplica {
  fileprivate func run(
    _ body: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) async throws { try await write(.localOnly, body: body) }

  fileprivate func send(to path: String) async throws { try await export(to: path) }
}

/// Stores that earlier and later programs open in turn, and that meet in any order.
@Suite struct MixedProgramsTests {
  private let newer = NewerBank()
  private let options = StateTransferTests.options

  /// What should be there in the end: accounts, each with whether it was deleted and has a note.
  private struct Expected {
    var isDeleted = false
    var hasNote = false
  }

  @Test(
    .exercises([
      "a note whose name is taken": 60,
      "a store that is opened again": 8,
    ]), arguments: 0..<3)
  func nothingIsLostWhicheverProgramComesBy(seed: UInt64) async throws {
    var random = SplitMix(seed: seed)
    let folder = try TemporaryFolder()
    let first = try await Replica.open(newer, at: folder.path + "/0", options: options)
    let founder = first.founder
    var replicas: [any AnyReplica] = [first]
    for place in 1..<4 {
      replicas.append(try await open(place, isLater: place == 3, folder: folder, founder: founder))
    }
    var schemas = [SchemaDescription?](repeating: nil, count: 4)
    var expected: [String: Expected] = [:]
    for step in 0..<220 {
      let place = Int.random(in: 0..<4, using: &random)
      let replica = replicas[place]
      let known = expected.keys.sorted().filter {
        (try? replica.snapshot[newer.accounts, $0]) != nil
      }
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<6:
        expected["\(step)"] = Expected()
        try await replica.run { [newer] tx in
          try tx[newer.accounts, "\(step)"].increment(by: 1)
          try tx[newer.owners, "\(step)"].set("owner \(step)")
        }
      case 6..<11:
        guard let account = known.randomElement(using: &random) else { break }
        guard let later = replica as? Replica<NewerBank> else { break }
        try await later.run { [newer] tx in
          try tx[newer.notes, account].set("note \(account)")
          try tx[newer.tags, Path(account, child: step)].insert("tag")
        }
        expected[account]?.hasNote = true
      case 11..<13:
        guard let account = known.randomElement(using: &random) else { break }
        try await replica.run { [newer] in try $0[newer.accounts, account].delete() }
        expected[account]?.isDeleted = true
      case 13..<17:
        let other = (place + Int.random(in: 1..<4, using: &random)) % 4
        try await exchange(replica, other: replicas[other])
      case 17:
        try await replica.compact()
      case 18:
        try await replica.send(to: "\(folder.path)/bundle-\(step)")
        let other = (place + Int.random(in: 1..<4, using: &random)) % 4
        try await replicas[other].importBundle(from: "\(folder.path)/bundle-\(step)")
      default:
        try await replica.close()
        // What a store records of the schema never becomes less.
        let schema = try recorded("\(folder.path)/\(place)")
        if let before = schemas[place] {
          #expect(schema.hindrance(toGrowingFrom: before) == nil)
          Exercised.count("a store that is opened again")
        }
        schemas[place] = schema
        replicas[place] = try await open(
          place, isLater: Bool.random(using: &random), folder: folder, founder: founder)
      }
    }
    try await compare(replicas, expected: expected, folder: folder, founder: founder)
  }

  /// The schema that a store records.
  private func recorded(_ path: String) throws -> SchemaDescription {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return reading.identity.schema
  }

  private func open(
    _ place: Int, isLater: Bool, folder: TemporaryFolder, founder: ReplicaID
  ) async throws -> any AnyReplica {
    let path = "\(folder.path)/\(place)"
    return isLater
      ? try await Replica.open(newer, at: path, joining: founder, options: options)
      : try await Replica.open(Bank(), at: path, joining: founder, options: options)
  }

  /// Lets two meet; a log that is truncated just then makes them begin again.
  private func exchange(_ one: any AnyReplica, other: any AnyReplica) async throws {
    for _ in 0..<20 {
      do {
        _ = try await sync(one, with: other)
        return
      } catch StorageError.truncated {}
    }
  }

  /// Has the later program open all, and looks at every row.
  private func compare(
    _ replicas: [any AnyReplica], expected: [String: Expected], folder: TemporaryFolder,
    founder: ReplicaID
  ) async throws {
    var upgraded: [any AnyReplica] = []
    for (place, replica) in replicas.enumerated() {
      try await replica.close()
      #expect(try LogStore.verify(at: "\(folder.path)/\(place)").isSound)
      upgraded.append(try await open(place, isLater: true, folder: folder, founder: founder))
    }
    for _ in 0..<2 {
      for (one, other) in [(0, 1), (1, 2), (2, 3), (0, 2)] {
        try await exchange(upgraded[one], other: upgraded[other])
      }
    }
    let digest = try upgraded[0].snapshot.digest
    for replica in upgraded {
      let snapshot = replica.snapshot
      #expect(try snapshot.digest == digest)
      #expect(try snapshot.violations().isEmpty)
      for (account, what) in expected {
        #expect(try (snapshot[newer.owners, account] != nil) == !what.isDeleted)
        let note = try snapshot[newer.notes, account]?.value
        #expect(note == (what.hasNote && !what.isDeleted ? "note \(account)" : nil))
        guard note != nil else { continue }
        Exercised.count("a note whose name is taken")
        // The name is taken, whoever stored the row.
        await #expect(throws: InvariantViolation.self) {
          try await replica.run { [newer] tx in
            try tx[newer.accounts, "another"].increment(by: 1)
            try tx[newer.notes, "another"].set("note \(account)")
          }
        }
      }
      try await replica.close()
    }
  }
}
