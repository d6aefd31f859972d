import MerganserModel

/// A way to run transactions that are not I-confluent, and what the check of it said.
public struct Remedy: Sendable {
  /// A way.
  public enum Way: Hashable, Sendable {
    /// Each value of an argument has an owner, at which the calls with it run.
    case ownership(argument: Int)
    /// All of the transactions run in one order.
    case order
    /// Of calls that conflict, those of the covered transactions become void, visibly, and the others stand (a no-op
    /// by policy; Borrego et al., ECOOP 2025).
    case voiding
    /// The schema says it differently.
    case declaration(String)

    /// Whether a plan can have transactions run so; the others are a program's to declare.
    var isPlanned: Bool {
      switch self {
      case .ownership, .order: true
      case .voiding, .declaration: false
      }
    }
  }

  /// The way.
  public var way: Way
  /// The transactions that it covers: all of those that fail together.
  public var transactions: [String]
  /// How the remedy was checked: the theorem by which it is one, or where nothing was found with it.
  public var check: String
  /// Whether it is known to be one, by a theorem or by a search that closed; a search that reached its
  /// bound proves nothing.
  public var isProved: Bool

  /// The remedies for what breaks an invariant, each checked again; the least restrictive first.
  ///
  /// - Throws: what a condition throws.
  static func remedies(
    for counterexample: Counterexample, in analysis: Analysis, within budget: Budget,
    in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> [Remedy] {
    let workload = analysis.workload
    guard
      let invariant = workload.catalog.description.invariants.first(where: {
        $0.name == counterexample.violation.invariant
      })
    else { return [] }
    var remedies: [Remedy] = []
    for known in invariant.traits.theory.theorems where !known.isConfluent {
      guard let remedy = known.remedy else { continue }
      remedies.append(
        Remedy(
          way: .declaration(remedy), transactions: counterexample.culprits,
          check: "by theorem: \(known.reference)", isProved: true))
    }
    let culprits = workload.transactions.filter { counterexample.culprits.contains($0.name) }
    let names = Set(culprits.map(\.name))
    let arguments = 0..<(culprits.map(\.argumentCount).min() ?? 0)
    for way in arguments.map({ Way.ownership(argument: $0) }) {
      if let found = try checked(
        way, names: names, invariant: invariant, analysis: analysis, budget: budget,
        in: session, progress: progress)
      {
        remedies.append(found)
      }
    }
    if let order = try order(
      names, invariant: invariant, analysis: analysis, budget: budget, in: session,
      progress: progress)
    {
      remedies.append(order)
    }
    remedies += try voiding(
      names, invariant: invariant, analysis: analysis, budget: budget, in: session,
      progress: progress)
    return remedies
  }

  /// One order for all that writes to an invariant's tables, of which nothing else is known; `nil` if they
  /// never commit in it.
  ///
  /// - Throws: what a condition throws.
  static func order(
    of invariant: SchemaDescription.Invariant, in analysis: Analysis, within budget: Budget,
    in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    let writing = analysis.transactions(writingTo: invariant)
    guard let why = analysis.orderKeeping(invariant, ordered: Set(writing)),
      try !isVacuous(
        writing, invariant: invariant, analysis: analysis, budget: budget, in: session,
        progress: progress)
    else { return nil }
    return Remedy(way: .order, transactions: writing, check: why, isProved: true)
  }

  /// Whether some of what is ordered commits nowhere then: that remedies nothing.
  private static func isVacuous(
    _ ordered: some Collection<String>, invariant: SchemaDescription.Invariant, analysis: Analysis,
    budget: Budget, in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> Bool {
    let names = Set(ordered)
    let placed = analysis.workload.placing(names, by: .order)
    var probing = budget.probing
    probing.replicas = 2
    let idle = try analysis.parts(of: placed).contains { part in
      guard part.invariants.contains(invariant) else { return false }
      let found = try session.explored(part.workload, within: probing, progress: progress)
      return !found.counterexamples.isEmpty || found.vacuous.contains(where: names.contains)
    }
    if !idle { return false }
    let search = try PlacedSearch(
      analysis, placing: placed, breaking: [invariant.name], budget: budget.probing, in: session,
      progress: progress)
    return search.counterexample != nil || search.vacuous.contains(where: names.contains)
  }

  /// The policies under which some of what fails together becomes void where it conflicts with the others: each
  /// transaction alone, or else all of them.
  ///
  /// The others then run as if it had never been: they read nothing that it writes, no invariant refuses them without
  /// it, so that none of them commits for its sake, and every merge of what they do keeps the invariant.
  /// What is void is found on each replica by the same rule: the calls that may become void are taken in one order
  /// behind the others, and one that would break the invariant there does nothing.
  private static func voiding(
    _ names: Set<String>, invariant: SchemaDescription.Invariant, analysis: Analysis,
    budget: Budget, in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> [Remedy] {
    let workload = analysis.workload
    let ordered = workload.transactions.map(\.name)
    var found: [Remedy] = []
    let culprits = ordered.filter(names.contains)
    for void in culprits.map({ [$0] }) + (culprits.count > 1 ? [culprits] : []) {
      if void.count > 1, !found.isEmpty { continue }
      var others = workload
      others.transactions.removeAll { void.contains($0.name) }
      let writes = Set(void.flatMap { analysis.tables(writtenBy: $0) })
      let readers = others.transactions.filter {
        !writes.isDisjoint(with: analysis.touched[$0.name] ?? [])
      }
      guard readers.isEmpty else { continue }
      guard
        let why = try keeping(
          invariant, by: others, in: analysis, within: budget, in: session, progress: progress)
      else { continue }
      found.append(Remedy(way: .voiding, transactions: void, check: why, isProved: true))
    }
    return found
  }

  /// One order: for those that fail, if that is known to be enough, or for all that write to the
  /// invariant's tables, which always is.
  private static func order(
    _ names: Set<String>, invariant: SchemaDescription.Invariant, analysis: Analysis,
    budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    if let why = analysis.orderKeeping(invariant, ordered: names) {
      return Remedy(
        way: .order,
        transactions: analysis.workload.transactions.map(\.name).filter(names.contains),
        check: why, isProved: true)
    }
    let byTheorem = try orderByTheorem(
      names, invariant: invariant, analysis: analysis, budget: budget, in: session,
      progress: progress)
    // A search may say that fewer need an order.
    let searched = try checked(
      .order, names: names, within: byTheorem.map { Set($0.transactions) }, invariant: invariant,
      analysis: analysis, budget: budget, in: session, progress: progress)
    return searched?.isProved == true ? searched : byTheorem ?? searched
  }

  /// One order for what fails and all that no theorem lets run by itself, or else for all that writes to the invariant's
  /// tables; `nil` if some of it never commits then.
  private static func orderByTheorem(
    _ names: Set<String>, invariant: SchemaDescription.Invariant, analysis: Analysis,
    budget: Budget, in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    let some = names.union(analysis.transactions(notByTheoremUnder: invariant))
    let all = names.union(analysis.transactions(writingTo: invariant))
    for ordered in some == all ? [all] : [some, all] {
      guard let why = analysis.orderKeeping(invariant, ordered: ordered),
        try !isVacuous(
          ordered, invariant: invariant, analysis: analysis, budget: budget, in: session,
          progress: progress)
      else { continue }
      return Remedy(
        way: .order,
        transactions: analysis.workload.transactions.map(\.name).filter(ordered.contains),
        check: why, isProved: true)
    }
    return nil
  }

  /// Why transactions keep an invariant whatever others do that they do not read; `nil` if that is not known.
  private static func keeping(
    _ invariant: SchemaDescription.Invariant, by others: Workload, in analysis: Analysis,
    within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> String? {
    var bounds: [String] = []
    for part in analysis.parts(of: others) where part.invariants.contains(invariant) {
      if part.workload.transactions.isEmpty { continue }
      let shown = try session.shown(by: part.workload, replicas: budget.replicas)
      if shown.timed != nil { return nil }
      if let shown = shown.result, shown.kept.contains(invariant.name), !shown.hasRefusals {
        bounds.append(shown.text)
        continue
      }
      for replicas in 2...budget.replicas {
        var budget = budget.searching(replicas, of: budget.replicas)
        budget.watched = [invariant.name]
        budget.stopsAtFirstViolation = true
        let found = try Explorer.explore(
          part.workload, within: budget, in: session, progress: progress)
        if found.ending == .cancelled { throw CancellationError() }
        guard found.ending == .closed, found.counterexamples.isEmpty, !found.hasRefusals else {
          return nil
        }
        bounds.append(found.endingText)
      }
    }
    return bounds.isEmpty
      ? "nothing else writes to its tables"
      : "the others read nothing of it, and keep the invariant without it: none found within "
        + bounds.joined(separator: ", ")
  }

  /// The remedy, widened to every transaction that fails under it, if nothing is found then.
  ///
  /// It leaves out some of `most`, unless that is `nil`.
  private static func checked(
    _ way: Way, names: Set<String>, within most: Set<String>? = nil,
    invariant: SchemaDescription.Invariant,
    analysis: Analysis,
    budget: Budget, in session: SearchSession, progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    let workload = analysis.workload
    var covered = names
    while true {
      if let most, !covered.isStrictSubset(of: most) { return nil }
      // Of what was widened, theorems may speak.
      if way == .order, let why = analysis.orderKeeping(invariant, ordered: covered) {
        return Remedy(
          way: way, transactions: workload.transactions.map(\.name).filter(covered.contains),
          check: why, isProved: true)
      }
      let search = try PlacedSearch(
        analysis, placing: workload.placing(covered, by: way), breaking: [invariant.name],
        budget: budget,
        in: session, progress: progress)
      // A way in which what it covers never commits remedies nothing.
      if search.vacuous.contains(where: covered.contains) { return nil }
      guard let failing = search.counterexample else {
        return Remedy(
          way: way, transactions: workload.transactions.map(\.name).filter(covered.contains),
          check: search.text, isProved: search.isClosed)
      }
      let more = covered.union(failing.culprits)
      if more == covered { return nil }
      covered = more
    }
  }
}

extension Analysis {
  /// The tables that a transaction was seen to write to.
  fileprivate func tables(writtenBy name: String) -> [Int] {
    workload.transactions.indices.filter { workload.transactions[$0].name == name }.flatMap {
      effects[$0].compactMap { effect in
        workload.catalog.tables.firstIndex { $0.name == effect.table }
      }
    }
  }

  /// The transactions that were seen to write to an invariant's tables, or that can take their rows.
  func transactions(writingTo invariant: SchemaDescription.Invariant) -> [String] {
    workload.transactions.indices.filter { place in
      effects[place].contains { effect in
        invariant.tables.contains(effect.table)
          || workload.catalog.invariantsBroken(byDeletingFrom: effect.table).contains(
            invariant.name)
      }
    }.map { workload.transactions[$0].name }
  }

  /// Why an invariant holds if one replica runs all calls of some transactions, where that is known
  /// without a search.
  func orderKeeping(_ invariant: SchemaDescription.Invariant, ordered: Set<String>) -> String? {
    let others = Set(transactions(writingTo: invariant)).subtracting(ordered)
    if others.isEmpty { return "all that writes to its tables runs in one order" }
    for (place, transaction) in workload.transactions.enumerated() {
      let applied = invariant.theorems(
        on: effects[place], among: possible, in: workload.catalog)
      if ordered.contains(transaction.name) {
        guard let applied, applied.allSatisfy({ $0.isConfluent || $0.isKeptByOrder }) else {
          return nil
        }
      } else if applied?.allSatisfy(\.isConfluent) != true {
        return nil
      }
    }
    return "what others write leaves the one replica more room than it sees"
  }
}

extension Remedy: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(what) (\(check))" }

  /// The way and what it covers.
  var what: String {
    let names = transactions.joined(separator: ", ")
    return switch way {
    case .ownership(let argument):
      "an owner for each value of argument \(argument + 1) of \(names)"
    case .order: "one order for \(names)"
    case .voiding:
      "no-op by policy: \(names) \(transactions.count == 1 ? "becomes" : "become") void where "
        + (transactions.count == 1 ? "it conflicts" : "they conflict")
    case .declaration(let declaration): "declare \(declaration)"
    }
  }

  /// What it costs: who may do what where.
  public var cost: String {
    switch way {
    case .ownership: "each call runs at the owner of its value alone"
    case .order: "they run at the founder or its heir alone"
    case .voiding:
      "\(transactions.count == 1 ? "it runs" : "they run") anywhere, and what ran may be taken back when replicas meet"
    case .declaration: "they run anywhere, within what that declares"
    }
  }
}
