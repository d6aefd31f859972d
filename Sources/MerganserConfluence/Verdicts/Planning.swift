import MerganserDatabase

/// A plan, the remedies that it rests on, and the check of all of it together.
public struct Planning: Sendable {
  /// The plan.
  public let plan: Plan
  /// By failing invariant: its remedies, the least restrictive first.
  public let remedies: [String: [Remedy]]
  /// Where nothing was found when the whole plan was searched with its remedies.
  public let check: String
  /// What still goes wrong under the plan; what takes part in it is refused.
  public let counterexample: Counterexample?

  /// Plans a workload by its analysis.
  ///
  /// - Throws: what a condition throws.
  public init(
    _ analysis: Analysis, within budget: Budget = Budget(replicas: 3, configurations: 5000)
  ) throws {
    let workload = analysis.workload
    var remedies: [String: [Remedy]] = [:]
    var entries: [String: Plan.Entry] = [:]
    for (place, transaction) in workload.transactions.enumerated() {
      entries[transaction.name] = Plan.Entry(
        way: Self.localWay(analysis, place), invariants: [])
    }
    func cover(_ names: [String], _ way: Plan.Way, for invariant: String) {
      for name in names {
        let old = entries[name] ?? Plan.Entry(way: .local, invariants: [])
        let merged = old.invariants.isEmpty ? way : Self.stricter(old.way, way)
        entries[name] = Plan.Entry(way: merged, invariants: old.invariants + [invariant])
      }
    }
    for (invariant, verdict) in analysis.verdicts where !verdict.isConfluent {
      guard let counterexample = verdict.counterexample else {
        let undecided = workload.transactions.map(\.name).filter {
          analysis.verdict(of: $0, under: invariant)?.isConfluent != true
        }
        cover(undecided, .refused, for: invariant)
        continue
      }
      let found = try Remedy.remedies(for: counterexample, in: workload, within: budget)
      remedies[invariant] = found
      let taken = found.first { if case .declaration = $0.way { false } else { true } }
      cover(
        taken?.transactions ?? counterexample.culprits, Self.way(taken?.way), for: invariant)
    }
    var placed = workload
    for (name, entry) in entries {
      switch entry.way {
      case .ordered: placed = placed.placing([name], by: .order)
      case .owned(let argument):
        placed = placed.placing([name], by: .ownership(argument: argument))
      case .refused: placed.transactions.removeAll { $0.name == name }
      case .local, .escrow, .cascade: break
      }
    }
    let search = try PlacedSearch(placed, breaking: nil, budget)
    if let failing = search.counterexample {
      cover(failing.culprits, .refused, for: failing.violation.invariant)
    }
    self.remedies = remedies
    plan = Plan(fingerprint: workload.catalog.fingerprint, entries: entries)
    check = search.text
    counterexample = search.counterexample
  }

  private static func way(_ remedy: Remedy.Way?) -> Plan.Way {
    switch remedy {
    case .ownership(let argument): .owned(argument: argument)
    case .order: .ordered
    case .declaration, nil: .refused
    }
  }

  private static func stricter(_ one: Plan.Way, _ other: Plan.Way) -> Plan.Way {
    if one == other { return one }
    return one == .refused || other == .refused ? .refused : .ordered
  }

  /// How a transaction runs that needs no remedy: what its schema's declarations do for it.
  private static func localWay(_ analysis: Analysis, _ place: Int) -> Plan.Way {
    for rule in analysis.workload.catalog.description.rules {
      let effects = analysis.effects[place]
      if rule.kind == "Bounds",
        effects.contains(where: { rule.confluenceTables.contains($0.table) })
      {
        return .escrow
      }
      if rule.confluenceKind == "ForeignKey cascade",
        effects.contains(Effect(.delete, rule.parameters[1]))
      {
        return .cascade
      }
    }
    return .local
  }
}
