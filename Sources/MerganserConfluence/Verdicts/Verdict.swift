/// Whether transactions are I-confluent with an invariant, and how that is known.
public enum Verdict: Sendable {
  /// Why it is known that they are.
  public enum Ground: Hashable, Sendable {
    /// Nothing that is written touches the invariant's tables.
    case untouched
    /// Theorems of the literature, whose premises the database enforces.
    case theorem([String])
    /// The search ended: exact for so many replicas and the arguments that were tried.
    case closedSearch(replicas: Int)
    /// What replicas can show was searched, whatever their histories: exact for so many replicas, or for any number
    /// (`nil`), and the arguments that were tried.
    case shown(states: Int, replicas: Int?)
    /// A solver showed that what holds on both sides holds of the merge.
    case proof(String)
  }

  /// They are: the transactions may run without coordination.
  case confluent([Ground])
  /// They are not: here is what goes wrong.
  case notConfluent(Counterexample)
  /// Nothing went wrong within a bound, and nothing was proved.
  case unknown(bound: String)

  /// Whether it is known that nothing can go wrong.
  public var isConfluent: Bool {
    if case .confluent = self { return true }
    return false
  }

  /// What goes wrong, if it is known.
  public var counterexample: Counterexample? {
    if case .notConfluent(let counterexample) = self { return counterexample }
    return nil
  }
}

extension Verdict: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .confluent(let grounds):
      "confluent: " + grounds.map(\.description).joined(separator: "; ")
    case .notConfluent(let counterexample):
      "not confluent: " + counterexample.blamed(" with ")
    case .unknown(let bound): "unknown: none found within \(bound)"
    }
  }
}

extension Verdict.Ground: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .untouched: "it is not written to"
    case .theorem(let references): "by theorem (\(references.joined(separator: "; ")))"
    case .closedSearch(let replicas): "the search of \(replicas) replicas closed"
    case .shown(let states, let replicas):
      "all \(states) states that \(replicas.map { "\($0)" } ?? "any number of") replicas can show "
        + "merge into valid ones"
    case .proof(let how): "proved (\(how))"
    }
  }
}
