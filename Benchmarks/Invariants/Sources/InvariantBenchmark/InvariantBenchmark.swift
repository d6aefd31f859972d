import Foundation
import Merganser
import MerganserDatabase
import MerganserConfluence

// What a transaction of one row costs under ten invariants over a million rows, beside the same without;
// how one that writes much, and versions that wait, grow with their number; and how many configurations a search
// visits in a second.

/// The seconds of computing that `body` takes on this thread, so that what else the machine does falls out.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let start = now()
  try body()
  return now() - start
}

/// A number with its thousands apart.
func text(_ number: Double) -> String {
  var digits = "\(Int(number))"
  var place = digits.count - 3
  while place > 0 {
    digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
    place -= 3
  }
  return digits
}

/// How many transactions of one row a database commits in a second: the best of several rounds.
func commitRates(_ count: Int, rounds: Int) throws -> (plain: Double, ruled: Double) {
  var (plain, schema) = try meetings(count, invariants: false)
  var (ruled, ruledSchema) = try meetings(count, invariants: true)
  var best = (plain: 0.0, ruled: 0.0)
  var seed: UInt64 = 1
  for _ in 0..<rounds {
    let keys = (0..<5000).map { _ in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Path(Int(seed >> 33) % (count / 100), child: Int(seed >> 20) % 100)
    }
    func run(_ database: inout Database, schema: Meetings) throws -> Double {
      let taken = try seconds {
        for key in keys {
          _ = try database.transact(wall: HybridTime(milliseconds: 2)) { tx in
            try tx[schema.meetings, key].set(Int64(key.child * 10 + 14))
          }
        }
      }
      return Double(keys.count) / taken
    }
    best.plain = max(best.plain, try run(&plain, schema: schema))
    best.ruled = max(best.ruled, try run(&ruled, schema: ruledSchema))
  }
  return best
}

struct Stock: Schema {
  let stock = Table<String, EscrowCounter>("stock")
  var invariants: [any Invariant] { Bounds(stock, in: 0...) }
}

/// How many different configurations of three replicas with escrow counters are visited in a second.
func searchRate() throws -> Double {
  let stock = Stock().stock
  let workload = try Workload("escrow", of: Stock()) { tx in
    try tx[stock, "s"].increment(by: 2)
  } transactions: {
    DeclaredTransaction("increment") { tx in try tx[stock, "s"].increment() }
    DeclaredTransaction("decrement") { tx in try tx[stock, "s"].decrement() }
    DeclaredTransaction("transfer", over: 0...2) { tx, to in
      guard Workload.replicas[to] != tx.replica else { return }
      try tx[stock, "s"].transfer(1, of: .decrement, to: Workload.replicas[to])
    }
  }
  var visited = 0
  let taken = try seconds {
    visited =
      try Explorer.explore(workload, within: Budget(replicas: 3, configurations: 300_000))
      .configurations
  }
  return Double(visited) / taken
}

@main
struct InvariantBenchmark {
  static func main() async throws {
    let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
    print("search, 3 replicas with escrow counters: \(text(try searchRate())) configurations/s")
    try LargeTransactions.run()
    try WaitingVersions.run()
    try await PlannedCalls.run()
    try Searches.run()
    print("commits of one row over \(text(Double(count))) rows, a second:")
    print("                                   without    with ten invariants")
    func row(_ name: String, rates: (plain: Double, ruled: Double)) {
      func padded(_ text: String, width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
      }
      let name = name.padding(toLength: 32, withPad: " ", startingAt: 0)
      let share = "\(Int((100 * rates.ruled / rates.plain).rounded())) %"
      print(
        name + padded(text(rates.plain), width: 10) + padded(text(rates.ruled), width: 10)
          + padded(share, width: 8))
    }
    let works = [(tasks: 1, rounds: 1000), (tasks: 64, rounds: 100)]
    for (work, rates) in zip(works, try await durableRates(count, tasks: works)) {
      row("on disk, \(work.tasks) at a time", rates: rates)
    }
    row("in memory, computing time", rates: try commitRates(count, rounds: 7))
  }
}
