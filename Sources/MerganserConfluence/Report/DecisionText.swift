import MerganserModel

/// What was decided of a workload, as lines for a terminal.
struct DecisionText {
  let analysis: Analysis
  let planning: Planning
  /// By invariant of which nothing is known: what would decide it.
  let hints: [String: [String]]

  /// The lines, of at most 80 columns.
  ///
  /// First the way in which each transaction runs, then of each invariant whether it holds and why, what
  /// breaks it and what helps. Sources that were not cited before are named at the end.
  func text(citing citations: inout Citations) -> String {
    let known = citations.sources.count
    var lines = [analysis.workload.name] + ways
    lines.append("  The plan was checked again with its remedies: \(planning.check).")
    for (invariant, verdict) in analysis.verdicts {
      lines += ["", "  \(invariant): \(verdict.text(citing: &citations))"]
      for hint in hints[invariant] ?? [] { lines.append("    tried: \(hint)") }
      if hints[invariant]?.isEmpty == true { lines.append("    \(Self.generalHint)") }
      for remedy in planning.remedies[invariant] ?? [] {
        lines.append("    what helps: \(remedy.text(citing: &citations)); \(remedy.cost)")
      }
      for counterexample in analysis.counterexamples
      where counterexample.violation.invariant == invariant {
        let names = counterexample.transactions.joined(separator: ", ")
        lines.append(
          "    what goes wrong "
            + (names.isEmpty ? "at the start, before anything runs:" : "by \(names):"))
        lines += counterexample.history.map { "    \($0)" }
      }
    }
    lines.append("")
    for transaction in analysis.workload.transactions {
      for refusal in planning.refusals[transaction.name] ?? [] {
        lines.append(
          "  \(transaction.name) is refused: \(refusal.summary). To do: \(refusal.advice).")
      }
    }
    if analysis.hasSpentItsWork || planning.hasSpentItsWork { lines.append("  \(Self.spentText)") }
    if let without = analysis.without { lines.append("  \(without)") }
    for (place, source) in citations.sources.enumerated().dropFirst(known) {
      lines.append("  [\(place + 1)] \(source)")
    }
    return lines.map(\.escaped).joined(separator: "\n").folded(to: 80)
  }

  /// That searches ended because there was no work left for them.
  static let spentText =
    "searches ended early, for an analysis may do no more work than its budget says; what is unknown may be decided with a "
    + "larger one"

  /// What helps where nothing that was tried does.
  static let generalHint =
    "to decide it: fewer arguments, rows there at the start, fewer tables that one invariant ties together"

  /// A line for each transaction.
  private var ways: [String] {
    let transactions = analysis.workload.transactions
    let width = min(transactions.map(\.name.count).max() ?? 0, 30)
    return transactions.compactMap { transaction in
      guard let entry = planning.plan.entries[transaction.name] else { return nil }
      let room = String(repeating: " ", count: max(0, width - transaction.name.count))
      let kept = planning.invariants(keptBy: transaction.name)
      let purpose = entry.way == .refused ? ", since it can break: " : ", to keep: "
      return "  \(transaction.name)\(room)  \(entry.way)"
        + (kept.isEmpty ? "" : purpose + kept.joined(separator: "; "))
    }
  }
}

extension Planning {
  /// The invariants for which a transaction runs as it does: those of its entry in the plan, and those that
  /// others break, and that a remedy keeps which covers it, too; of a refused one those that it can break.
  func invariants(keptBy transaction: String) -> [String] {
    guard let entry = plan.entries[transaction] else { return [] }
    guard entry.way == .ordered || entry.way.kind == "owned" else { return entry.invariants }
    let covered = remedies.filter { _, remedies in
      remedies.contains { remedy in
        remedy.way.isPlanned && remedy.isProved && remedy.transactions.contains(transaction)
      }
    }.keys
    return entry.invariants + covered.filter { !entry.invariants.contains($0) }.sorted()
  }
}

extension Plan.Way {
  /// What the way means, for whoever meets it first.
  package var meaning: String {
    switch self {
    case .local: "at any replica, without asking anyone; of what has owners, each its own"
    case .escrow: "at any replica, within the rights that it holds"
    case .cascade: "at any replica; what refers to a deleted row goes with it"
    case .owned: "at the replica that owns the value of that argument"
    case .ordered: "at one replica, in one order with the others that are ordered"
    case .refused: "not at all: nothing is known that makes it safe"
    }
  }

  /// The way without its argument.
  package var kind: String {
    if case .owned = self { return "owned" }
    return description
  }
}
