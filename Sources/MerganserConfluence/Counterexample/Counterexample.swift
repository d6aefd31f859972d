public import MerganserDatabase

/// Two or more replicas that each kept every invariant, and broke one when they met.
///
/// It was seen twice: in the search, and on real databases that exchanged versions
/// (``replay()`` does that again). No step can be left out.
public struct Counterexample: Sendable {
  /// What happened at a replica, or between two.
  public enum Event: Hashable, Sendable {
    /// A call of a transaction committed.
    case call(transaction: String, text: String)
    /// The replica took in all that another one had.
    case merge(from: Int)
  }

  /// One step, and what its replica showed afterwards.
  public struct Step: Hashable, Sendable {
    /// The place of the replica at which it happened.
    public var replica: Int
    /// What happened.
    public var event: Event
    /// The rows that the replica showed then, one a line.
    public var rows: [String]
  }

  /// The workload.
  public let workload: Workload
  /// How many replicas took part.
  public let replicas: Int
  /// What stood in the database before the replicas parted.
  public let start: [String]
  /// What happened; the last step is the merge that breaks the invariant.
  public let steps: [Step]
  /// What is broken at the end.
  public let violation: InvariantViolation
  let trace: StateSpaceTrace
  let space: [StateSpace.Call]

  /// The transactions that took part, in the order of their first calls.
  public var transactions: [String] {
    var names: [String] = []
    for case .call(let name, _) in steps.map(\.event) where !names.contains(name) {
      names.append(name)
    }
    return names
  }

  /// The name of a replica in ``description``.
  public func name(ofReplica place: Int) -> String { Workload.name(ofReplica: place) }

  /// Runs the steps on databases of their own, which exchange versions as replicas do, without the
  /// protection that would refuse them; gives the violation that is seen.
  public func replay() throws -> InvariantViolation? {
    let schedule = Schedule(workload: workload, replicas: replicas, calls: space)
    return try schedule.run(trace.steps, breaking: violation.invariant)?.violation
  }

  /// Whether the violation is still seen with one step left out; it never is.
  func isViolated(without step: Int) throws -> Bool {
    let schedule = Schedule(workload: workload, replicas: replicas, calls: space)
    var steps = trace.steps
    steps.remove(at: step)
    return try schedule.run(steps, breaking: violation.invariant) != nil
  }
}

extension Counterexample: CustomStringConvertible {
  /// The start, what each replica did, the merge, and what it broke.
  public var description: String {
    var lines = [
      "\(violation.invariant)", "  is broken by " + transactions.joined(separator: ", "),
    ]
    lines.append("  start: " + Self.line(start))
    for step in steps {
      let what =
        switch step.event {
        case .call(_, let text): text
        case .merge(let other): "merges \(name(ofReplica: other))"
        }
      lines.append("  \(name(ofReplica: step.replica)): \(what) → \(Self.line(step.rows))")
    }
    lines.append("  found: \(violation)")
    return lines.joined(separator: "\n")
  }

  static func line(_ rows: [String]) -> String {
    rows.isEmpty ? "nothing" : rows.joined(separator: "; ")
  }
}
