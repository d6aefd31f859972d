import CStoreBaseline
import Merganser
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One table of counters.
struct Counters: Schema {
  let rows = Table<Int, PNCounter>("rows")

}

/// Commits by many at a time, each of one row, each on disk before whoever made it goes on.
struct Commits {
  /// How many were done in a second, and how long the slowest hundredth took at least.
  struct Outcome {
    var rate: Double
    var slow: Duration

    init(_ latencies: [Double], in time: Duration) {
      rate = Double(latencies.count) / (time / .seconds(1))
      slow = .seconds(latencies.sorted()[latencies.count * 99 / 100])
    }
  }

  let folder: String
  private var number = 0

  init(folder: String) {
    self.folder = folder
  }

  /// The table's rows about commits.
  static func run(_ folder: String) async throws {
    var commits = Commits(folder: folder)
    var all: [String: [Outcome]] = [:]
    for _ in 0..<3 {
      // One after the other in each round: the disk is not the same from one minute to the next.
      all["C 64", default: []].append(try commits.lmdb(threads: 64, rounds: 20))
      all["SQLite 64", default: []].append(try commits.sqlite(threads: 64, rounds: 20))
      all["SQLite 1", default: []].append(try commits.sqlite(threads: 1, rounds: 500))
      all["1", default: []].append(try await commits.replica(tasks: 1, rounds: 500))
      all["64", default: []].append(try await commits.replica(tasks: 64, rounds: 200))
      all["1000", default: []].append(try await commits.replica(tasks: 1000, rounds: 100))
    }
    func median(_ name: String) -> Outcome {
      let sorted = (all[name] ?? []).sorted { $0.rate < $1.rate }
      return sorted[sorted.count / 2]
    }
    let (c, sqlite, one, many, most) = (
      median("C 64"), median("SQLite 64"), median("1"), median("64"), median("1000")
    )
    row(
      "commit, 64 tasks, over C with 64 threads", base: text(c.rate), ours: many.rate, of: c.rate,
      asked: "≥ 10 ×")
    row(
      "commit, 64 tasks, over one task", base: text(one.rate), ours: many.rate, of: one.rate,
      asked: "≥ 20 ×")
    row(
      "commit, 64 tasks, over SQLite with 64 threads", base: text(sqlite.rate), ours: many.rate,
      of: sqlite.rate, asked: "≥ 5 ×")
    row(
      "commit, one task, over SQLite with one thread", base: text(median("SQLite 1").rate),
      ours: one.rate,
      of: median("SQLite 1").rate, asked: "")
    row(
      "commit, 1,000 tasks", base: "", ours: most.rate, of: nil, asked: "≥ 100 k/s at 0.5 ms a sync"
    )
    print("slowest hundredth: 64 tasks \(text(many.slow)), asked ≤ 10 ms at 0.5 ms a sync;")
    print("  1,000 tasks \(text(most.slow)); SQLite, 64 threads \(text(sqlite.slow))")
    print("one sync of 4 kB: \(text(try commits.sync()))")
  }

  private mutating func path(_ name: String) -> String {
    number += 1
    return "\(folder)/\(name)\(number)"
  }

  private mutating func lmdb(threads: Int, rounds: Int) throws -> Outcome {
    guard let log = baseline_open(path("c"), 1) else { throw Failure("open") }
    defer { baseline_close(log) }
    let start = ContinuousClock.now
    guard baseline_commit_by_threads(log, threads, rounds, 100) == 0 else {
      throw Failure("commit")
    }
    // What it does not note is how long each took.
    return Outcome(
      [Double](repeating: 0, count: threads * rounds), in: ContinuousClock.now - start)
  }

  private mutating func sqlite(threads: Int, rounds: Int) throws -> Outcome {
    var latencies = [Double](repeating: 0, count: threads * rounds)
    let start = ContinuousClock.now
    guard sqlite_commit_by_threads(path("q"), threads, rounds, &latencies) == 0 else {
      throw Failure("SQLite")
    }
    return Outcome(latencies, in: ContinuousClock.now - start)
  }

  private mutating func replica(tasks: Int, rounds: Int) async throws -> Outcome {
    let path = path("r")
    let schema = Counters()
    let replica = try await Replica.open(schema, at: path)
    let start = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
      for _ in 0..<tasks {
        group.addTask {
          var latencies: [Double] = []
          for _ in 0..<rounds {
            let start = ContinuousClock.now
            try await replica.write { try $0[schema.rows, 1].increment(by: 1) }
            latencies.append((ContinuousClock.now - start) / .seconds(1))
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let time = ContinuousClock.now - start
    try await replica.close()
    removeTree(path)
    return Outcome(latencies, in: time)
  }

  /// How long the disk takes to take in one page, in the middle of many.
  private mutating func sync() throws -> Duration {
    let path = path("y")
    let file = open(path, O_RDWR | O_CREAT, 0o644)
    defer { close(file) }
    let page = [UInt8](repeating: 1, count: 4096)
    var times: [Duration] = []
    for place in 0..<500 {
      let start = ContinuousClock.now
      guard pwrite(file, page, page.count, off_t(place * page.count)) == page.count,
        fsync(file) == 0
      else { throw Failure("sync") }
      times.append(ContinuousClock.now - start)
    }
    return times.sorted()[times.count / 2]
  }
}

/// A duration with a unit that suits it.
func text(_ duration: Duration) -> String {
  let milliseconds = duration / .milliseconds(1)
  return milliseconds < 1000
    ? "\((milliseconds * 100).rounded() / 100) ms" : "\((milliseconds / 10).rounded() / 100) s"
}
