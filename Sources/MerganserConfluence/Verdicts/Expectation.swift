public import MerganserTypes

/// Thrown where a workload was expected to be I-confluent: what goes wrong, as text.
public struct NotConfluent: MerganserError {
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
/// - Throws: ``NotConfluent``; ``ExplorationError``, if the budget makes no sense.
@discardableResult
public func expectConfluent(
  _ workload: Workload, within budget: Budget = .standard,
  allowsUnknown: Bool = false
) throws -> Analysis {
  let analysis = try Analysis(workload, within: budget)
  var lines = [analysis.obstacle?.description].compactMap { $0 }
  let invariants = workload.catalog.description.invariants
  for (invariant, (name, verdict)) in zip(invariants, analysis.verdicts) {
    switch verdict {
    case .confluent: break
    case .notConfluent(let counterexample):
      lines += [counterexample.description, "  what helps: \(invariant.traits.remedy)"]
    case .unknown:
      if !allowsUnknown, analysis.obstacle == nil { lines.append("\(name): \(verdict)") }
    }
  }
  for name in analysis.vacuous {
    lines.append("\(name) never committed, so that nothing is said of it")
  }
  if !lines.isEmpty {
    let text = ["\(workload.name) is not known to be I-confluent:"] + lines
    throw NotConfluent(description: text.joined(separator: "\n").folded(to: 78))
  }
  return analysis
}

extension String {
  /// The text with lines of at most `width` characters, broken at spaces, or within words that are longer
  /// than a line; what goes on on the next line stands further in.
  func folded(to width: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.count > width else { return String(line) }
      let indent = String(line.prefix { $0 == " " }.prefix(width / 2))
      let further = indent + "    "
      var lines = [indent]
      var rest = line.dropFirst(indent.count)
      while !rest.isEmpty {
        let room = width - (lines.count == 1 ? indent : further).count
        let part = rest.prefix(room)
        let isAll = part.endIndex == rest.endIndex
        let isWhole = isAll || rest[part.endIndex] == " "
        // Where a line can be broken, it is; its last word goes on on the next.
        let end = isWhole ? part.endIndex : part.lastIndex(of: " ") ?? part.endIndex
        lines[lines.count - 1] += rest[..<end]
        rest = rest[end...].drop { $0 == " " }
        if !rest.isEmpty { lines.append(further) }
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
