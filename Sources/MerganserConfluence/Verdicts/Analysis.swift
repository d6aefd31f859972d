import MerganserDatabase
public import MerganserModel
import MerganserTypes

/// The verdicts on a workload: of every invariant, and of every transaction under it.
public struct Analysis: Sendable {
  /// What was asked.
  public let workload: Workload
  /// The searches that were made, part by part, of few replicas first.
  public var explorations: [Exploration] { parts.flatMap(\.explorations) }
  /// By invariant, in the order of the schema: whether all transactions together keep it.
  public private(set) var verdicts: [(invariant: String, verdict: Verdict)]
  /// What each transaction was seen to write, in the order of the workload.
  public let effects: [Set<Effect>]
  /// What the transactions may do to tables: what they were seen to, or anything, if one of them never committed.
  let possible: Set<Effect>
  /// Every violation that was found.
  public let counterexamples: [Counterexample]
  /// What it was done without, for instance a solver; `nil` if nothing was missing.
  public let without: String?
  /// Why nothing was searched, so that a plan refuses every transaction: of the start, or of conditions; `nil` if
  /// searches were made.
  public let obstacle: Planning.Refusal?
  /// Whether a search ended because all together had done what work the budget has.
  public let hasSpentItsWork: Bool
  /// What has no table in common with the rest, and was searched by itself.
  private let parts: [SearchedPart]

  /// Decides a workload: by theorems, by proof, and by searches of two and of three replicas.
  ///
  /// What has no table in common is searched apart. Where theorems decide a part, its searches end early.
  ///
  /// - Parameters:
  ///   - workload: what is to be decided.
  ///   - budget: how far each search may go; its replicas are the most that are tried.
  ///   - solver: what proves; nothing to do without.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Throws: ``ExplorationError``, if the budget makes no sense; `CancellationError`, if it was told to stop. What a
  ///   start or a condition throws is an ``obstacle``.
  public init(
    _ workload: Workload, within budget: Budget = .standard, solver: Solver? = nil,
    progress: ((Progress) -> Bool)? = nil
  ) throws {
    try budget.check()
    let session = SearchSession(within: budget)
    var workload = workload
    var obstacle = workload.obstacleAtTheStart
    var parts: [SearchedPart] = []
    if obstacle == nil {
      do {
        let (named, tables) = try SearchedPart.tables(usedBy: workload, among: budget.replicas)
        workload = named
        parts = try SearchedPart.search(
          workload, using: tables, within: budget, in: session, progress: progress)
      } catch let error as CancellationError {
        throw error
      } catch {
        obstacle = .notSearched("\(error)")
      }
    }
    self.workload = workload
    self.obstacle = obstacle
    self.parts = parts
    hasSpentItsWork = session.wasShort
    var effects: [Set<Effect>] = workload.transactions.map { _ in [] }
    for part in parts {
      for some in part.explorations.map(\.effects) + [part.shown?.effects].compactMap({ $0 }) {
        for (place, some) in zip(part.part.places, some) { effects[place].formUnion(some) }
      }
    }
    self.effects = effects
    let counterexamples = Self.different(
      parts.flatMap { $0.explorations.flatMap(\.counterexamples) })
    self.counterexamples = counterexamples
    without = solver == nil ? "no solver: nothing was proved beyond the theorems" : nil
    if let obstacle {
      possible = workload.catalog.everyEffect
      verdicts = workload.catalog.description.invariants.map {
        ($0.name, .unknown(bound: "no state: \(obstacle.summary)"))
      }
      return
    }
    let written = effects.reduce(into: Set()) { $0.formUnion($1) }
    let idle = Self.vacuous(in: parts)
    let possible = idle.isEmpty ? written : workload.catalog.everyEffect
    self.possible = possible
    verdicts = workload.catalog.description.invariants.map { invariant in
      let found = counterexamples.first { $0.violation.invariant == invariant.name }
      return (
        invariant.name,
        Self.verdict(
          on: invariant, in: workload.catalog, writing: written, among: possible,
          searched: parts.first { $0.part.invariants.contains(invariant) }, counterexample: found,
          solver: solver)
      )
    }
    // What is declared to run in one order, and only there, keeps what an order keeps.
    let ordered = Set(workload.transactions.filter { $0.placement == .ordered }.map(\.name))
    for (place, invariant) in workload.catalog.description.invariants.enumerated() {
      guard case .unknown = verdicts[place].verdict,
        let why = orderKeeping(invariant, ordered: ordered)
      else { continue }
      verdicts[place].verdict = .confluent([.theorem([why])])
    }
  }

  /// By transaction: the numbers of the tables that it was seen to use.
  var touched: [String: Set<Int>] {
    var touched: [String: Set<Int>] = [:]
    for part in parts {
      for some in part.explorations.map(\.touched) + [part.shown?.touched].compactMap({ $0 }) {
        for (place, tables) in zip(part.part.places, some) {
          touched[workload.transactions[place].name, default: []].formUnion(tables)
        }
      }
    }
    return touched
  }

  /// The parts of the workload as another one has its transactions.
  func parts(of other: Workload) -> [WorkloadPart] {
    parts.map { searched in
      let names = searched.part.workload.transactions.map(\.name)
      return WorkloadPart(
        of: other,
        places: other.transactions.indices.filter { names.contains(other.transactions[$0].name) },
        invariants: searched.part.invariants)
    }
  }

  /// The search of a part with its transactions where they are here, if it was made and found nothing.
  func exploration(of placed: Workload, within budget: Budget) -> Exploration? {
    searched(as: placed)?.explorations.last {
      $0.replicas == budget.replicas && $0.relays == budget.relays && $0.isProof
    }
  }

  /// What the replicas of a part can show with its transactions where they are here, if that was searched.
  func shown(by placed: Workload) -> ShownSearch.Ending? { searched(as: placed)?.ending }

  /// The part that has its transactions where they are here.
  private func searched(as placed: Workload) -> SearchedPart? {
    parts.first {
      $0.part.workload.considered == placed.considered
        && $0.part.workload.transactions.map(\.name) == placed.transactions.map(\.name)
        && $0.part.workload.transactions.map(\.placement) == placed.transactions.map(\.placement)
    }
  }

  /// Transactions that never committed in any search, of which the verdicts say nothing.
  public var vacuous: [String] {
    let names = Self.vacuous(in: parts)
    return workload.transactions.map(\.name).filter(names.contains)
  }

  private static func vacuous(in parts: [SearchedPart]) -> Set<String> {
    parts.reduce(into: []) { names, part in
      let each = part.explorations.map { Set($0.vacuous) } + [part.shown?.vacuous].compactMap { $0 }
      names.formUnion(each.dropFirst().reduce(each.first ?? []) { $0.intersection($1) })
    }
  }

  /// Whether it is known of every invariant that nothing can go wrong.
  public var isConfluent: Bool { verdicts.allSatisfy { $0.verdict.isConfluent } }

  /// Whether one transaction may run without coordination under one invariant.
  ///
  /// It may not if it ran on one side of a merge that broke the invariant, unseen by the other. Where
  /// others break the invariant, only a theorem says that it may: not all that goes wrong was looked at.
  public func verdict(of transaction: String, under name: String) -> Verdict? {
    guard let place = workload.transactions.firstIndex(where: { $0.name == transaction }),
      let invariant = workload.catalog.description.invariants.first(where: { $0.name == name })
    else { return nil }
    let breaking = counterexamples.filter { $0.violation.invariant == name }
    let searched = parts.first { $0.part.invariants.contains(invariant) }
    return Self.verdict(
      on: invariant, in: workload.catalog, writing: effects[place], among: possible,
      searched: breaking.isEmpty ? searched : nil,
      counterexample: breaking.first { $0.culprits.contains(transaction) }, solver: nil)
  }

  /// The counterexamples that there cannot be by the theorems: of these one is wrong, or the search.
  ///
  /// A counterexample outweighs a theorem, so without this a wrong theorem would be seen by nobody.
  package var contradictions: [Counterexample] {
    counterexamples.filter { found in
      let written = zip(workload.transactions, effects).reduce(into: Set<Effect>()) {
        if found.culprits.contains($1.0.name) { $0.formUnion($1.1) }
      }
      let broken = workload.catalog.description.invariants.first {
        $0.name == found.violation.invariant
      }
      return broken?.allows(written, among: possible, in: workload.catalog) ?? false
        || parts.contains { $0.shown?.kept.contains(found.violation.invariant) ?? false }
    }
  }

  /// The counterexamples that blame somebody whom none before blames for the same.
  private static func different(_ all: [Counterexample]) -> [Counterexample] {
    var blamed: [String: Set<String>] = [:]
    return all.filter { one in
      let known = blamed[one.violation.invariant]
      blamed[one.violation.invariant, default: []].formUnion(one.culprits)
      return known.map { !$0.isSuperset(of: one.culprits) } ?? true
    }
  }

  private static func verdict(
    on invariant: SchemaDescription.Invariant, in catalog: Catalog, writing effects: Set<Effect>,
    among all: Set<Effect>, searched: SearchedPart?, counterexample: Counterexample?,
    solver: Solver?
  ) -> Verdict {
    let explorations = searched?.explorations ?? []
    if let counterexample { return .notConfluent(counterexample) }
    var grounds: [Verdict.Ground] = []
    if let applied = invariant.theorems(on: effects, among: all, in: catalog),
      applied.allSatisfy(\.isConfluent)
    {
      grounds.append(applied.isEmpty ? .untouched : .theorem(applied.references))
    }
    if let proof = solver?.proof(of: invariant, writing: effects) { grounds.append(.proof(proof)) }
    if let shown = searched?.shown, shown.kept.contains(invariant.name) {
      grounds.append(.shown(states: shown.states, replicas: shown.replicas))
    }
    if let most = explorations.last, searched?.computesWithTimes == nil,
      explorations.allSatisfy({ $0.ending == .closed })
    {
      grounds.append(.closedSearch(replicas: most.replicas))
    }
    if !grounds.isEmpty { return .confluent(grounds) }
    if explorations.isEmpty { return .unknown(bound: "the histories in which others break it") }
    let times = searched?.computesWithTimes.map { [text(ofTimesIn: $0)] } ?? []
    return .unknown(bound: (explorations.map(\.endingText) + times).joined(separator: ", "))
  }

  /// That a search has not tried all times.
  static func text(ofTimesIn name: String) -> String {
    "the few times and numbers that a search tries, since \(name) computes with those of what it "
      + "reads"
  }
}

/// A part of a workload, and the searches of it.
private struct SearchedPart: Sendable {
  var part: WorkloadPart
  var explorations: [Exploration] = []
  /// How a search over what replicas show ended, if there was one.
  var ending: ShownSearch.Ending?
  /// What it found.
  var shown: ShownSearch.Result? { ending?.result }
  /// What computes with the times of what it reads, of which a search tries few; `nil` if nothing was seen to.
  var computesWithTimes: String? { ending?.timed }

  /// The tables that each transaction of a workload was seen to use at first, and the workload with those among the names
  /// of its replicas that alone may write something, as far as there is room.
  static func tables(
    usedBy workload: Workload, among replicas: Int
  ) throws -> (Workload, [Set<Int>]) {
    var every = workload
    every.considered = []
    var owners: Set<ReplicaID> = []
    while true {
      let found = try Explorer.explore(every, within: Budget(replicas: 2, configurations: 200))
      let more = owners.union(found.strangers)
      if more == owners || owners.count >= replicas - 1 {
        every.considered = workload.considered
        return (every, found.touched)
      }
      owners = more
      every = every.naming(owners)
    }
  }

  /// Searches the parts of a workload, each by itself.
  ///
  /// What tables a transaction uses is seen while it runs. Where a search sees that it uses one of
  /// another part, these parts are one, and searched again.
  static func search(
    _ workload: Workload, using seen: [Set<Int>], within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> [SearchedPart] {
    var tables = seen
    var known: [[Int]: SearchedPart] = [:]
    while true {
      let parts = WorkloadPart.parts(of: workload, using: tables)
      var isStable = true
      for part in parts where known[part.places] == nil || part.places.isEmpty {
        let searched = try search(part, within: budget, in: session, progress: progress)
        known[part.places] = searched
        for some in searched.explorations.map(\.touched)
          + [searched.shown?.touched].compactMap({ $0 })
        {
          for (place, some) in zip(part.places, some)
          where !some.isSubset(of: tables[place]) {
            tables[place].formUnion(some)
            isStable = false
          }
        }
      }
      if isStable {
        return parts.map { part in
          var searched = known[part.places] ?? SearchedPart(part: part)
          searched.part = part
          return searched
        }
      }
    }
  }

  private static func search(
    _ part: WorkloadPart, within budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> SearchedPart {
    var searched = SearchedPart(part: part)
    var budget = budget
    budget.stopsAtFirstViolation = false
    let most = budget.replicas
    budget.replicas = 2
    let first = try explore(
      part.workload, budget: budget.probing, in: session, progress: progress)
    if !searched.isDecided(by: first) {
      searched.ending = try session.shown(by: part.workload, replicas: most)
    }
    if first.ending == .closed || searched.isDecided(by: first) {
      searched.explorations.append(first)
      if searched.isDecided(by: first) { return searched }
    }
    // What takes many moves is met on walks, where it is, long before a search comes to it.
    if let walked = try Explorer.walk(
      part.workload, within: budget.searching(most, of: most), in: session)
    {
      searched.explorations.append(walked)
      if searched.isDecided(by: walked) { return searched }
    }
    var searches = (2...most).filter { $0 > 2 || first.ending != .closed }.map {
      budget.searching($0, of: max(most, 3))
    }
    // What comes late is looked at last, in more configurations.
    if most == 2 { searches.append(budget.searching(2, of: 2)) }
    for search in searches {
      let found = try explore(part.workload, budget: search, in: session, progress: progress)
      searched.explorations.append(found)
      if searched.isDecided(by: found) { break }
    }
    return searched
  }

  /// Whether no more replicas need be tried: each invariant was seen to break, or theorems say of all that
  /// was seen to be written that it is I-confluent.
  private func isDecided(by found: Exploration) -> Bool {
    // What has not committed yet may write more than was seen.
    if shown == nil, found.ending != .closed, !found.vacuous.isEmpty { return false }
    let written = (found.effects + (shown?.effects ?? [])).reduce(into: Set()) { $0.formUnion($1) }
    let broken = Set(found.counterexamples.map(\.violation.invariant))
    let possible = found.vacuous.isEmpty ? written : part.workload.catalog.everyEffect
    return part.invariants.allSatisfy {
      broken.contains($0.name) || shown?.kept.contains($0.name) ?? false
        || $0.allows(written, among: possible, in: part.workload.catalog)
    }
  }

  private static func explore(
    _ workload: Workload, budget: Budget, in session: SearchSession,
    progress: ((Progress) -> Bool)?
  ) throws -> Exploration {
    let found = try Explorer.explore(workload, within: budget, in: session, progress: progress)
    if found.ending == .cancelled { throw CancellationError() }
    return found
  }
}

extension Exploration {
  /// How the search ended, in a few words.
  public var endingText: String {
    switch ending {
    case .closed: "all \(configurations) configurations of \(replicas) replicas"
    case .refuted:
      "\(configurations) configurations of \(replicas) replicas, behind which others break"
    case .bounded(let bound): "\(bound) of \(replicas) replicas"
    case .cancelled: "\(configurations) configurations of \(replicas) replicas, then stopped"
    }
  }
}
