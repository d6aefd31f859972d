/// What an attack did.
public struct AttackSummary: Hashable, Sendable {
  /// How many steps were made.
  public internal(set) var steps = 0
  /// How many databases there were.
  public internal(set) var databases = 0
  /// How many syncs there were.
  public internal(set) var syncs = 0
  /// By transaction of the plan: how often it committed as the plan has it; 0 for one that never did.
  public internal(set) var commits: [String: Int] = [:]
  /// How much committed beside: other arguments, other code, and writes outside of the plan.
  public internal(set) var commitsBeside = 0
  /// By the error's name, such as `PlanError.noSeat`: how often something was refused.
  public internal(set) var refusals: [String: Int] = [:]

  /// What an attack did that has not begun.
  public init() {}

  init(expecting names: [String]) {
    for name in names { commits[name] = 0 }
  }

  /// Counts what another attack did, too.
  public mutating func add(_ other: AttackSummary) {
    steps += other.steps
    databases += other.databases
    syncs += other.syncs
    commitsBeside += other.commitsBeside
    commits.merge(other.commits) { $0 + $1 }
    refusals.merge(other.refusals) { $0 + $1 }
  }
}

extension AttackSummary: CustomStringConvertible {
  /// The counts, a line each.
  public var description: String {
    var lines = [
      "\(steps) steps in \(databases) databases, \(syncs) syncs, \(commitsBeside) commits beside the plan"
    ]
    for (name, count) in commits.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name): \(count) commits")
    }
    for (name, count) in refusals.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name): \(count) refusals")
    }
    return lines.joined(separator: "\n")
  }
}
