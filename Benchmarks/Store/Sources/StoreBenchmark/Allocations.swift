import Merganser
import MerganserDatabase

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How often a commit allocates memory: one of a row that is there, and what each further row adds.
///
/// Counted by a library that is loaded before all others (`Preload/allocations.c`), as `make bench-store` does.
enum Allocations {
  private static let counters = Counters()
  private static let wall = HybridTime(milliseconds: 1)

  static func run(_ folder: String) async throws {
    guard let counter = Counter() else {
      print("allocations are not counted: run `make bench-store`, on Linux")
      return
    }
    let commits = try [1, 11].map { try counter.commits(of: $0, in: counters) }
    print("allocations of a commit of one row: \(text(commits[0])), asked ≤ 20;")
    print("  of each further row: \(text((commits[1] - commits[0]) / 10)), asked ≤ 5")
    let writes = try await [1, 11].asyncMap { try await counter.writes(of: $0, in: counters) }
    print("allocations of a write in memory of one row: \(text(writes[0]));")
    print("  of each further row: \(text((writes[1] - writes[0]) / 10))")
  }

  private static func text(_ count: Double) -> String { "\((count * 10).rounded() / 10)" }

  /// Reads what the library has counted on this thread.
  private struct Counter {
    private let read: @convention(c) () -> UInt

    init?() {
      guard let found = dlsym(nil, "merganser_allocations") else { return nil }
      read = unsafeBitCast(found, to: (@convention(c) () -> UInt).self)
    }

    /// What a transaction allocates that counts so many rows of a thousand, on average.
    func commits(of rows: Int, in schema: Counters) throws -> Double {
      let replica = ReplicaID(high: 0, low: 1)
      var database = Database(catalog: try Catalog(schema), replica: replica, founder: replica)
      func commit(_ number: Int) throws {
        _ = try database.transact(wall: wall) { tx in
          for place in 0..<rows { try tx[schema.rows, (number + place * 90) % 1000].increment() }
        }
        database.noteStored()
      }
      for number in 0..<1000 { try commit(number) }
      let start = read()
      for number in 0..<1000 { try commit(number) }
      return Double(read() - start) / 1000
    }

    /// The same through a replica in memory; what it does on other threads is not counted.
    func writes(of rows: Int, in schema: Counters) async throws -> Double {
      let replica = try Replica(schema)
      func commit(_ number: Int) async throws {
        try await replica.write { tx in
          for place in 0..<rows { try tx[schema.rows, (number + place * 90) % 1000].increment() }
        }
      }
      for number in 0..<1000 { try await commit(number) }
      var (best, last) = (UInt.max, read())
      for number in 0..<1000 {
        try await commit(number)
        let now = read()
        // Where the task has changed its thread, this says nothing.
        if now > last { best = min(best, now - last) }
        last = now
      }
      return Double(best)
    }
  }
}
