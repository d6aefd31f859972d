import CStoreBaseline
import Merganser
import MerganserDatabase
import MerganserLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Prints the table of the store's speed beside the same work in C.
@main
struct StoreBenchmark {
  static let payloadSize = 100

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.count == 2, let path = arguments.last {
      if arguments.first == "fill" { return try await Maintenance.fill(path) }
      if arguments.first == "recover" { return try await Maintenance.recover(path) }
    }
    var template = Array("/tmp/merganser-bench-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure("mkdtemp") }
    let folder = String(cString: made)
    defer { removeTree(folder) }
    let only = arguments.first
    print("work" + String(repeating: " ", count: 48) + "C on LMDB     ours          ratio    asked")
    for (name, benchmark) in benchmarks where only == nil || only == name {
      try await benchmark(folder)
    }
  }

  static let benchmarks: [(String, @Sendable (String) async throws -> Void)] = [
    ("append", append), ("commit", commit), ("scan", scan), ("single", single),
    ("reading", Maintenance.reading), ("scans", Scans.run), ("hot", HotRows.run),
    ("commits", Commits.run),
    ("origins", Origins.run), ("incarnations", Incarnations.run), ("healing", Healings.run),
    ("receiving", Receiving.run), ("syncing", Syncing.run), ("writes", Syncing.writes),
    ("handover", Syncing.handOver),
    ("allocations", Allocations.run), ("tables", ManyTables.run),
    ("recovery", Maintenance.recovery),
    ("pause", Maintenance.pause), ("orders", Orders.run),
    ("overwriting", Maintenance.overwriting), ("truncation", Truncation.run),
  ]

  /// Versions of 100 bytes, 1,000 in a batch, without waiting for the disk; batch by batch in turn.
  static func append(_ folder: String) throws {
    let (batches, count) = (500, 1000)
    var rates: (c: [Double], ours: [Double]) = ([], [])
    for _ in 0..<5 {
      guard let log = baseline_open("\(folder)/c.mdb", 0) else { throw Failure("open") }
      let store = try newStore("\(folder)/s", durability: .survivesProcessCrash)
      var source = Source()
      var times: (c: Duration, ours: Duration) = (.zero, .zero)
      for number in 0..<batches {
        // The same versions for both, from the same memory; each is first every other time.
        let batch = source.batch(count)
        let payloads = batch.map { version in
          version.payload.withUnsafeBytes { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
        }
        for turn in 0..<2 {
          let start = computingTime()
          if (number + turn) % 2 == 0 {
            guard baseline_append(log, payloads, count, payloadSize) == 0 else {
              throw Failure("append")
            }
            times.c += computingTime() - start
          } else {
            try store.append(batch)
            times.ours += computingTime() - start
          }
        }
      }
      rates.c.append(Double(batches * count) / (times.c / .seconds(1)))
      rates.ours.append(Double(batches * count) / (times.ours / .seconds(1)))
      baseline_close(log)
      try store.close()
      removeTree("\(folder)/s")
      removeTree("\(folder)/c.mdb")
    }
    let (c, ours) = (rates.c.sorted()[2], rates.ours.sorted()[2])
    row("append, 100 B, 1,000 a batch, no sync", base: text(c), ours: ours, of: c, asked: "≥ 0.8 ×")
  }

  /// One version a transaction, each on disk before the next.
  static func commit(_ folder: String) throws {
    let commits = 1000
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: payloadSize)
    bytes.initialize(repeating: 7, count: payloadSize)
    defer { bytes.deallocate() }
    var number = 0
    let rates = try Measure(rounds: 3).rates([
      {
        number += 1
        guard let log = baseline_open("\(folder)/d\(number).mdb", 1) else { throw Failure("open") }
        defer { baseline_close(log) }
        let start = ContinuousClock.now
        for _ in 0..<commits {
          guard baseline_append(log, [UnsafePointer(bytes)], 1, payloadSize) == 0 else {
            throw Failure("append")
          }
        }
        return (commits, ContinuousClock.now - start)
      },
      {
        number += 1
        let store = try newStore("\(folder)/e\(number)", durability: .onDisk)
        var source = Source()
        let batch = source.batch(commits)
        let start = ContinuousClock.now
        for version in batch { try store.append([version]) }
        return (commits, ContinuousClock.now - start)
      },
    ])
    row(
      "commit, 100 B, one at a time, on disk", base: text(rates[0]), ours: rates[1], of: rates[0],
      asked: "")
  }

  /// Everything beyond a vector, checksums verified, over the same file.
  static func scan(_ folder: String) throws {
    let path = "\(folder)/scanned"
    let count = 2_000_000
    let store = try newStore(path, durability: .survivesProcessCrash)
    var source = Source()
    for _ in 0..<count / 10_000 { try store.append(source.batch(10_000)) }
    let size = try store.sizeOnDisk
    try store.close()
    let after: UInt64 = 1000
    let expected = count - Int(after)
    let origin = source.origin
    let rates = try Measure().rates([
      {
        let start = computingTime()
        var sum: UInt64 = 0
        let found = baseline_scan(path + "/000001.mdb", after, &sum)
        guard found == expected else { throw Failure("C found \(found)") }
        return (found, computingTime() - start)
      },
      {
        let start = computingTime()
        let reading = try LogStore.openForReading(at: path)
        var (found, sum) = (0, 0)
        try reading.snapshot().scan(origin, after: after) { payload in
          found += 1
          sum += payload.byteCount + Int(payload.unsafeLoad(as: UInt8.self))
          return true
        }
        reading.close()
        guard found == expected else { throw Failure("scanned \(found)") }
        return (found, computingTime() - start)
      },
      {
        let start = computingTime()
        let reading = try LogStore.openForReading(at: path)
        let reader = try reading.snapshot().versions(of: origin, after: after)
        var found = 0
        while let version = try reader.next() { found += version.payload.isEmpty ? 0 : 1 }
        reading.close()
        guard found == expected else { throw Failure("read \(found)") }
        return (found, computingTime() - start)
      },
      {
        let start = computingTime()
        let reading = try LogStore.openForReading(at: path)
        let reader = try reading.snapshot().versions(of: origin, after: after)
        var (found, bytes) = (0, 0)
        while let version = try reader.next() {
          let decoded = try version.decoded()
          for write in decoded.writes {
            bytes += write.table.utf8.count + write.key.count + write.delta.count
          }
          found += decoded.dependencies.isBottom ? 1 : 0
        }
        reading.close()
        guard found == expected, bytes > 10 * found else { throw Failure("decoded \(found)") }
        return (found, computingTime() - start)
      },
    ])
    row(
      "scan beyond a vector, borrowed, verified", base: text(rates[0]), ours: rates[1],
      of: rates[0],
      asked: "≥ 0.8 ×")
    row(
      "scan beyond a vector, versions, links verified", base: "", ours: rates[2], of: nil, asked: ""
    )
    row("scan beyond a vector, decoded", base: "", ours: rates[3], of: nil, asked: "≥ 5 M/s")
    let share = (Double(size) / Double(count * payloadSize) * 100).rounded() / 100
    print("file / payload: \(share) ×")
  }

  /// One version a transaction without waiting for the disk, and what it leaves on disk.
  static func single(_ folder: String) throws {
    let commits = 100_000
    var number = 0
    var size = 0
    let rates = try Measure(rounds: 3).rates([
      {
        number += 1
        let path = "\(folder)/f\(number)"
        let store = try newStore(path, durability: .survivesProcessCrash)
        var source = Source()
        var time = Duration.zero
        for _ in 0..<commits / 1000 {
          let batch = source.batch(1000)
          let start = computingTime()
          for version in batch { try store.append([version]) }
          time += computingTime() - start
        }
        try store.close()
        size = try LogStore.openForReading(at: path).sizeOnDisk
        removeTree(path)
        return (commits, time)
      }
    ])
    row("append, 100 B, one a batch, no sync", base: "", ours: rates[0], of: nil, asked: "")
    let share = (Double(size) / Double(commits * payloadSize) * 100).rounded() / 100
    print("file / payload: \(share) ×")
  }

  static func newStore(_ path: String, durability: Durability) throws -> LogStore {
    let replica = ReplicaID(high: 1, low: 1)
    return try LogStore.create(
      at: path,
      identity: StoreIdentity(
        replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: [])),
      options: .init(durability: durability))
  }
}

/// Versions of one origin, each of 100 bytes.
struct Source {
  let origin = ReplicaID(high: 1, low: 1)
  private var head = Head(sequence: 0, hash: 0)

  mutating func batch(_ count: Int) -> [StoredVersion] {
    (0..<count).map { _ in next() }
  }

  private mutating func next() -> StoredVersion {
    let sequence = head.sequence + 1
    func version(_ size: Int) -> StoredVersion {
      StoredVersion(
        origin: origin, sequences: sequence...sequence,
        time: HybridTime(milliseconds: sequence),
        previousHash: head.hash, replicas: [origin],
        writes: [
          RowDelta(table: "t", key: [1, 2, 3, 4], delta: [UInt8](repeating: 7, count: size))
        ])
    }
    let probe = version(20)
    let version = version(20 + StoreBenchmark.payloadSize - probe.payload.count)
    head = version.head
    return version
  }
}

struct Failure: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

func removeTree(_ path: String) {
  guard let folder = opendir(path) else {
    unlink(path)
    return
  }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  closedir(folder)
  for name in names { removeTree(path + "/" + name) }
  rmdir(path)
}
