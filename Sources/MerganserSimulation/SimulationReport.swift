/// What happened in simulated runs, as numbers: what a test that passes has tried.
public struct SimulationReport: Hashable, Sendable {
  /// How many events there were.
  public internal(set) var events = 0
  /// How many steps there were, also of those by which replicas became equal: a writer's step, or bytes that came.
  public internal(set) var steps = 0
  /// How many runs there were.
  public internal(set) var runs = 0
  /// How often something happened, by its name.
  public internal(set) var counts: [String: Int] = [:]
  /// By transaction: how often it was called.
  public internal(set) var calls: [String: Int] = [:]
  /// By transaction: how often it committed, or was submitted.
  public internal(set) var commits: [String: Int] = [:]
  /// How often each fault met a replica in each phase.
  public internal(set) var faults = FaultTable()
  /// A number that is equal for runs that ended in the same states, in the same order.
  public internal(set) var digest: UInt64 = 0

  /// The report of nothing.
  public init() {}

  /// The transactions that were called and never committed: of what they would do nothing was tried.
  public var neverCommitted: [String] {
    calls.keys.filter { commits[$0] == nil }.sorted()
  }

  mutating func count(_ name: String, by amount: Int = 1) { counts[name, default: 0] += amount }

  /// Adds what happened in other runs, which came after these.
  public mutating func add(_ other: SimulationReport) {
    events += other.events
    steps += other.steps
    runs += other.runs
    counts.merge(other.counts) { $0 + $1 }
    calls.merge(other.calls) { $0 + $1 }
    commits.merge(other.commits) { $0 + $1 }
    faults.add(other.faults)
    digest = digest &* 0x9E37_79B9_7F4A_7C15 &+ other.digest
  }
}

extension SimulationReport: CustomStringConvertible {
  /// The numbers, one a line, and the table of faults by phases.
  public var description: String {
    var lines = ["\(runs) runs, \(events) events, \(steps) steps"]
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) { lines.append("\(count) \(name)") }
    if !neverCommitted.isEmpty {
      lines.append("never committed: \(neverCommitted.joined(separator: ", "))")
    }
    lines.append("how often each fault met each phase:")
    lines.append("\(faults)")
    return lines.joined(separator: "\n")
  }
}
