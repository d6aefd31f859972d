import MerganserModel

/// A way to run transactions that are not I-confluent, and what the check of it said.
public struct Remedy: Sendable {
  /// A way.
  public enum Way: Hashable, Sendable {
    /// Each value of an argument has an owner, at which the calls with it run.
    case ownership(argument: Int)
    /// All of the transactions run in one order.
    case order
    /// The schema says it differently.
    case declaration(String)
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
    progress: ((Progress) -> Bool)?
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
        progress: progress)
      {
        remedies.append(found)
      }
    }
    if let order = try order(
      names, invariant: invariant, analysis: analysis, budget: budget, progress: progress)
    {
      remedies.append(order)
    }
    return remedies
  }

  /// One order: for those that fail, if that is known to be enough, or for all that write to the
  /// invariant's tables, which always is.
  private static func order(
    _ names: Set<String>, invariant: SchemaDescription.Invariant, analysis: Analysis,
    budget: Budget,
    progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    let workload = analysis.workload
    if let why = analysis.orderKeeping(invariant, ordered: names) {
      return Remedy(
        way: .order, transactions: workload.transactions.map(\.name).filter(names.contains),
        check: why, isProved: true)
    }
    let searched = try checked(
      .order, names: names, invariant: invariant, analysis: analysis, budget: budget,
      progress: progress)
    if let searched, searched.isProved { return searched }
    let writing = names.union(analysis.transactions(writingTo: invariant))
    guard let why = analysis.orderKeeping(invariant, ordered: writing) else { return searched }
    // An order in which what it covers never commits remedies nothing.
    let search = try PlacedSearch(
      analysis, placing: workload.placing(writing, by: .order), breaking: [invariant.name],
      budget: budget,
      progress: progress)
    if search.counterexample != nil || search.vacuous.contains(where: writing.contains) {
      return searched
    }
    return Remedy(
      way: .order, transactions: workload.transactions.map(\.name).filter(writing.contains),
      check: why, isProved: true)
  }

  /// The remedy, widened to every transaction that fails under it, if nothing is found then.
  private static func checked(
    _ way: Way, names: Set<String>, invariant: SchemaDescription.Invariant,
    analysis: Analysis,
    budget: Budget, progress: ((Progress) -> Bool)?
  ) throws -> Remedy? {
    let workload = analysis.workload
    var covered = names
    while true {
      let search = try PlacedSearch(
        analysis, placing: workload.placing(covered, by: way), breaking: [invariant.name],
        budget: budget,
        progress: progress)
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
      let applied = invariant.theorems(on: effects[place], in: workload.catalog)
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
    case .declaration(let declaration): "declare \(declaration)"
    }
  }
}
