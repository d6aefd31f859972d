import Merganser
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a write costs where the schema has many tables: it touches one of them.
enum ManyTables {
  private struct Wide: Schema, CustomReflectable {
    let tables: [Table<Int, PNCounter>]

    init(_ count: Int) {
      tables = (0..<count).map { Table("rows of \($0)") }
    }

    /// The catalog finds the tables here.
    var customMirror: Mirror { Mirror(self, unlabeledChildren: tables) }
  }

  static func run(_ folder: String) async throws {
    for place in ["in memory", "on disk, no sync"] {
      try await growth(
        "a write of one row \(place), by a replica with so many tables", sizes: [1, 10, 100, 1000],
        asked: "at 1,000 as at 1"
      ) { size in
        let schema = Wide(size)
        let path = "\(folder)/wide"
        let replica =
          place == "in memory"
          ? try Replica(schema)
          : try await Replica.open(
            schema, at: path, options: .init(durability: .survivesProcessCrash))
        var best = Duration.seconds(1000)
        for _ in 0..<20 {
          let start = computingTime(CLOCK_PROCESS_CPUTIME_ID)
          for number in 0..<500 {
            try await replica.write { try $0[schema.tables[0], number].increment() }
          }
          best = min(best, (computingTime(CLOCK_PROCESS_CPUTIME_ID) - start) / 500)
        }
        try await replica.close()
        removeTree(path)
        return best
      }
    }
  }
}
