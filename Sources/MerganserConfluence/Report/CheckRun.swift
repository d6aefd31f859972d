/// Decides workloads one after the other, and keeps what there is to show and to commit of each: what
/// `merganser check` runs, and a program of one's own for schemas of one's own.
///
/// ```swift
/// var check = CheckRun(title: "Our schemas", solver: .z3())
/// for workload in [try shop(), try warehouse()] {
///   print(try check.decide(workload).text)
/// }
/// try check.report.html.write(toFile: "report.html", atomically: true, encoding: .utf8)
/// ```
public struct CheckRun {
  /// What was decided of one workload.
  public struct Decision: Sendable {
    /// The verdicts.
    public let analysis: Analysis
    /// The plan and its remedies.
    public let planning: Planning
    /// All of it as text.
    public let text: String

    /// The verdict on all invariants together, in a word or two.
    public var verdict: String {
      let all = analysis.verdicts.map(\.verdict)
      if all.contains(where: { $0.counterexample != nil }) { return "not confluent" }
      return all.allSatisfy(\.isConfluent) ? "confluent" : "unknown"
    }
  }

  /// How far each search goes.
  public var budget: Budget
  /// The page of all that was decided so far.
  public private(set) var report: Report
  /// What was decided so far.
  public private(set) var decisions: [Decision] = []
  private let solver: Solver?

  /// A run that has decided nothing yet.
  public init(
    title: String, within budget: Budget = .standard,
    solver: Solver? = nil
  ) {
    self.budget = budget
    self.solver = solver
    report = Report(title: title)
  }

  /// Whether every invariant of every workload holds under its plan.
  public var isSound: Bool {
    decisions.allSatisfy { decision in
      decision.planning.counterexample == nil
        && !decision.planning.plan.entries.values.contains { $0.way == .refused }
    }
  }

  /// Decides one workload, plans it, and adds it to the report.
  ///
  /// - Parameters:
  ///   - workload: what is to be decided.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Returns: what was decided.
  /// - Throws: what a start throws, or a condition; `CancellationError`, if it was told to stop.
  @discardableResult
  public mutating func decide(
    _ workload: Workload, progress: ((Progress) -> Bool)? = nil
  ) throws -> Decision {
    let analysis = try Analysis(workload, within: budget, solver: solver, progress: progress)
    var less = budget
    less.configurations = min(budget.configurations, 30_000)
    let planning = try Planning(analysis, within: less, progress: progress)
    let decision = Decision(
      analysis: analysis, planning: planning, text: Self.text(analysis, planning))
    report.add(analysis, planning)
    decisions.append(decision)
    return decision
  }

  private static func text(_ analysis: Analysis, _ planning: Planning) -> String {
    var lines = [analysis.workload.name]
    for (invariant, verdict) in analysis.verdicts {
      lines.append("  \(invariant): \(verdict)")
      for remedy in planning.remedies[invariant] ?? [] { lines.append("    remedy: \(remedy)") }
    }
    for counterexample in analysis.counterexamples {
      for line in counterexample.description.split(separator: "\n") { lines.append("    \(line)") }
    }
    for name in analysis.vacuous {
      lines.append("  \(name) never committed: nothing is said of it")
    }
    for transaction in analysis.workload.transactions {
      guard let entry = planning.plan.entries[transaction.name] else { continue }
      lines.append("  \(transaction.name) runs: \(entry.way)")
    }
    lines.append("  the plan, checked again: \(planning.check)")
    if let without = analysis.without { lines.append("  \(without)") }
    return lines.joined(separator: "\n")
  }
}
