import Merganser
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads ten thousand of a million stored rows again and again, with a cache of rows and without.
enum HotRows {
  /// Rows of about 100 bytes.
  private struct Catalogue: Schema {
    let items = Table<Int, LWWRegister<String>>("items")
    let stock = Table<Int, PNCounter>("stock")

    static func name(_ number: Int) -> String {
      "item \(number) " + String(repeating: "x", count: 64)
    }
  }

  private static let schema = Catalogue()

  static func run(_ folder: String) async throws {
    let path = "\(folder)/hot"
    let count = 1_000_000
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    let filled = try await Replica.open(schema, at: path, options: options)
    for start in stride(from: 0, to: count, by: 1000) {
      try await filled.write { transaction in
        for key in start..<start + 1000 {
          try transaction[schema.items, key].set(Catalogue.name(key))
          try transaction[schema.stock, key].increment(by: 1)
        }
      }
    }
    try await filled.close()
    var items: (without: [Double], with: [Double]) = ([], [])
    var stock = items
    var cold = items
    var written = items
    for round in 0..<6 {
      let limits = [0, ReplicaOptions().cacheLimit]
      for limit in round % 2 == 0 ? limits : limits.reversed() {
        options.cacheLimit = limit
        let replica = try await Replica.open(schema, at: path, options: options)
        // All of it in the system's memory.
        let first = try reads(replica.snapshot, every: 1, reads: 300_000) {
          try $0[schema.items, $1] != nil
        }
        _ = try reads(replica.snapshot, every: 100, reads: 60_000) {
          try $0[schema.items, $1] != nil
        }
        _ = try reads(replica.snapshot, every: 100, reads: 60_000) {
          try $0[schema.stock, $1] != nil
        }
        let hot = try reads(replica.snapshot, every: 100, reads: 300_000) {
          try $0[schema.items, $1] != nil
        }
        let counters = try reads(replica.snapshot, every: 100, reads: 300_000) {
          try $0[schema.stock, $1]?.value == 1
        }
        let changed = try await writes(replica)
        if limit == 0 {
          items.without.append(hot)
          stock.without.append(counters)
          cold.without.append(first)
          written.without.append(changed)
        } else {
          items.with.append(hot)
          stock.with.append(counters)
          cold.with.append(first)
          written.with.append(changed)
        }
        try await replica.close()
      }
    }
    for (name, rates) in [
      ("10⁴ hot rows of 10⁶, 100 B, over no cache", items),
      ("10⁴ hot counters of 10⁶, over no cache", stock),
      ("3 · 10⁵ rows of 10⁶, none twice, over no cache", cold),
      ("5 · 10⁴ rows of 10⁶ written in no order, over no cache", written),
    ] {
      let (without, with) = (rates.without.sorted()[3], rates.with.sorted()[3])
      row(name, base: text(without), ours: with, of: without, asked: "")
    }
    removeTree(path)
  }

  /// How many rows are written in a second, in no order, a hundred at a time; what the process computes
  /// counts, the checkpoints' part too.
  private static func writes(_ replica: Replica<Catalogue>) async throws -> Double {
    let count = 50_000
    let start = computingTime(CLOCK_PROCESS_CPUTIME_ID)
    for place in stride(from: 0, to: count, by: 100) {
      try await replica.write { transaction in
        for place in place..<place + 100 {
          try transaction[schema.items, (place * 7919) % 1_000_000].set(Catalogue.name(place))
        }
      }
    }
    return Double(count) / ((computingTime(CLOCK_PROCESS_CPUTIME_ID) - start) / .seconds(1))
  }

  /// How many rows are found in a second: `reads` of them, in no order, of the keys that `step` divides.
  private static func reads(
    _ snapshot: Snapshot, every step: Int, reads: Int, find: (Snapshot, Int) throws -> Bool
  ) throws -> Double {
    let count = 1_000_000 / step
    let start = computingTime()
    var number = 1
    for _ in 0..<reads {
      // A full round through the numbers below `count`.
      number = (number &* 21 &+ 7) % count
      guard try find(snapshot, number * step) else { throw Failure("no row \(number * step)") }
    }
    return Double(reads) / ((computingTime() - start) / .seconds(1))
  }
}
