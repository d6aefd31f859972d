public import MerganserModel
public import MerganserTypes

/// Thrown where a plan is not what the analysis makes of the code as it is: what is different, as text.
public struct NotPlanned: MerganserError {
  /// What is different, a transaction a line.
  public let description: String
}

/// Expects a plan to be what the analysis makes of a workload's code as it is.
///
/// The whole search is made again, over every argument that is declared: code that has changed where opening a replica
/// does not look is found. One line in a test, of XCTest or of Swift Testing:
///
/// ```swift
/// @Test func thePlanIsThatOfTheCode() throws {
///   let plan = try Plan(parsing: String(contentsOfFile: "shop.plan", encoding: .utf8))
///   try expectPlan(plan, of: Workload(of: Shop()))
/// }
/// ```
///
/// - Parameters:
///   - plan: the plan, as it is committed.
///   - workload: the schema and its transactions.
///   - budget: how far the searches go: as far as when the plan was made.
/// - Throws: ``NotPlanned``; what a condition throws.
public func expectPlan(
  _ plan: Plan, of workload: Workload, within budget: Budget = .standard
) throws {
  let made = try Planning(Analysis(workload, within: budget), within: budget).plan
  let differences = made.differences(from: plan)
  if differences.isEmpty { return }
  let text =
    ["the plan of \(workload.name) is not what its code is planned as now:"]
    + differences.map { "  \($0)" } + ["  make the plan again, and look at what has changed"]
  throw NotPlanned(description: text.joined(separator: "\n").folded(to: 78))
}

extension Plan {
  /// What is different of another plan, a line each; nothing of the reasons, which only a person reads.
  public func differences(from other: Plan) -> [String] {
    var lines: [String] = []
    if fingerprint != other.fingerprint { lines.append("the schema is another one") }
    for name in Set(entries.keys).union(other.entries.keys).sorted() {
      switch (other.entries[name], entries[name]) {
      case (let old?, let new?): lines += new.differences(from: old).map { "\(name): \($0)" }
      case (_?, nil): lines.append("\(name): not declared any more")
      case (nil, _?): lines.append("\(name): declared, and not in the plan")
      case (nil, nil): break
      }
    }
    if lines.isEmpty, searched?.start != other.searched?.start {
      lines.append("the start is another one")
    }
    if lines.isEmpty, searched != other.searched {
      lines.append("the transactions do something else in the first steps from the start")
    }
    return lines
  }
}

extension Plan.Entry {
  /// What is different of another entry, in a few words each.
  fileprivate func differences(from other: Plan.Entry) -> [String] {
    var words: [String] = []
    func compare(_ what: String, now new: String, before old: String) {
      if new != old {
        words.append(
          "\(what) \(old.isEmpty ? "nothing" : old) in the plan, \(new.isEmpty ? "nothing" : new) now"
        )
      }
    }
    func text(_ some: some Sequence<String>) -> String { some.sorted().joined(separator: ", ") }
    compare("runs", now: "\(way)", before: "\(other.way)")
    compare("rests on", now: "\(basis)", before: "\(other.basis)")
    compare("keeps", now: text(invariants), before: text(other.invariants))
    compare(
      "writes", now: text(writes.map(\.description)), before: text(other.writes.map(\.description)))
    compare("reads", now: text(reads), before: text(other.reads))
    func calls(_ some: Set<[String]>) -> String {
      text(some.map { "(\($0.joined(separator: ", ")))" })
    }
    compare("was searched over", now: calls(arguments), before: calls(other.arguments))
    return words
  }
}
