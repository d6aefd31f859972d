package import MerganserConfluence
package import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport

/// A walk of some replicas of a workload, which write and merge as chance has it: on real databases, whose states have the
/// names that they have.
package struct RandomWalk {
  private let workload: Workload
  private var databases: [Database] = []
  private var logs: [[StoredVersion]] = []
  private var random: SplitMix
  private var owners: [String: Int] = [:]
  private var time: UInt64 = 1000

  package init(_ workload: Workload, replicas: Int, seed: UInt64) throws {
    self.workload = workload
    random = SplitMix(seed: seed)
    databases = Workload.replicas.prefix(replicas).map {
      Database(catalog: workload.catalog, replica: $0, founder: Workload.replicas[0])
    }
    let genesis = try databases[0].transact(
      clearance: Clearance(scope: .localOnly), wall: HybridTime(milliseconds: 1),
      body: workload.start
    ).version
    logs = Array(repeating: [genesis].compactMap { $0 }, count: replicas)
    for place in 1..<replicas { _ = try databases[place].receive(logs[place], wall: late) }
  }

  /// The place of whoever owns a value, in this walk.
  private mutating func owner(of value: String) -> Int {
    if let known = owners[value] { return known }
    let owner = Int.random(in: 0..<databases.count, using: &random)
    owners[value] = owner
    return owner
  }

  private var late: HybridTime { HybridTime(milliseconds: 1 << 40) }

  /// Makes a step, and gives the database at which it was made and the invariants that it breaks; `nil` if nothing
  /// came of it.
  package mutating func step() throws -> (state: DatabaseState, broken: [String])? {
    let place = Int.random(in: 0..<databases.count, using: &random)
    var database = databases[place]
    if Int.random(in: 0..<3, using: &random) == 0 {
      let other = Int.random(in: 0..<databases.count, using: &random)
      let count = Int.random(in: 0...logs[other].count, using: &random)
      let reception = try database.receive(Array(logs[other].prefix(count)), wall: late)
      if reception.applied.isEmpty { return nil }
      let broken = try database.snapshot.violations().map(\.invariant)
      // What is broken is not reached.
      if broken.isEmpty {
        databases[place] = database
        logs[place] += reception.applied
      }
      return (database.state, broken)
    }
    guard let transaction = workload.transactions.randomElement(using: &random),
      let call = transaction.calls.randomElement(using: &random)
    else { return nil }
    switch transaction.placement {
    case .everywhere: break
    case .ordered: if place != 0 { return nil }
    case .owned(let argument):
      if place != owner(of: call.arguments[argument]) { return nil }
    }
    // Clocks differ, and go on.
    time += UInt64.random(in: 0...2, using: &random)
    let wall = HybridTime(milliseconds: time + UInt64.random(in: 0...20, using: &random))
    guard
      let version = try? database.transact(
        clearance: workload.clearance(at: place), wall: wall, body: call.body
      ).version
    else { return nil }
    if try !database.snapshot.violations().isEmpty { return nil }
    databases[place] = database
    logs[place].append(version)
    return (database.state, [])
  }
}
