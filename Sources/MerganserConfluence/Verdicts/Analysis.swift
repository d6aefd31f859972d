import MerganserDatabase

/// The verdicts on a workload: of every invariant, and of every transaction under it.
public struct Analysis: Sendable {
  /// What was asked.
  public let workload: Workload
  /// The searches that were made, of few replicas first.
  public let explorations: [Exploration]
  /// By invariant, in the order of the schema: whether all transactions together keep it.
  public let verdicts: [(invariant: String, verdict: Verdict)]
  /// What each transaction was seen to write, in the order of the workload.
  public let effects: [Set<Effect>]
  /// Every violation that was found.
  public let counterexamples: [Counterexample]
  /// What it was done without, for instance a solver; nothing if nothing was missing.
  public let without: String?
  private let rules: [SchemaDescription.Rule]

  /// Decides a workload: by the rules, by proof, and by searches of two and of three replicas.
  ///
  /// - Parameters:
  ///   - workload: what is to be decided.
  ///   - budget: how far each search may go; its replicas are the most that are tried.
  ///   - solver: what proves; nothing to do without.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Throws: what the start throws, or a condition.
  public init(
    _ workload: Workload, within budget: Budget = Budget(replicas: 3, configurations: 10_000),
    solver: Solver? = nil, progress: ((Progress) -> Bool)? = nil
  ) throws {
    self.workload = workload
    rules = workload.catalog.description.rules
    var explorations: [Exploration] = []
    for replicas in 2...budget.replicas {
      var budget = budget
      budget.replicas = replicas
      budget.stopsAtFirstViolation = false
      explorations.append(try Explorer.explore(workload, within: budget, progress: progress))
    }
    self.explorations = explorations
    var effects: [Set<Effect>] = workload.transactions.map { _ in [] }
    for exploration in explorations {
      for (place, some) in exploration.effects.enumerated() { effects[place].formUnion(some) }
    }
    self.effects = effects
    let counterexamples = Self.different(explorations.flatMap(\.counterexamples))
    self.counterexamples = counterexamples
    without = solver == nil ? "no solver: nothing was proved beyond the rules" : nil
    let written = effects.reduce(into: Set()) { $0.formUnion($1) }
    verdicts = rules.map { rule in
      let found = counterexamples.first { $0.violation.invariant == rule.name }
      return (
        rule.name,
        Self.verdict(
          on: rule, writing: written, explorations, counterexample: found, solver: solver)
      )
    }
  }

  /// Transactions that never committed, of which the verdicts say nothing.
  public var vacuous: [String] { explorations.last?.vacuous ?? [] }

  /// Whether it is known of every invariant that nothing can go wrong.
  public var isConfluent: Bool { verdicts.allSatisfy { $0.verdict.isConfluent } }

  /// Whether one transaction may run without coordination under one invariant.
  ///
  /// It may not if it ran on one side of a merge that broke the invariant, unseen by the other.
  public func verdict(of transaction: String, under invariant: String) -> Verdict? {
    guard let place = workload.transactions.firstIndex(where: { $0.name == transaction }),
      let rule = rules.first(where: { $0.name == invariant })
    else { return nil }
    let culpable = counterexamples.first {
      $0.violation.invariant == invariant && $0.culprits.contains(transaction)
    }
    return Self.verdict(
      on: rule, writing: effects[place], explorations, counterexample: culpable, solver: nil)
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
    on rule: SchemaDescription.Rule, writing effects: Set<Effect>, _ explorations: [Exploration],
    counterexample: Counterexample?, solver: Solver?
  ) -> Verdict {
    var grounds: [Verdict.Ground] = []
    if let applied = ConfluenceRule.applying(to: effects, under: rule),
      applied.allSatisfy(\.isConfluent)
    {
      grounds.append(applied.isEmpty ? .untouched : .rule(applied.map(\.reference)))
    }
    if let counterexample, grounds.isEmpty { return .notConfluent(counterexample) }
    if let proof = solver?.proof(of: rule, writing: effects) { grounds.append(.proof(proof)) }
    let isClosed = explorations.allSatisfy { $0.ending == .closed || $0.ending == .refuted }
    if isClosed, let most = explorations.last {
      grounds.append(.closedSearch(replicas: most.replicas))
    }
    if !grounds.isEmpty { return .confluent(grounds) }
    return .unknown(bound: explorations.map(\.endingText).joined(separator: ", "))
  }
}

extension Exploration {
  /// How the search ended, in a few words.
  public var endingText: String {
    switch ending {
    case .closed: "all \(configurations) configurations of \(replicas) replicas"
    case .refuted: "a violation by \(replicas) replicas"
    case .bounded(let bound): "\(bound) of \(replicas) replicas"
    case .cancelled: "\(configurations) configurations of \(replicas) replicas, then stopped"
    }
  }
}
