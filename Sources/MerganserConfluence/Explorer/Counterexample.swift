public import MerganserModel
package import MerganserTypes

/// Two or more replicas that each kept every invariant, and broke one when they met.
///
/// It was seen twice: in the search, and on real databases that exchanged versions
/// (``replay(leavingOut:)`` does that again). No step can be left out.
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
  /// The calls whose order by their replicas' clocks matters: the other way round, nothing is broken.
  public let timings: [String]
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

  /// The name of a replica in ``description``; of a number that no replica has, the number.
  public func name(ofReplica place: Int) -> String { Workload.name(ofReplica: place) }

  /// Runs the steps on databases of their own, which exchange versions as replicas do, without the
  /// protection that would refuse them.
  ///
  /// - Parameter truncatedTo: a step to leave out; then no violation is seen.
  /// - Returns: the violation that is seen at the end, if one is.
  /// - Throws: what a condition throws.
  public func replay(leavingOut truncatedTo: Int? = nil) throws -> InvariantViolation? {
    let schedule = Schedule(workload: workload, replicas: replicas, calls: space)
    var trace = trace
    if let truncatedTo, trace.steps.indices.contains(truncatedTo) {
      trace.steps.remove(at: truncatedTo)
    }
    return try schedule.violation(after: trace, breaking: violation.invariant)?.named(in: workload)
  }

  /// What the clock shows while the start is written.
  package var startTime: HybridTime { trace.clocks.start }

  /// The code of the call that a step makes, and what the clock shows then; `nil` of a merge.
  package func call(
    ofStep number: Int
  ) -> (body: @Sendable (borrowing Transaction) throws -> Void, wall: HybridTime)? {
    guard case .call(let call, _, _) = trace.steps[number].move else { return nil }
    let place = space[call]
    return (
      workload.transactions[place.transaction].calls[place.call].body,
      trace.clocks.wall(at: trace.steps[number].time)
    )
  }

  /// The transactions that ran on one side of the last merge, unseen by the other: those that do not
  /// go together.
  public var culprits: [String] {
    var seen: [Set<Int>] = Array(repeating: [], count: replicas)
    var apart: Set<Int> = []
    for (number, step) in steps.enumerated() {
      switch step.event {
      case .call: seen[step.replica].insert(number)
      case .merge(let other):
        apart = seen[step.replica].symmetricDifference(seen[other])
        seen[step.replica].formUnion(seen[other])
      }
    }
    var names: [String] = []
    for number in apart.sorted() {
      if case .call(let name, _) = steps[number].event, !names.contains(name) { names.append(name) }
    }
    return names
  }
}

extension Counterexample {
  /// What breaks the invariant, with a word between transactions: these, or the start.
  func blamed(_ word: String) -> String {
    steps.isEmpty ? "the start, before anything runs" : culprits.joined(separator: word)
  }
}

extension Counterexample: CustomStringConvertible {
  /// The start, what each replica did, the merge, and what it broke.
  public var description: String {
    var lines = [
      "\(violation.invariant)",
      "  is broken by " + (steps.isEmpty ? blamed("") : transactions.joined(separator: ", ")),
    ]
    lines += history
    return lines.joined(separator: "\n")
  }

  /// The start, what each replica did, the merge, and what was found, a line each.
  var history: [String] {
    var lines: [String] = []
    lines.append("  start: " + Self.line(start))
    for step in steps {
      let what =
        switch step.event {
        case .call(_, let text): text
        case .merge(let other): "merges \(name(ofReplica: other))"
        }
      lines.append("  \(name(ofReplica: step.replica)): \(what) → \(Self.line(step.rows))")
    }
    lines += timings.map { "  by the clocks: \($0)" }
    lines.append("  found: \(violation.place): \(violation.found); needed: \(violation.needed)")
    return lines
  }

  /// What is broken at the end, and whose clocks have to be how for it.
  var caption: String {
    violation.description + timings.map { "; by the clocks, \($0)" }.joined()
  }

  static func line(_ rows: [String]) -> String {
    rows.isEmpty ? "nothing" : rows.joined(separator: "; ")
  }
}
