import Merganser
import MerganserLog
import TestSupport
import Testing

/// Options out of their ranges are refused by name, before anything is touched; those at the ends of their ranges
/// open, write and close.
@Suite struct OptionTests {
  private struct Counts: Schema {
    let counts = Table<Int, PNCounter>("counts")
    var invariants: [any Invariant] {}
  }

  private typealias Change = @Sendable (inout ReplicaOptions) -> Void

  /// An option with a value that is out of its range.
  private struct Outside {
    let name: String
    let change: Change

    init(_ name: String, change: @escaping Change) {
      self.name = name
      self.change = change
    }
  }

  private static let outside: [Outside] = [
    Outside("checkpointInterval") { $0.checkpointInterval = -1 },
    Outside("checkpointInterval") { $0.checkpointInterval = .max },
    Outside("cacheLimit") { $0.cacheLimit = -1 }, Outside("cacheLimit") { $0.cacheLimit = .max },
    Outside("maximumSnapshots") { $0.maximumSnapshots = -1 },
    Outside("maximumSnapshots") { $0.maximumSnapshots = 7 },
    Outside("maximumSnapshots") { $0.maximumSnapshots = .max },
    Outside("mapSize") { $0.mapSize = 0 }, Outside("mapSize") { $0.mapSize = .max },
    Outside("retention.history") { $0.retention.history = -1 },
    Outside("retention.backlog") { $0.retention.backlog = .min },
    Outside("retention.spine") { $0.retention.spine = .max },
    Outside("adoption.removableShare") { $0.adoption.removableShare = .nan },
    Outside("adoption.removableShare") { $0.adoption.removableShare = 1.5 },
    Outside("adoption.removableRows") { $0.adoption.removableRows = -1 },
    Outside("adoption.maximumSize") { $0.adoption.maximumSize = -1 },
    Outside("adoption.maximumSizeInMemory") { $0.adoption.maximumSizeInMemory = -1 },
    Outside("adoption.period") { $0.adoption.period = .seconds(-1) },
  ]

  private static let spans: [Outside] = [
    Duration.seconds(-1), .seconds(Int64.max), .seconds(Int64.min), .nanoseconds(-1),
  ].flatMap { span in
    [
      Outside("snapshotAgeLimit") { $0.snapshotAgeLimit = span },
      Outside("retention.age") { $0.retention.age = span },
      Outside("retention.absence") { $0.retention.absence = span },
      Outside("retention.requests") { $0.retention.requests = span },
    ]
  }

  @Test func whatIsOutOfRangeIsRefusedByName() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    for one in Self.outside + Self.spans {
      let name = one.name
      var options = ReplicaOptions()
      one.change(&options)
      let chosen = options
      let error = await #expect(throws: OptionError.self) {
        _ = try await Replica.open(Counts(), at: path, options: chosen)
      }
      guard case .outOfRange(name, _, _)? = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
      #expect(throws: OptionError.self) { try Replica(Counts(), options: chosen) }
      #expect(throws: StorageError.invalidOption(try #require(error))) {
        try LogStore.openForReading(at: path, options: chosen)
      }
    }
    #expect(try !LogStore.exists(at: path))
  }

  private static let ends: [Change] = [
    { $0.checkpointInterval = 0 }, { $0.checkpointInterval = 1 << 40 },
    { $0.checkpointInterval = nil }, { $0.cacheLimit = 0 }, { $0.cacheLimit = 1 << 44 },
    { $0.maximumSnapshots = 8 }, { $0.maximumSnapshots = 65_536 }, { $0.mapSize = 1 << 20 },
    { $0.mapSize = 1 << 44 }, { $0.snapshotAgeLimit = .zero },
    { $0.snapshotAgeLimit = .seconds(100 * 366 * 86_400) },
    { $0.retention = Retention(history: 0, backlog: 0, age: .zero) },
    {
      $0.retention.absence = .zero
      $0.retention.requests = .zero
      $0.retention.spine = 0
    },
    { $0.toleratedDrift = .zero }, { $0.adoption.removableShare = 0 },
  ]

  @Test(arguments: ends.indices) func whatIsAtTheEndOfARangeWorks(_ index: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    var options = ReplicaOptions()
    Self.ends[index](&options)
    let counts = Counts()
    for round in 1...2 {
      let replica = try await Replica.open(counts, at: path, options: options)
      for key in 0..<50 { try await replica.write { try $0[counts.counts, key].increment() } }
      #expect(try replica.snapshot[counts.counts, 49]?.value == Int64(round))
      try await replica.close()
    }
    #expect(try LogStore.verify(at: path).isSound)
  }
}
