extension Planning {
  /// Why a plan refuses a transaction.
  public enum Refusal: Hashable, Sendable {
    /// It never committed in any search, so that nothing is known of it.
    case neverCommitted
    /// What stands in the database at first breaks an invariant of its tables.
    case startBreaks(String, found: String)
    /// A merge breaks an invariant, and no remedy was found; with the history that was seen.
    case breaks(String, history: String)
    /// It is not known whether an invariant holds, and ordered it would never commit.
    case unknown(String, bound: String)
    /// It reads its time, and that an invariant holds rests on a search, which tries no times but its own.
    case readsTime(String)

    /// The invariant that it is about; `nil` if it is about none.
    public var invariant: String? {
      switch self {
      case .neverCommitted: nil
      case .startBreaks(let name, _), .breaks(let name, _), .unknown(let name, _),
        .readsTime(let name):
        name
      }
    }

    /// What to do.
    public var advice: String {
      switch self {
      case .neverCommitted: "declare it over arguments, or with a start, with which it commits"
      case .startBreaks: "let the start keep every invariant"
      case .breaks: "declare a remedy that its invariant knows, or change what it does"
      case .unknown: "declare it over fewer arguments, or with its rows there at the start"
      case .readsTime: "give it the time as an argument"
      }
    }
  }
}

extension Planning.Refusal: CustomStringConvertible {
  /// As a person reads it, with the history.
  public var description: String {
    guard case .breaks(_, let history) = self else { return summary }
    return summary + "\n" + history
  }

  /// As a person reads it, in one line.
  public var summary: String {
    switch self {
    case .neverCommitted: "it never committed in any search, so that nothing is known of it"
    case .startBreaks(let name, let found): "the start breaks \"\(name)\": \(found)"
    case .breaks(let name, _): "a merge breaks \"\(name)\", and no remedy was found"
    case .unknown(let name, let bound): "of \"\(name)\" is known: \(bound)"
    case .readsTime(let name):
      "it reads its time (tx.time), and that \"\(name)\" holds rests on a search, which tries no times but its own"
    }
  }
}
