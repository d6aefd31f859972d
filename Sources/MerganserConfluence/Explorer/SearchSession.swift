import MerganserModel

/// What the searches of one analysis, or of one planning, share: the work that they may do together, and what was found
/// of what replicas can show.
///
/// Each search may do half of what is left, or ``least`` where that is more. So what comes late is still looked at, and
/// the sum has a bound.
final class SearchSession {
  /// How much work is left: 1 is about what it takes to look at a byte of a state.
  private(set) var left: Int
  /// Whether a search ended because of this, and not by a bound of its own.
  private(set) var wasShort = false
  /// By question: what was found, of whatever type the search that was asked finds.
  private var found: [Question: any Sendable] = [:]

  /// How much a search may do in any case.
  private static let least = 1_000_000

  /// What is asked of a workload: which invariants, of which transactions, placed how.
  private struct Question: Hashable {
    let invariants: Set<String>?
    let transactions: [String]
    let placements: [Placement]
    let budget: Budget
    let answer: ObjectIdentifier

    init(_ workload: Workload, within budget: Budget, answer: Any.Type) {
      self.answer = ObjectIdentifier(answer)
      invariants = workload.considered
      transactions = workload.transactions.map(\.name)
      placements = workload.transactions.map(\.placement)
      self.budget = budget
    }
  }

  /// What walks through a workload's histories meet, made once; `nil` if that is nothing.
  ///
  /// - Throws: what a condition throws.
  func walked(_ workload: Workload, within budget: Budget) throws -> Exploration? {
    try once(workload, within: budget) {
      Walked(found: try Explorer.walk(workload, within: budget, in: self))
    }.found
  }

  /// What walks have met.
  private struct Walked: Sendable {
    let found: Exploration?
  }

  init(within budget: Budget) { left = budget.work }

  /// How much the next search may do.
  var share: Int { max(left / 2, Self.least) }

  /// Notes what a search did.
  func spend(_ work: Int, wasShort isShort: Bool) {
    left -= min(max(work, 0), left)
    if isShort { wasShort = true }
  }

  /// What a search of a workload finds, made once.
  ///
  /// - Throws: what `search` throws.
  func once<Found: Sendable>(
    _ workload: Workload, within budget: Budget, search: () throws -> Found
  ) throws -> Found {
    let question = Question(workload, within: budget, answer: Found.self)
    if let known = found[question] as? Found { return known }
    let found = try search()
    self.found[question] = found
    return found
  }

  /// What a search of a workload's histories finds, made once.
  ///
  /// - Throws: what a condition throws.
  func explored(
    _ workload: Workload, within budget: Budget, progress: ((Progress) -> Bool)?
  ) throws -> Exploration {
    try once(workload, within: budget) {
      try Explorer.explore(workload, within: budget, in: self, progress: progress)
    }
  }
}
