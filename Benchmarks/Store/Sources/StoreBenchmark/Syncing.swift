import Merganser
import MerganserDatabase
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a replica in memory that lacks everything is handed, by versions and as a state; and what a write in memory costs.
enum Syncing {
  static func run(_ folder: String) async throws {
    for count in [25_000, 100_000] {
      let source = try Replica(Counters())
      for start in stride(from: 0, to: count, by: 1) {
        try await source.write { try $0[Counters().rows, start % 1000].increment() }
      }
      let rates = try await (0..<3).asyncMap { _ in
        let other = try Replica(Counters(), joining: source.founder)
        return try await rate(count) { _ = try await sync(source, second: other) }
      }
      row(
        "catch up, \(count) versions, in memory", base: "", ours: rates.sorted()[1], of: nil,
        asked: "≥ 298 k/s")
    }
    for count in [10_000, 40_000] {
      let source = try Replica(
        Counters(), storage: MemoryStorage(checkpointInterval: 1 << 16, retainedVersions: 0))
      for start in stride(from: 0, to: count, by: 100) {
        try await source.write { tx in
          for key in start..<start + 100 { try tx[Counters().rows, key].increment() }
        }
      }
      let rates = try await (0..<3).asyncMap { _ in
        let other = try Replica(Counters(), joining: source.founder)
        return try await rate(count) { _ = try await sync(source, second: other) }
      }
      row(
        "adopt a state, \(count) rows, in memory", base: "", ours: rates.sorted()[1], of: nil,
        asked: "≥ 93 k/s"
      )
    }
  }

  /// Writes of one row in memory, by one task and by four.
  static func writes(_ folder: String) async throws {
    for tasks in [1, 4] {
      let replica = try Replica(Counters())
      for _ in 0..<2 {
        let count = 40_000
        let rate = try await rate(count) {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
              group.addTask {
                for number in 0..<count / tasks {
                  try await replica.write {
                    try $0[Counters().rows, (task + number) % 1000].increment()
                  }
                }
              }
            }
            try await group.waitForAll()
          }
        }
        row("write, in memory, by \(tasks)", base: "", ours: rate, of: nil, asked: "≥ 100 k/s")
      }
    }
  }

  /// What a write in memory computes, and what of it is the transaction itself, beside a snapshot of the state before.
  static func handOver(_ folder: String) async throws {
    let replica = try Replica(Counters())
    let wall = HybridTime(milliseconds: 1)
    var database = Database(
      catalog: try Catalog(Counters()), replica: replica.id, founder: replica.founder)
    var published = database.snapshot
    var (write, core) = (Duration.seconds(1000), Duration.seconds(1000))
    for _ in 0..<20 {
      var start = computingTime(CLOCK_PROCESS_CPUTIME_ID)
      for number in 0..<1000 {
        try await replica.write { try $0[Counters().rows, number].increment() }
      }
      write = min(write, (computingTime(CLOCK_PROCESS_CPUTIME_ID) - start) / 1000)
      start = computingTime(CLOCK_PROCESS_CPUTIME_ID)
      for number in 0..<1000 {
        _ = try database.transact(wall: wall) { try $0[Counters().rows, number].increment() }
        database.noteStored()
        published = database.snapshot
      }
      core = min(core, (computingTime(CLOCK_PROCESS_CPUTIME_ID) - start) / 1000)
    }
    guard try published.count(Counters().rows) == 1000 else {
      throw Failure("not all were written")
    }
    func text(_ time: Duration) -> String { "\((time / .microseconds(1) * 10).rounded() / 10) µs" }
    print("a write in memory, by one task, computing: \(text(write)), asked ≤ 10 µs;")
    print("  around the transaction itself: \(text(write - core)), asked ≤ 4 µs")
  }

  private static func sync(_ first: Replica<Counters>, second: Replica<Counters>) async throws {
    let report = try await first.sync(with: second)
    guard report.sent > 0 || report.sentState else { throw Failure("\(report)") }
  }

  private static func rate(_ count: Int, body: () async throws -> Void) async throws -> Double {
    let start = ContinuousClock.now
    try await body()
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }
}

extension Sequence {
  func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await body(element)) }
    return values
  }
}
