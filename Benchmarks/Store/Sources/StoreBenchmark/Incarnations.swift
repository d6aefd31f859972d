import Merganser
import MerganserDatabase

/// What a commit costs to a row that was created once, and to one that two replicas created apart.
enum Incarnations {
  private struct Sets: Schema {
    let sets = Table<Int, ORSet<Int>>("sets")
  }

  private static let schema = Sets()

  static func run(_ folder: String) async throws {
    for (incarnations, origin) in [(1, "one replica"), (2, "two replicas, apart")] {
      try await growth(
        "a commit of one insertion to a set of so many that was created by \(origin)",
        sizes: [1000, 2000, 4000, 8000], asked: "with two ≤ 3 × as with one"
      ) { size in
        var best = Duration.seconds(1000)
        for _ in 0..<5 {
          var database = try filled(with: size, incarnations: incarnations)
          let start = computingTime()
          _ = try insert(size..<size + 200, at: &database)
          best = min(best, (computingTime() - start) / 200)
        }
        return best
      }
    }
  }

  private static func filled(with size: Int, incarnations: Int) throws -> Database {
    let catalog = try Catalog(schema)
    let founder = ReplicaID(high: 0, low: 1)
    func replica(_ number: UInt64) -> Database {
      Database(
        catalog: catalog, replica: ReplicaID(high: 0, low: number), founder: founder)
    }
    var (database, other) = (replica(1), replica(2))
    _ = try insert(0..<size / incarnations, at: &database)
    if incarnations > 1 {
      let versions = try insert(size / incarnations..<size, at: &other)
      let reception = try database.receive(versions, wall: wall)
      guard reception.applied.count == versions.count else { throw Failure("\(reception.refused)") }
    }
    // What the incarnations show together is made once.
    _ = try insert(-1..<0, at: &database)
    return database
  }

  private static let wall = HybridTime(milliseconds: 1)

  private static func insert(
    _ numbers: Range<Int>, at database: inout Database
  ) throws -> [StoredVersion] {
    try numbers.compactMap { number in
      try database.transact(wall: wall) { try $0[schema.sets, 1].insert(number) }.version
    }
  }
}
