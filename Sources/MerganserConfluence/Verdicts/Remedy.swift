import MerganserDatabase

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
  /// Where nothing was found with the remedy, or the rule by which it is one.
  public var check: String

  /// The remedies for what breaks an invariant, each checked again; the least restrictive first.
  ///
  /// - Throws: what a condition throws.
  static func remedies(
    for counterexample: Counterexample, in workload: Workload, within budget: Budget
  ) throws -> [Remedy] {
    let invariant = counterexample.violation.invariant
    var remedies: [Remedy] = []
    let kind = workload.catalog.description.rules.first { $0.name == invariant }?.confluenceKind
    for rule in ConfluenceRule.all where rule.invariant == kind && !rule.isConfluent {
      guard let remedy = rule.remedy else { continue }
      remedies.append(
        Remedy(
          way: .declaration(remedy), transactions: counterexample.culprits,
          check: "by rule: \(rule.reference)"))
    }
    let culprits = workload.transactions.filter { counterexample.culprits.contains($0.name) }
    let names = Set(culprits.map(\.name))
    let arguments = 0..<(culprits.map(\.argumentCount).min() ?? 0)
    for way in arguments.map({ Way.ownership(argument: $0) }) + [.order] {
      if let found = try checked(way, names, invariant, workload, budget) {
        remedies.append(found)
      }
    }
    return remedies
  }

  /// The remedy, widened to every transaction that fails under it, if nothing is found then.
  private static func checked(
    _ way: Way, _ names: Set<String>, _ invariant: String, _ workload: Workload, _ budget: Budget
  ) throws -> Remedy? {
    var covered = names
    while true {
      let search = try PlacedSearch(workload.placing(covered, by: way), breaking: invariant, budget)
      // A way in which what it covers never commits remedies nothing.
      if search.vacuous.contains(where: covered.contains) { return nil }
      guard let failing = search.counterexample else {
        return Remedy(
          way: way, transactions: workload.transactions.map(\.name).filter(covered.contains),
          check: search.text)
      }
      let more = covered.union(failing.culprits)
      if more == covered { return nil }
      covered = more
    }
  }
}

/// Searches of two and more replicas for what breaks one invariant, or any.
struct PlacedSearch {
  private(set) var counterexample: Counterexample?
  private(set) var vacuous: [String] = []
  /// Where nothing was found.
  private(set) var text = ""

  init(_ workload: Workload, breaking invariant: String?, _ budget: Budget) throws {
    var bounds: [String] = []
    for replicas in 2...budget.replicas where counterexample == nil {
      var budget = budget
      budget.replicas = replicas
      budget.stopsAtFirstViolation = invariant == nil
      let found = try Explorer.explore(workload, within: budget)
      counterexample = found.counterexamples.first {
        invariant == nil || $0.violation.invariant == invariant
      }
      vacuous = found.vacuous
      bounds.append(found.endingText)
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
      case .declaration: return transaction
      }
    }
    return copy
  }
}

extension Remedy: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    let names = transactions.joined(separator: ", ")
    let what =
      switch way {
      case .ownership(let argument):
        "an owner for each value of argument \(argument + 1) of \(names)"
      case .order: "one order for \(names)"
      case .declaration(let declaration): "declare \(declaration)"
      }
    return "\(what) (\(check))"
  }
}
