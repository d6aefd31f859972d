import Foundation
import Merganser
import MerganserLog

/// How many transactions of one row a replica commits in a second, each on disk before it returns.
struct DurableCommits {
  private let schema: Meetings
  private let replica: Replica<Meetings>
  private let count: Int
  private let path: String

  /// A replica of so many meetings, opened anew after they were stored.
  init(_ count: Int, invariants: Bool, in folder: String) async throws {
    let schema = Meetings(hasInvariants: invariants)
    (self.count, self.schema) = (count, schema)
    path = folder + (invariants ? "/ruled" : "/plain")
    var options = ReplicaOptions()
    options.durability = .survivesProcessCrash
    let filled = try await Replica.open(schema, at: path, options: options)
    Meetings.owner.withLock { $0 = filled.id }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask {
          for room in stride(from: task, to: count / 100, by: 16) {
            try await filled.write { tx in
              try tx[schema.rooms, room].create()
              try tx[schema.kinds, room].create()
              for meeting in 0..<100 {
                try tx[schema.meetings, Path(room, child: meeting)].set(Int64(meeting * 10 + 13))
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    try await filled.close()
    replica = try await Replica.open(schema, at: path)
  }

  /// The rate with so many tasks at a time.
  func rate(tasks: Int, rounds: Int, seed: UInt64) async throws -> Double {
    let id = self.replica.id
    Meetings.owner.withLock { $0 = id }
    let (schema, replica, count) = (self.schema, self.replica, self.count)
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask {
          var seed = seed &+ UInt64(task) &* 0x9E37_79B9_7F4A_7C15
          for _ in 0..<rounds {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Path(Int(seed >> 33) % (count / 100), child: Int(seed >> 20) % 100)
            try await replica.write { tx in
              try tx[schema.meetings, key].set(Int64(key.child * 10 + 14))
            }
          }
        }
      }
      try await group.waitForAll()
    }
    return Double(tasks * rounds) / ((ContinuousClock.now - start) / .seconds(1))
  }

  /// Closes the replica and removes its store.
  func remove() async throws {
    try await replica.close()
    try FileManager.default.removeItem(atPath: path)
  }
}

/// The rates without and with invariants, of several rounds in turn the median, with so many tasks.
func durableRates(
  _ count: Int, tasks: [(tasks: Int, rounds: Int)]
) async throws -> [(plain: Double, ruled: Double)] {
  let folder = NSTemporaryDirectory() + "merganser-invariants-\(UInt32.random(in: 0 ... .max))"
  let plain = try await DurableCommits(count, invariants: false, in: folder)
  let ruled = try await DurableCommits(count, invariants: true, in: folder)
  var medians: [(plain: Double, ruled: Double)] = []
  for (tasks, rounds) in tasks {
    var rates: (plain: [Double], ruled: [Double]) = ([], [])
    for round in 0..<5 {
      let seed = UInt64(1000 * tasks + round)
      rates.plain.append(try await plain.rate(tasks: tasks, rounds: rounds, seed: seed))
      rates.ruled.append(try await ruled.rate(tasks: tasks, rounds: rounds, seed: seed))
    }
    medians.append((rates.plain.sorted()[2], rates.ruled.sorted()[2]))
  }
  try await plain.remove()
  try await ruled.remove()
  try FileManager.default.removeItem(atPath: folder)
  return medians
}
