import Merganser
import MerganserDatabase
import MerganserLog

/// What it costs to truncate a log, and to drop what the spine has no more room for.
enum Truncation {
  /// Truncates logs of 10⁵ and of 10⁶ versions, over a spine that has room for all of their ends, or for a tenth.
  static func run(_ folder: String) throws {
    for (count, name) in [(100_000, "10⁵"), (1_000_000, "10⁶")] {
      var spine = 0
      let rates = try Measure(rounds: count > 100_000 ? 3 : 5).rates([
        {
          let found = try time(folder, count: count, limit: 10 * count)
          spine = found.spine
          return (count, found.time)
        },
        { (count, try time(folder, count: count, limit: count).time) },
      ])
      row(
        "truncation of \(name) versions, spine full, over one with room", base: text(rates[0]),
        ours: rates[1],
        of: rates[0],
        asked: "")
      let share = (Double(spine) / Double(count) * 100).rounded() / 100
      print("spine: \(share) B a version")
    }
  }

  /// How long it takes to truncate a log of as many versions, in computing, and what the spine takes then.
  private static func time(
    _ folder: String, count: Int, limit: Int
  ) throws -> (time: Duration, spine: Int) {
    let path = "\(folder)/truncated"
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    options.retention.spine = limit
    let replica = ReplicaID(high: 1, low: 1)
    let store = try LogStore.create(
      at: path,
      identity: StoreIdentity(
        replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: [])),
      options: options)
    defer { removeTree(path) }
    var source = Source()
    for _ in 0..<count / 10_000 { try store.append(source.batch(10_000)) }
    let heads = try store.snapshot().heads
    try store.store(CheckpointStep(completes: Checkpoint(heads: heads)))
    let start = computingTime()
    while try store.truncate() {}
    let time = computingTime() - start
    guard try store.snapshot().truncatedTo == heads else { throw Failure("not truncated") }
    try store.close()
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return (time, try reading.statistics().spine)
  }
}
