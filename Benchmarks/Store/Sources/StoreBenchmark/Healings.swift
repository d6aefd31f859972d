import Merganser
import MerganserDatabase
import MerganserLog

/// What it costs to leave a branch of a fork.
enum Healings {
  private struct Stock: Schema {
    let counts = Table<Int, PNCounter>("counts")
    let sets = Table<Int, ORSet<Int>>("sets")
    let kinds = Table<Int, RWSet<Int>>("kinds")
  }

  private static let schema = Stock()

  static func run(_ folder: String) async throws {
    try await growth(
      "leaving a branch of so many versions, with sets that grow by each of them",
      sizes: [500, 1000, 2000, 4000], asked: "≤ 2.5 × at twice as many"
    ) { size in
      let (kept, left) = try await fork(at: folder, writing: size)
      var best = Duration.seconds(1000)
      for _ in 0..<3 {
        // Who has been healed from knows what was made again.
        let healthy = try Replica(schema, joining: kept.founder)
        _ = try await healthy.sync(with: kept)
        let start = ContinuousClock.now
        let report = try await Replica.heal(
          schema, at: "\(folder)/left", into: "\(folder)/new", from: healthy,
          options: .init(durability: .survivesProcessCrash))
        best = min(best, ContinuousClock.now - start)
        guard report.offered == size, report.refused.isEmpty else { throw Failure("\(report)") }
        removeTree("\(folder)/new")
      }
      removeTree("\(folder)/\(left)")
      return best
    }
  }

  /// A replica that goes on, and the closed store of its copy, which has written so many versions of its own.
  private static func fork(
    at folder: String, writing size: Int
  ) async throws -> (kept: Replica<Stock>, left: String) {
    let kept = try Replica(schema)
    try await kept.write { tx in
      for set in 0..<3 { try tx[schema.sets, set].insert(-1) }
    }
    let left = "left"
    let store = try LogStore.create(
      at: "\(folder)/\(left)",
      identity: StoreIdentity(
        replica: kept.id, founder: kept.id, schema: try Catalog(schema).description))
    let reader = try kept.log().versions(of: kept.id, after: 0)
    while let version = try reader.next() { try store.append([version]) }
    try store.close()
    try await kept.write { try $0[schema.counts, 0].increment(by: 1) }
    let copy = try await Replica.open(
      schema, at: "\(folder)/\(left)", options: .init(durability: .survivesProcessCrash))
    for number in 0..<size {
      try await copy.write { tx in
        try tx[schema.counts, number % 7].increment(by: 1)
        try tx[schema.sets, number % 3].insert(number)
        try tx[schema.kinds, number % 3].insert(number)
      }
    }
    try await copy.close()
    return (kept, left)
  }
}
