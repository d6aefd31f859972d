import Merganser
import MerganserDatabase
import MerganserLog
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a store does besides committing: it recovers, is made smaller, and stays bounded.
enum Maintenance {
  /// Opens a store whose writer was killed, with a million versions of ten thousand rows since its last
  /// checkpoint.
  static func recovery(_ folder: String) async throws {
    let path = "\(folder)/killed"
    let child = try spawn(["fill", path])
    var status: Int32 = 0
    waitpid(child, &status, 0)
    guard status & 0x7F == SIGKILL else { throw Failure("the writer ended with \(status)") }
    try await recover(path)
    let again = ContinuousClock.now
    try await Replica.open(Counters(), at: path).close()
    print("opened and closed again, after a clean close: \(text(ContinuousClock.now - again))")
    removeTree(path)
  }

  /// Opens the store that a killed writer has left.
  static func recover(_ path: String) async throws {
    let (start, computing) = (ContinuousClock.now, computingTime(CLOCK_PROCESS_CPUTIME_ID))
    let replica = try await Replica.open(Counters(), at: path)
    let time = ContinuousClock.now - start
    let computed = computingTime(CLOCK_PROCESS_CPUTIME_ID) - computing
    let rows = try replica.snapshot.count(Counters().rows)
    guard rows == 10_000 else { throw Failure("\(rows) rows") }
    print(
      """
      recovery after a kill, 10⁶ versions over 10⁴ keys: \(text(time)), of which \(text(computed)) \
      computing, asked ≤ 1 s
      """)
    try await replica.close()
  }

  /// What the writer does that is killed.
  static func fill(_ path: String) async throws {
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.checkpointInterval = nil
    let schema = Counters()
    let replica = try await Replica.open(schema, at: path, options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<1000 {
        group.addTask {
          for number in 0..<1000 {
            let key = (task * 1000 + number) % 10_000
            try await replica.write { try $0[schema.rows, key].increment(by: 1) }
          }
        }
      }
      try await group.waitForAll()
    }
    kill(getpid(), SIGKILL)
  }

  /// Makes a store of half a gigabyte smaller while somebody commits all the time.
  static func pause(_ folder: String) async throws {
    let path = "\(folder)/compacted"
    let store = try StoreBenchmark.newStore(path, durability: .onDisk)
    let value = [UInt8](repeating: 7, count: 1000)
    for start in stride(from: 0, to: 400_000, by: 20_000) {
      try store.store(
        CheckpointStep(
          (start..<start + 20_000).map { number in
            .init(.rows, key: key(number), value: value)
          }))
    }
    for start in stride(from: 0, to: 200_000, by: 20_000) {
      try store.store(
        CheckpointStep((start..<start + 20_000).map { .init(.rows, key: key($0), value: nil) }))
    }
    let before = try store.sizeOnDisk
    // What the slowest commit took in each phase, and how many there were.
    enum Phase: Int, Comparable {
      case before, copying, swapping, done
      static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }
    }
    let phase = Mutex(Phase.before)
    let slowest = Mutex([(Duration, Int)](repeating: (.zero, 0), count: 3))
    async let writing: Void = {
      var source = Source()
      while true {
        let batch = source.batch(10)
        let begun = phase.withLock { $0 }
        if begun == .done { return }
        let start = ContinuousClock.now
        try store.append(batch)
        let time = ContinuousClock.now - start
        // A commit that was waiting when the phase changed counts for the later.
        let place = min(phase.withLock { $0 }, .swapping)
        slowest.withLock { slowest in
          slowest[place.rawValue].0 = max(slowest[place.rawValue].0, time)
          slowest[place.rawValue].1 += 1
        }
      }
    }()
    try await Task.sleep(for: .seconds(5))
    phase.withLock { $0 = .copying }
    let start = ContinuousClock.now
    let shadow = try store.beginShadow()
    phase.withLock { $0 = .swapping }
    let copied = ContinuousClock.now
    try store.replace(with: shadow)
    let end = ContinuousClock.now
    phase.withLock { $0 = .done }
    try await writing
    let times = slowest.withLock { $0 }
    print(
      """
      compaction, \(before >> 20) MB to \(try store.sizeOnDisk >> 20) MB; the slowest commit, asked \
      ≤ 50 ms:
        \(text(times[0].0)) of \(times[0].1) in 5 s before; \(text(times[1].0)) of \(times[1].1) in \
      \(text(copied - start)) of copying; \(text(times[2].0)) of \(times[2].1) in \
      \(text(end - copied)) of swapping
      """)
    try store.close()
    removeTree(path)
  }

  /// Overwrites ten thousand rows ten million times.
  static func overwriting(_ folder: String) async throws {
    let schema = Counters()
    func fresh() async throws -> Int {
      let path = "\(folder)/fresh"
      let replica = try await Replica.open(schema, at: path)
      for start in stride(from: 0, to: 10_000, by: 100) {
        try await replica.write { transaction in
          for key in start..<start + 100 { try transaction[schema.rows, key].increment(by: 1) }
        }
      }
      try await replica.close()
      defer { removeTree(path) }
      return try LogStore.openForReading(at: path).sizeOnDisk
    }
    let small = try await fresh()
    let path = "\(folder)/overwritten"
    let options = ReplicaOptions(durability: .survivesProcessCrash)
    let replica = try await Replica.open(schema, at: path, options: options)
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<100 {
        group.addTask {
          for round in 0..<10_000 {
            let first = (task * 100 + round * 10) % 10_000
            try await replica.write { transaction in
              for key in first..<first + 10 {
                try transaction[schema.rows, key].increment(by: 1)
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let time = ContinuousClock.now - start
    try await replica.close()
    let size = try LogStore.openForReading(at: path).sizeOnDisk
    let limit = 3 * small + options.retention.history + 16 << 20
    print(
      """
      10⁷ overwrites of 10⁴ rows: \(size >> 20) MB after \(text(time)), asked ≤ \(limit >> 20) MB; \
      a fresh store \(small >> 20) MB
      """)
    removeTree(path)
  }

  /// Reads a million stored rows of 100 bytes: in no order, one after the other, and from snapshots
  /// that are made for each.
  static func reading(_ folder: String) async throws {
    let path = "\(folder)/read"
    let store = try StoreBenchmark.newStore(path, durability: .survivesProcessCrash)
    let (count, value) = (1_000_000, [UInt8](repeating: 7, count: 100))
    for start in stride(from: 0, to: count, by: 20_000) {
      try store.store(
        CheckpointStep((start..<start + 20_000).map { .init(.rows, key: key($0), value: value) }))
    }
    let state = try store.snapshot().state
    let rates = try Measure(rounds: 3).rates([
      {
        let start = computingTime()
        var number = 1
        for _ in 0..<300_000 {
          number = number &* 48_271 % count
          guard try state.value(of: key(number), in: .rows)?.count == 100 else {
            throw Failure("no row \(number)")
          }
        }
        return (300_000, computingTime() - start)
      },
      {
        let start = computingTime()
        let reader = try state.entries(from: [], in: .rows)
        var found = 0
        while let entry = try reader.next() { found += entry.value.count / 100 }
        guard found == count else { throw Failure("\(found) rows") }
        return (found, computingTime() - start)
      },
      {
        let start = computingTime()
        for _ in 0..<100_000 { _ = try store.logSnapshot() }
        return (100_000, computingTime() - start)
      },
    ])
    row("stored rows, 100 B of 10⁶, read in no order", base: "", ours: rates[0], of: nil, asked: "")
    row("stored rows, 100 B, read in order", base: "", ours: rates[1], of: nil, asked: "")
    row("snapshots made and released", base: "", ours: rates[2], of: nil, asked: "")
    try store.close()
    removeTree(path)
  }

  private static func key(_ number: Int) -> [UInt8] {
    [1, 0] + withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) }
  }

  /// Starts this program anew.
  private static func spawn(_ arguments: [String]) throws -> pid_t {
    var words = ([CommandLine.arguments[0]] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    guard posix_spawn(&id, "/proc/self/exe", nil, nil, &words, environ) == 0 else {
      throw Failure("spawn")
    }
    return id
  }
}
