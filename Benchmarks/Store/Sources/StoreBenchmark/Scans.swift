import Merganser
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads all rows of a table, typed: from memory, and from what a checkpoint has stored.
enum Scans {
  private struct Shop: Schema {
    let stock = Table<Int, PNCounter>("stock")
    let names = Table<Int, LWWRegister<String>>("names")
  }

  private static let shop = Shop()
  private static let sizes = [1000, 10_000, 100_000, 1_000_000]

  static func run(_ folder: String) async throws {
    for place in ["in memory", "from disk"] {
      // What is read from disk is closed with its replica.
      var replicas: [Int: Replica<Shop>] = [:]
      for size in sizes {
        replicas[size] = try await filled(
          with: size, at: place == "in memory" ? nil : "\(folder)/scanned\(size)")
      }
      try await scans("counters, typed, \(place)", of: replicas) { snapshot in
        var (count, sum) = (0, 0 as Int64)
        try snapshot.forEachRow(of: shop.stock) { _, counter in
          count += 1
          sum += try counter.value
          return true
        }
        guard sum == count else { throw Failure("\(sum) of \(count)") }
        return count
      }
      try await scans("texts of 40 bytes, typed, \(place)", of: replicas) { snapshot in
        var (count, bytes) = (0, 0)
        try snapshot.forEachRow(of: shop.names) { _, name in
          count += 1
          bytes += name.value?.utf8.count ?? 0
          return true
        }
        guard bytes == count * 40 else { throw Failure("\(bytes) of \(count)") }
        return count
      }
      for (size, replica) in replicas {
        try await replica.close()
        removeTree("\(folder)/scanned\(size)")
      }
    }
  }

  /// Prints what a thousand rows take at each size.
  private static func scans(
    _ work: String, of replicas: [Int: Replica<Shop>], scan: (Snapshot) throws -> Int
  ) async throws {
    try await growth(
      "a thousand of so many \(work)", sizes: sizes,
      asked: "≤ \(work.hasSuffix("disk") ? 500 : 350) µs"
    ) { size in
      guard let snapshot = replicas[size]?.snapshot else { throw Failure("no replica") }
      var best = Duration.seconds(1000)
      let turns = max(1, 20_000 / size)
      for _ in 0..<5 {
        let start = computingTime()
        for _ in 0..<turns {
          guard try scan(snapshot) == size else { throw Failure("not \(size)") }
        }
        best = min(best, (computingTime() - start) * 1000 / (size * turns))
      }
      return best
    }
  }

  private static func filled(with size: Int, at path: String?) async throws -> Replica<Shop> {
    let options = ReplicaOptions(durability: .survivesProcessCrash)
    var replica = try await replica(at: path, options: options)
    for start in stride(from: 0, to: size, by: 1000) {
      try await replica.write { transaction in
        for key in start..<start + 1000 {
          try transaction[shop.stock, key].increment()
          let name = "\(key) " + String(repeating: "x", count: 40)
          try transaction[shop.names, key].set(String(name.prefix(40)))
        }
      }
    }
    // Closed, all of it is stored.
    if path != nil {
      try await replica.close()
      replica = try await Self.replica(at: path, options: options)
    }
    return replica
  }

  private static func replica(
    at path: String?, options: ReplicaOptions
  ) async throws -> Replica<Shop> {
    if let path { return try await Replica.open(shop, at: path, options: options) }
    return try Replica(shop)
  }
}
