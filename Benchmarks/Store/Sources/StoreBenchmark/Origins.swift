import Merganser
import MerganserDatabase
import MerganserLog

/// What it costs to know many origins: syncs that have nothing to hand over, and commits.
enum Origins {
  private static let schema = Counters()
  private static let sizes = [1, 100, 1000, 10_000]

  static func run(_ folder: String) async throws {
    try await growth(
      "a sync of two replicas that know so many origins, with nothing to hand over", sizes: sizes,
      asked: "≤ 30 ms at 10,000"
    ) { size in
      let versions = try versions(of: size)
      let first = try await replica("\(folder)/first", with: versions)
      let second = try await replica("\(folder)/second", with: versions)
      var best = Duration.seconds(1000)
      for _ in 0..<20 {
        let start = ContinuousClock.now
        let report = try await first.sync(with: second)
        best = min(best, ContinuousClock.now - start)
        guard report == SyncReport() else { throw Failure("\(report)") }
      }
      try await first.close()
      try await second.close()
      removeTree("\(folder)/first")
      removeTree("\(folder)/second")
      return best
    }
    try await growth(
      "a commit of one row, one at a time, no sync, by a replica that knows so many origins",
      sizes: sizes,
      asked: "at 10,000 ≤ 2 × as at 1"
    ) { size in
      let replica = try await replica("\(folder)/writer", with: try versions(of: size))
      var best = Duration.seconds(1000)
      for _ in 0..<30 {
        // The first of all depends on every origin's version.
        try await replica.write { try $0[schema.rows, 1].increment(by: 1) }
        let start = ContinuousClock.now
        for _ in 0..<100 { try await replica.write { try $0[schema.rows, 1].increment(by: 1) } }
        best = min(best, (ContinuousClock.now - start) / 100)
      }
      try await replica.close()
      removeTree("\(folder)/writer")
      return best
    }
  }

  private static let founder = ReplicaID(high: 0, low: 1)

  /// A version of each of so many origins.
  private static func versions(of origins: Int) throws -> [StoredVersion] {
    let catalog = try Catalog(schema)
    return try (0..<origins).compactMap { number in
      // They come in another order than that of their ids.
      let id = ReplicaID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 2)
      var database = Database(catalog: catalog, replica: id, founder: founder)
      return try database.transact(wall: HybridTime(milliseconds: 1)) {
        try $0[schema.rows, number].increment(by: 1)
      }.version
    }
  }

  private static func replica(
    _ path: String, with versions: [StoredVersion]
  ) async throws -> Replica<Counters> {
    let replica = try await Replica.open(
      schema, at: path, joining: founder, options: .init(durability: .survivesProcessCrash))
    let held = MemoryStorage()
    try held.append(versions)
    let report = try await replica.sync(
      with: Replica(schema, joining: founder, storage: held))
    guard report.received == versions.count else { throw Failure("\(report.refused)") }
    return replica
  }
}
