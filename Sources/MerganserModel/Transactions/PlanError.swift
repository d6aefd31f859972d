public import MerganserTypes

/// Why a schema's plan does not let a transaction run.
public enum PlanError: MerganserError, Hashable {
  /// The schema declares transactions, and no plan says how they run.
  case missing(transactions: [String])
  /// The plan was made for another schema.
  case otherSchema(expected: UInt64, found: UInt64)
  /// The plan does not name the transaction.
  case undecided(String)
  /// The transaction is not known to be I-confluent with these invariants, and has no remedy.
  ///
  /// `counterexample` is the history that was seen to go wrong; `nil` if none was found, and
  /// nothing was proved either.
  case refused(String, invariants: [String], counterexample: String?)
  /// The schema does not declare the transaction.
  case undeclared(String)
  /// The call runs at another replica: at the one that orders such calls, or owns what it is about.
  case runsElsewhere(String, at: ReplicaID)
  /// The text is no plan.
  case malformed(line: Int)
}

extension PlanError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .missing(let names):
      """
      the schema declares \(names.joined(separator: ", ")), and no plan says how they run; make one \
      with CheckRun, of MerganserConfluence, and open with it
      """
    case .otherSchema(let expected, let found):
      """
      the plan is for schema \(String(found, radix: 16)), and this is \
      \(String(expected, radix: 16)); make the plan again
      """
    case .undecided(let name): "the plan does not name the transaction \(name); make it again"
    case .refused(let name, let invariants, let counterexample):
      "\(name) \(counterexample == nil ? "is not known to keep" : "can break") "
        + invariants.map { "\"\($0)\"" }.joined(separator: ", ")
        + " when replicas meet; declare a remedy, or run it tentatively"
        + (counterexample.map { ":\n\($0)" } ?? "")
    case .undeclared(let name):
      "the schema does not declare the transaction \(name); list it among its transactions"
    case .runsElsewhere(let name, let replica):
      "\(name) runs at replica \(replica.shortDescription), which sees all other calls that it "
        + "must not cross; send it there"
    case .malformed(let line): "line \(line) is not a plan's"
    }
  }
}
