import MerganserDatabase
import MerganserModel

extension Analysis {
  /// What would decide an invariant of which nothing is known, each tried in small.
  ///
  /// Tried are the rows that calls create there at the start, and fewer arguments.
  ///
  /// - Parameters:
  ///   - invariant: an invariant of which the verdict is unknown.
  ///   - budget: how far each trial goes.
  /// - Returns: what was tried and what came of it, a line each.
  /// - Throws: `CancellationError`, if the task is cancelled.
  func hints(for invariant: String, within budget: Budget) throws -> [String] {
    var budget = budget
    budget.configurations = min(budget.configurations, Self.trialConfigurations)
    budget.bytes = min(budget.bytes, Self.trialBytes)
    var hints: [String] = []
    if let (alone, names) = workload.withRowsAtTheStart(),
      let verdict = try Self.trial(of: alone, for: invariant, within: budget)
    {
      hints.append("with \(names) there at the start (write them in start(_:)): \(verdict)")
    }
    if let fewer = workload.withFewerArguments(),
      let verdict = try Self.trial(of: fewer, for: invariant, within: budget)
    {
      hints.append("over the first half of the arguments alone: \(verdict)")
    }
    return hints
  }

  private static let trialConfigurations = 10_000
  private static let trialBytes = 4_000_000

  /// What is known of an invariant in another workload; `nil` if nothing is.
  private static func trial(
    of workload: Workload, for invariant: String, within budget: Budget
  ) throws -> String? {
    let analysis: Analysis
    do { analysis = try Analysis(workload, within: budget) } catch let error as CancellationError {
      throw error
    } catch { return nil }
    switch analysis.verdicts.first(where: { $0.invariant == invariant })?.verdict {
    case .confluent?: return "nothing goes wrong any more"
    case .notConfluent(let counterexample)?:
      return "what breaks it is \(counterexample.blamed(" and "))"
    case .unknown?, nil: return nil
    }
  }
}

extension Workload {
  /// The workload with the rows there at the start that its calls create, and what they are called; `nil` if these are
  /// none.
  fileprivate func withRowsAtTheStart() -> (Workload, names: String)? {
    guard let start = try? SearchedStart(catalog, start: self.start),
      let places = try? start.rowsCreated(by: transactions), !places.isEmpty
    else { return nil }
    var other = self
    let before = self.start
    other.start = { tx in
      try before(tx)
      try tx.create(places)
    }
    let names = places.prefix(4).map { place in
      "\(catalog.tables[place.table].name) \(catalog.tables[place.table].text(ofKey: place.key))"
    }
    return (other, names.joined(separator: ", ") + (places.count > 4 ? ", …" : ""))
  }

  /// The workload with the first half of each transaction's calls; `nil` if that is all.
  fileprivate func withFewerArguments() -> Workload? {
    var other = self
    other.transactions = transactions.map { $0.limited(toCalls: ($0.calls.count + 1) / 2) }
    return zip(transactions, other.transactions).allSatisfy({ $0.calls.count == $1.calls.count })
      ? nil : other
  }
}
