import Foundation
import Merganser
import MerganserLog

/// A database that is larger than the memory it may take: it is filled by one process, and opened and
/// read by another, which must find every row and stay within a limit of its own memory.
///
/// `LargeStore ROWS [FOLDER]` fills a store and reads it in a child; times are printed, not judged.
@main enum LargeStore {
  /// The most anonymous memory that either process may take, in bytes.
  static let memoryLimit = 500 << 20

  static func main() async throws {
    var arguments = CommandLine.arguments.dropFirst()
    let isChild = arguments.first == "--read"
    if isChild { arguments.removeFirst() }
    let rows = arguments.first.flatMap { Int($0) } ?? 1_000_000
    let path =
      arguments.dropFirst().first
      ?? NSTemporaryDirectory() + "merganser-large-\(ProcessInfo.processInfo.processIdentifier)"
    if isChild {
      try await read(rows, at: path)
    } else {
      try? FileManager.default.removeItem(atPath: path)
      defer { try? FileManager.default.removeItem(atPath: path) }
      try await fill(rows, at: path)
      let child = Process()
      child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      child.arguments = ["--read", "\(rows)", path]
      try child.run()
      child.waitUntilExit()
      if child.terminationStatus != 0 { exit(1) }
    }
  }

  /// Rows of about 200 bytes.
  struct Catalogue: Schema {
    let items = Table<Int, LWWRegister<String>>("items")

    var invariants: [any Invariant] {
      Check("an item has a name", on: items) { _, name in !name.isEmpty }
    }

    static func name(_ number: Int) -> String {
      "item \(number) " + String(repeating: "of many ", count: 16)
    }
  }

  static let schema = Catalogue()

  static func fill(_ rows: Int, at path: String) async throws {
    // The store is synced when it is closed; what is measured here is what is read later.
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    let replica = try await Replica.open(schema, at: path, options: options)
    try await timed("fill", count: rows) {
      for start in stride(from: 0, to: rows, by: 1000) {
        try await replica.write { tx in
          for number in start..<min(start + 1000, rows) {
            try tx[schema.items, number].set(Catalogue.name(number))
          }
        }
      }
    }
    try await timed("close", count: 1) { try await replica.close() }
  }

  static func read(_ rows: Int, at path: String) async throws {
    let replica = try await timed("open", count: 1) { try await Replica.open(schema, at: path) }
    let snapshot = replica.snapshot
    check(try snapshot.count(schema.items) == rows, what: "the count of rows")
    let reads = 200_000
    // More rows than the cache has room for, in the order that suits it least: it is full, and helps little.
    for time in ["point reads", "the same again", "and once more"] {
      try await timed(time, count: reads) {
        for place in 0..<reads {
          let number = (place * 7919) % rows
          let value = try snapshot[schema.items, number]?.value
          check(value == Catalogue.name(number), what: "row \(number)")
        }
      }
    }
    let status = try await replica.status()
    print(
      "cache: \(status.cacheHits) hits, \(status.cacheMisses) misses, \(status.cacheBytes >> 20) MB"
    )
    try await timed("ranges of 100", count: 1000) {
      for place in 0..<1000 {
        let start = place * max((rows - 100) / 1000, 1)
        let range = try snapshot.rows(schema.items, in: start..<start + 100)
        check(
          range.first?.key == start && range.count == min(100, rows - start), what: "range \(start)"
        )
      }
    }
    try await timed("scan", count: rows) {
      var next = 0
      try snapshot.forEachRow(of: schema.items) { key, _ in
        check(key == next, what: "row \(next) in the scan")
        next += 1
        return true
      }
      check(next == rows, what: "the end of the scan")
    }
    let writes = 20_000
    try await timed("writes to random rows", count: writes) {
      try await withThrowingTaskGroup { group in
        for task in 0..<64 {
          group.addTask {
            for place in stride(from: task, to: writes, by: 64) {
              try await replica.write { tx in
                try tx[schema.items, (place * 7919) % rows].set("changed")
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
    check(try replica.snapshot.count(schema.items) == rows, what: "the count of rows after writes")
    // The old snapshot shows what it showed.
    check(try snapshot[schema.items, 7919 % rows]?.value != "changed", what: "the old snapshot")
    try await timed("close", count: 1) { try await replica.close() }
  }

  static func check(_ holds: Bool, what: String) {
    if holds { return }
    print("wrong: \(what)")
    exit(1)
  }

  static func timed<Value>(
    _ name: String, count: Int, body: () async throws -> Value
  ) async rethrows -> Value {
    let start = ContinuousClock.now
    let value = try await body()
    let time = ContinuousClock.now - start
    let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    let memory = anonymousMemory()
    let padded = name.padding(toLength: 24, withPad: " ", startingAt: 0)
    let rate = count == 1 ? "" : String(format: "%10.0f/s", Double(count) / seconds)
    let line = [
      padded, String(format: "%9.1f ms", seconds * 1000),
      rate.padding(toLength: 13, withPad: " ", startingAt: 0), "\(memory >> 20) MB of memory\n",
    ]
    // Not buffered: the child writes to the same place.
    FileHandle.standardOutput.write(Data(line.joined(separator: " ").utf8))
    check(memory < memoryLimit, what: "the memory taken, \(memory >> 20) MB")
    return value
  }

  /// How much memory the process has that is not a file's, as far as the system tells.
  static func anonymousMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
      << 10
  }
}
