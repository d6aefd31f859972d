import MerganserDatabase
public import MerganserModel

/// A plan, the remedies that it rests on, and the check of all of it together.
public struct Planning: Sendable {
  /// The plan.
  public let plan: Plan
  /// By failing invariant: its remedies, the least restrictive first.
  public let remedies: [String: [Remedy]]
  /// By transaction that the plan refuses: all reasons why.
  public let refusals: [String: [Refusal]]
  /// How the whole plan was checked with its remedies.
  public let check: String
  /// What still goes wrong under the plan; what takes part in it is refused.
  public let counterexample: Counterexample?

  /// Whether a search ended because all together had done what work the budget has.
  public let hasSpentItsWork: Bool

  /// Plans a workload by its analysis, and checks the whole plan again.
  ///
  /// A transaction is let run only where every invariant is known to hold then: by theorems, by an order,
  /// or by a search that closed. It is refused where something goes wrong, and where nothing is known: also if it
  /// never committed in any search.
  ///
  /// - Parameters:
  ///   - analysis: the verdicts.
  ///   - budget: how far the searches go: those for remedies, which are many, less far.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Throws: ``ExplorationError``, if the budget makes no sense; what a condition throws; `CancellationError`, if it was
  ///   told to stop.
  public init(
    _ analysis: Analysis, within budget: Budget = .standard,
    progress: ((Progress) -> Bool)? = nil
  ) throws {
    try budget.check()
    let budget = budget.planning
    let session = SearchSession(within: budget)
    let workload = analysis.workload
    let invariants = workload.catalog.description.invariants
    var remedies: [String: [Remedy]] = [:]
    var draft = PlanDraft(analysis)
    if let obstacle = analysis.obstacle {
      draft.refuse(workload.transactions.map(\.name), because: obstacle)
      self.remedies = [:]
      plan = try draft.plan()
      refusals = draft.refusals
      check = "not at all: \(obstacle.summary)"
      hasSpentItsWork = false
      counterexample = nil
      return
    }
    // Nothing was seen of what they write, so nothing says that they keep anything.
    for name in analysis.vacuous { draft.refuse([name], because: .neverCommitted) }
    var failing: Counterexample?
    for (invariant, (name, verdict)) in zip(invariants, analysis.verdicts) {
      guard let counterexample = verdict.counterexample else { continue }
      if counterexample.steps.isEmpty {
        // What is broken before anything runs is kept by nothing that runs.
        let part = analysis.parts(of: workload).first { $0.invariants.contains(invariant) }
        draft.refuse(
          part?.workload.transactions.map(\.name) ?? [],
          because: .startBreaks(name, found: "\(counterexample.violation)"))
        failing = failing ?? counterexample
        continue
      }
      let found = try Remedy.remedies(
        for: counterexample, in: analysis, within: budget, in: session, progress: progress)
      remedies[name] = found
      let taken = found.first { remedy in
        remedy.way.isPlanned && remedy.isProved
      }
      if let taken {
        draft.cover(
          taken,
          because:
            "calls of \(counterexample.culprits.joined(separator: " and ")), run apart, break \"\(name)\""
        )
      } else {
        draft.refuse(counterexample.culprits, because: .breaks(name, history: "\(counterexample)"))
      }
    }
    // What is unknown may be kept by the order that others need, and else by one of its own.
    for (invariant, (name, verdict)) in zip(invariants, analysis.verdicts)
    where !verdict.isConfluent && verdict.counterexample == nil
      && !draft.isKeptByTheorems(invariant)
    {
      if let order = try Remedy.order(
        of: invariant, in: analysis, within: budget, in: session, progress: progress)
      {
        remedies[name] = [order]
        draft.cover(order, because: "it is not known what keeps \"\(name)\" without one order")
      } else {
        draft.refuse(
          analysis.transactions(notByTheoremUnder: invariant),
          because: .unknown(name, bound: "\(verdict)"))
      }
    }
    // The whole is checked again, with less each time, until nothing goes wrong any more.
    var open = invariants.filter { !draft.isKeptByTheorems($0) }
    var check = "by theorems"
    var ofAnyNumber: Set<String> = []
    while !open.isEmpty {
      let search = try PlacedSearch(
        analysis, placing: draft.placed(workload), breaking: open.map(\.name), budget: budget,
        in: session, progress: progress)
      check = search.text
      ofAnyNumber = search.ofAnyNumber
      if let found = search.counterexample {
        // One order may keep together what each remedy by itself does not.
        let invariant = found.violation.invariant
        let culprits = found.culprits.joined(separator: " and ")
        if draft.order(
          found.culprits,
          because:
            "under the other remedies, calls of \(culprits), run apart, still break \"\(invariant)\""
        ) {
          continue
        }
        failing = failing ?? found
        draft.refuse(found.culprits, because: .breaks(invariant, history: "\(found)"))
      } else if search.isClosed {
        break
      } else {
        // The search reached its bound: what it alone would speak for is not known.
        for invariant in open where !search.closed.contains(invariant.name) {
          let names = analysis.transactions(notByTheoremUnder: invariant).filter(draft.runs)
          if draft.order(
            analysis.transactions(writingTo: invariant).filter(draft.runs),
            because: "it is not known what keeps \"\(invariant.name)\" without one order")
          {
            break
          }
          draft.refuse(names, because: .unknown(invariant.name, bound: search.text))
        }
      }
      open = invariants.filter { !draft.isKeptByTheorems($0) }
    }
    for part in analysis.parts(of: workload) {
      let searched = part.invariants.filter(open.contains).map(\.name)
      if searched.isEmpty { continue }
      draft.rest(
        part.workload.transactions, onSearchOf: searched,
        by: ofAnyNumber.isSuperset(of: searched) ? nil : budget.replicas)
    }
    self.remedies = remedies
    plan = try draft.plan()
    refusals = draft.refusals
    self.check = check
    hasSpentItsWork = session.wasShort
    counterexample = failing
  }
}

/// A plan in the making.
private struct PlanDraft {
  private(set) var entries: [String: Plan.Entry] = [:]
  /// By transaction that does not run: why.
  private(set) var refusals: [String: [Planning.Refusal]] = [:]
  private let analysis: Analysis
  /// The transactions that were seen to read their time.
  private let timed: Set<String>

  /// The plan in which everything runs, each by what its schema's declarations do for it.
  init(_ analysis: Analysis) {
    self.analysis = analysis
    let catalog = analysis.workload.catalog
    var timed: Set<String> = []
    let touched = analysis.touched
    for exploration in analysis.explorations {
      for (place, name) in exploration.transactions.enumerated() where exploration.readTime[place] {
        timed.insert(name)
      }
    }
    self.timed = timed
    for (place, transaction) in analysis.workload.transactions.enumerated() {
      entries[transaction.name] = Plan.Entry(
        way: Self.way(analysis, at: place),
        invariants: catalog.description.invariants.filter {
          !$0.allows(analysis.effects[place], among: analysis.possible, in: catalog)
        }.map(\.name),
        writes: analysis.effects[place],
        reads: Set((touched[transaction.name] ?? []).map { catalog.tables[$0].name })
          .subtracting(analysis.effects[place].map(\.table)))
    }
  }

  /// Whether a transaction runs.
  func runs(_ name: String) -> Bool { entries[name]?.way != .refused }

  /// Has transactions run by a remedy.
  mutating func cover(_ remedy: Remedy, because reason: String) {
    let way: Plan.Way =
      if case .ownership(let argument) = remedy.way { .owned(argument: argument) } else { .ordered }
    for name in remedy.transactions {
      guard let entry = entries[name] else { continue }
      switch entry.way {
      case .local, .escrow, .cascade: entries[name]?.way = way
      case .refused: continue
      case .owned, .ordered: if entry.way != way { entries[name]?.way = .ordered }
      }
      explain(name, by: reason)
    }
  }

  /// Has transactions run in one order; false if all did so before.
  mutating func order(_ names: [String], because reason: String) -> Bool {
    let others = names.filter { runs($0) && entries[$0]?.way != .ordered }
    for name in others {
      entries[name]?.way = .ordered
      explain(name, by: reason)
    }
    return !others.isEmpty
  }

  /// Tells whoever reads the plan why a transaction runs as it does.
  private mutating func explain(_ name: String, by reason: String) {
    let known = entries[name]?.reason
    entries[name]?.reason = known.map { "\($0)\n\(reason)" } ?? reason
  }

  /// Has transactions not run.
  mutating func refuse(_ names: [String], because reason: Planning.Refusal) {
    for name in names {
      guard let entry = entries[name], refusals[name]?.contains(reason) != true else { continue }
      refusals[name, default: []].append(reason)
      if entry.way != .refused { entries[name] = Plan.Entry(way: .refused, invariants: []) }
      if let invariant = reason.invariant, entries[name]?.invariants.contains(invariant) == false {
        entries[name]?.invariants.append(invariant)
      }
      explain(name, by: reason.description)
    }
  }

  /// Has transactions rest on a search in which some invariants held.
  ///
  /// Those that read their time do not run:
  /// a search tries no times but its own.
  ///
  /// - Parameters:
  ///   - transactions: what rests on it.
  ///   - invariants: what held.
  ///   - replicas: how many replicas were searched; `nil` for what any number of them can show.
  mutating func rest(
    _ transactions: [AnyDeclaredTransaction], onSearchOf invariants: [String], by replicas: Int?
  ) {
    for transaction in transactions where runs(transaction.name) {
      if timed.contains(transaction.name) {
        for invariant in invariants { refuse([transaction.name], because: .readsTime(invariant)) }
      } else {
        entries[transaction.name]?.basis = .search(replicas: replicas)
        entries[transaction.name]?.arguments = Set(transaction.calls.map(\.arguments))
      }
    }
  }

  /// The plan, which tells what was searched where something rests on that.
  func plan() throws -> Plan {
    let workload = analysis.workload
    var plan = Plan(fingerprint: workload.catalog.fingerprint, entries: entries)
    let names = plan.searchedEntries.keys
    if names.isEmpty { return plan }
    let start = try SearchedStart(workload.catalog, start: workload.start)
    plan.searched = Plan.Searched(
      start: start.digest,
      sample: try start.sample(of: workload.transactions.filter { names.contains($0.name) }))
    return plan
  }

  /// The workload as the plan runs it.
  func placed(_ workload: Workload) -> Workload {
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
    return placed
  }

  /// Whether an invariant is known to hold without a search: every transaction that runs keeps it by a
  /// theorem, or by the order.
  func isKeptByTheorems(_ invariant: SchemaDescription.Invariant) -> Bool {
    let names = analysis.transactions(notByTheoremUnder: invariant).filter(runs)
    if names.isEmpty { return true }
    guard names.allSatisfy({ entries[$0]?.way == .ordered }) else { return false }
    let ordered = Set(entries.filter { $0.value.way == .ordered || !runs($0.key) }.keys)
    return analysis.orderKeeping(invariant, ordered: ordered) != nil
  }

  /// How a transaction runs by what is declared: the placement, or else what the invariants of its tables do.
  private static func way(_ analysis: Analysis, at place: Int) -> Plan.Way {
    let catalog = analysis.workload.catalog
    if analysis.effects[place].contains(where: { catalog.group(of: $0) != nil }) { return .ordered }
    switch analysis.workload.transactions[place].placement {
    case .ordered: return .ordered
    case .owned(let argument): return .owned(argument: argument)
    case .everywhere: break
    }
    for invariant in catalog.description.invariants {
      guard let local = invariant.traits.theory.local,
        local.writes.contains(where: {
          analysis.effects[place].contains(Effect($0, in: local.table))
        })
      else { continue }
      switch local.means {
      case .escrow: return .escrow
      case .cascade: return .cascade
      }
    }
    return .local
  }
}

extension Analysis {
  /// The transactions of which no theorem says that they keep an invariant.
  func transactions(notByTheoremUnder invariant: SchemaDescription.Invariant) -> [String] {
    workload.transactions.indices.filter {
      !invariant.allows(effects[$0], among: possible, in: workload.catalog)
    }.map { workload.transactions[$0].name }
  }
}
