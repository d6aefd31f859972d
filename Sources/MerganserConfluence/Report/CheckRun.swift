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
    /// All of it as lines of at most 80 columns; a source that was cited before is there by number.
    public let text: String

    /// The verdict on all invariants together, in a word or two.
    public var verdict: String {
      let all = analysis.verdicts.map(\.verdict)
      if all.contains(where: { $0.counterexample != nil }) { return "not confluent" }
      return all.allSatisfy(\.isConfluent) ? "confluent" : "unknown"
    }

    /// How many transactions run in which way, as `2 local, 1 ordered`.
    public var ways: String {
      var counts: [(kind: String, count: Int)] = []
      for transaction in analysis.workload.transactions {
        guard let kind = planning.plan.entries[transaction.name]?.way.kind else { continue }
        if let place = counts.firstIndex(where: { $0.kind == kind }) {
          counts[place].count += 1
        } else {
          counts.append((kind, 1))
        }
      }
      return counts.map { "\($0.count) \($0.kind)" }.joined(separator: ", ")
    }
  }

  /// How far each search goes.
  public var budget: Budget
  /// The page of all that was decided so far.
  public private(set) var report: Report
  /// What was decided so far.
  public private(set) var decisions: [Decision] = []
  /// The workloads of which no decision was made, each with the reason: a budget that makes no sense, or what a condition
  /// threw in the end.
  public private(set) var failures: [(workload: String, reason: String)] = []
  private let solver: Solver?
  private var citations = Citations()

  /// A run that has decided nothing yet.
  ///
  /// - Parameters:
  ///   - title: the page's.
  ///   - origin: what made the page and when, for its foot.
  ///   - budget: how far each search goes.
  ///   - solver: what proves; nothing to do without.
  public init(
    title: String, origin: String? = nil, within budget: Budget = .standard,
    solver: Solver? = nil
  ) {
    self.budget = budget
    self.solver = solver
    report = Report(title: title, origin: origin)
  }

  /// Whether every invariant of every workload holds under its plan.
  public var isSound: Bool {
    failures.isEmpty
      && decisions.allSatisfy { decision in
        decision.analysis.obstacle == nil && decision.planning.counterexample == nil
          && !decision.planning.plan.entries.values.contains { $0.way == .refused }
      }
  }

  /// Decides one workload, plans it, and adds it to the report.
  ///
  /// Of one whose start breaks an invariant, or that cannot be searched for another reason, the decision is that the plan
  /// refuses its transactions for that reason.
  ///
  /// - Parameters:
  ///   - workload: what is to be decided.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Returns: what was decided.
  /// - Throws: ``ExplorationError``, if the budget makes no sense; what a condition throws in the end;
  ///   `CancellationError`, if it was told to stop.
  @discardableResult
  public mutating func decide(
    _ workload: Workload, progress: ((Progress) -> Bool)? = nil
  ) throws -> Decision {
    do {
      return try decided(workload, progress: progress)
    } catch {
      if !(error is CancellationError) {
        failures.append((workload.name, "\(error)"))
        report.add(workload.name, undecidedBecause: "\(error)")
      }
      throw error
    }
  }

  private mutating func decided(
    _ workload: Workload, progress: ((Progress) -> Bool)?
  ) throws -> Decision {
    let analysis = try Analysis(workload, within: budget, solver: solver, progress: progress)
    let planning = try Planning(analysis, within: budget, progress: progress)
    var hints: [String: [String]] = [:]
    for (invariant, verdict) in analysis.verdicts {
      guard case .unknown = verdict, analysis.obstacle == nil else { continue }
      hints[invariant] = try analysis.hints(for: invariant, within: budget)
    }
    let text = DecisionText(analysis: analysis, planning: planning, hints: hints)
      .text(citing: &citations)
    let decision = Decision(analysis: analysis, planning: planning, text: text)
    report.add(analysis, planning: planning, hints: hints)
    decisions.append(decision)
    return decision
  }
}
