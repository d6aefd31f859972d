import Foundation
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A row that takes many names or intervals: what is compared of it costs no more than it has.
@Suite struct ManyNamesTests {
  struct Tags: Schema {
    let tags = Table<Int, ORSet<Int>>("tags")
    let hours = Table<Int, ORSet<Int>>("hours")

    var invariants: [any Invariant] {
      Unique("tags differ", on: tags, by: .owner(.founder)) { _, tag in tag }
      NoOverlap("hours are apart", on: hours, by: .owner(.founder)) { _, hour in
        (resource: "all", from: Int64(hour), to: Int64(hour + 1))
      }
    }
  }

  private let tags = Tags()

  /// Four times as many take about four times as long, and would take sixteen times as long if each were
  /// compared with all.
  @Test func theirCostIsInProportion() throws {
    _ = try processorTime(of: 500)
    let (few, many) = (try processorTime(of: 2000), try processorTime(of: 8000))
    #expect(many < 8 * few)
  }

  /// The nanoseconds that this thread works at a row that takes so much, stores it and changes it.
  private func processorTime(of count: Int) throws -> UInt64 {
    let start = threadTime()
    let founder = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(tags), replica: founder, founder: founder)
    let storage = MemoryStorage(checkpointInterval: 1)
    try database.recover(from: try storage.snapshot())
    // Backwards, so that the order of insertion is not that of the names.
    let written = try database.transact(wall: .zero) { tx in
      for tag in (0..<count).reversed() {
        try tx[tags.tags, 1].insert(tag)
        try tx[tags.hours, 1].insert(tag)
      }
    }
    try storage.append([try #require(written.version)])
    database.beginCheckpoint()
    while let step = try database.nextCheckpointStep() {
      storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
    for tag in count..<count + 3 {
      _ = try database.transact(wall: .zero) { tx in
        try tx[tags.tags, 1].insert(tag)
        try tx[tags.hours, 1].insert(tag)
        try tx[tags.tags, 1].remove(tag - count)
        try tx[tags.hours, 1].remove(tag - count)
      }
    }
    let time = threadTime() - start
    // What the row has is taken, and what it let go of is free.
    let taken = [0: false, 2: false, 3: true, count - 1: true, count + 2: true]
    for (tag, isTaken) in taken {
      for table in [tags.tags, tags.hours] {
        var next = database
        let take = {
          _ = try next.transact(wall: .zero) { tx in try tx[table, 2].insert(tag) }
        }
        if isTaken {
          #expect(throws: InvariantViolation.self, performing: take)
        } else {
          try take()
        }
      }
    }
    #expect(try database.snapshot.violations() == [])
    return time
  }

  private func threadTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
