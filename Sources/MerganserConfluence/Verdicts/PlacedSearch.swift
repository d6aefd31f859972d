import MerganserDatabase

/// Searches of two and more replicas for what breaks one invariant, or any, when transactions run where
/// they are placed.
struct PlacedSearch {
  private(set) var counterexample: Counterexample?
  private(set) var vacuous: [String] = []
  /// Whether all that can happen was searched, and nothing found.
  private(set) var isClosed = true
  /// Where nothing was found.
  private(set) var text = ""
  /// The invariants in whose parts all that can happen was searched.
  private(set) var closed: Set<String> = []
  /// The invariants that hold whatever the number of replicas.
  private(set) var ofAnyNumber: Set<String> = []

  /// Searches each part by itself.
  ///
  /// Parts that have none of the invariants are left out; those in which all runs where the analysis had
  /// it run were searched by that.
  init(
    _ analysis: Analysis, placing placed: Workload, breaking invariants: [String], budget: Budget,
    in session: SearchSession, progress: ((Progress) -> Bool)? = nil
  ) throws {
    var bounds: [String] = []
    for part in analysis.parts(of: placed) {
      let watched = part.invariants.map(\.name).filter(invariants.contains)
      guard !watched.isEmpty, counterexample == nil else { continue }
      var budget = budget
      budget.stopsAtFirstViolation = true
      budget.watched = Set(invariants)
      func search(_ replicas: Int, within budget: Budget) throws -> Exploration {
        var budget = budget
        budget.replicas = replicas
        let found =
          try analysis.exploration(of: part.workload, within: budget)
          ?? session.explored(part.workload, within: budget, progress: progress)
        if found.ending == .cancelled { throw CancellationError() }
        return found
      }
      // What many replicas can show decides most, and a look at two whether anything happens at all.
      let first = try search(2, within: budget.probing)
      counterexample = first.counterexamples.first
      if counterexample != nil {
        bounds.append(first.endingText)
        continue
      }
      let ending =
        try analysis.shown(by: part.workload)
        ?? session.shown(by: part.workload, replicas: budget.replicas)
      let shown = ending.result
      vacuous += first.vacuous.filter { shown?.vacuous.contains($0) ?? true }
      if let shown, shown.kept.isSuperset(of: watched) {
        bounds.append(shown.text)
        closed.formUnion(watched)
        if shown.replicas == nil { ofAnyNumber.formUnion(watched) }
        continue
      }
      if first.ending != .closed || budget.replicas > 2,
        let walked = try session.walked(part.workload, within: budget)
      {
        counterexample = walked.counterexamples.first
        bounds.append(walked.endingText)
        continue
      }
      var isPartClosed = ending.timed == nil
      if let name = ending.timed { bounds.append(Analysis.text(ofTimesIn: name)) }
      for replicas in 2...budget.replicas where counterexample == nil {
        let isEnough = replicas == 2 && budget.replicas > 2 && first.ending == .closed
        let found =
          isEnough
          ? first : try search(replicas, within: budget.searching(replicas, of: budget.replicas))
        counterexample = found.counterexamples.first
        if found.ending != .closed { isPartClosed = false }
        bounds.append(found.endingText)
      }
      if isPartClosed { closed.formUnion(watched) } else { isClosed = false }
    }
    text = "none found within " + bounds.joined(separator: ", ")
  }
}

extension Workload {
  /// The workload with some transactions run by a remedy.
  func placing(_ names: Set<String>, by way: Remedy.Way) -> Workload {
    var copy = self
    copy.transactions = transactions.map { transaction in
      guard names.contains(transaction.name) else { return transaction }
      switch way {
      case .order: return transaction.placed(.ordered)
      case .ownership(let argument): return transaction.placed(.owned(byArgument: argument))
      case .voiding, .declaration: return transaction
      }
    }
    return copy
  }
}
