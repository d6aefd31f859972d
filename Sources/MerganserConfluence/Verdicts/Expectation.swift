/// Thrown where a workload was expected to be I-confluent: what goes wrong, as text.
public struct NotConfluent: Error, CustomStringConvertible {
  /// What goes wrong, what is unknown, and what never ran.
  public let description: String
}

/// Expects every invariant of a workload to hold on merges, whatever its transactions do.
///
/// One line in a test, of XCTest or of Swift Testing: it throws, and the test fails with the histories
/// that go wrong.
///
/// ```swift
/// @Test func accounts() throws { try expectConfluent(Bank.workload()) }
/// ```
///
/// - Parameters:
///   - workload: the schema and its transactions.
///   - budget: how far the searches go.
///   - allowsUnknown: whether it is enough that nothing was found within the budget.
/// - Returns: the analysis.
/// - Throws: ``NotConfluent``; what a condition throws.
@discardableResult
public func expectConfluent(
  _ workload: Workload, within budget: Budget = .standard,
  allowsUnknown: Bool = false
) throws -> Analysis {
  let analysis = try Analysis(workload, within: budget)
  var lines: [String] = []
  for (invariant, verdict) in analysis.verdicts {
    switch verdict {
    case .confluent: break
    case .notConfluent(let counterexample): lines.append(counterexample.description)
    case .unknown: if !allowsUnknown { lines.append("\(invariant): \(verdict)") }
    }
  }
  for name in analysis.vacuous {
    lines.append("\(name) never committed, so that nothing is said of it")
  }
  if !lines.isEmpty {
    throw NotConfluent(description: "\(workload.name): " + lines.joined(separator: "\n"))
  }
  return analysis
}
