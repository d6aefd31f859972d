import MerganserDatabase
import MerganserModel

extension Planning {
  /// Why a plan refuses a transaction.
  public enum Refusal: Hashable, Sendable {
    /// It never committed in any search, so that nothing is known of it.
    case neverCommitted
    /// What stands in the database at first breaks an invariant of its tables.
    case startBreaks(String, found: String)
    /// What stands in the database at first is not there to be searched: its transaction threw this.
    case startThrows(String)
    /// Nothing was searched, for this reason.
    case notSearched(String)
    /// A merge breaks an invariant, and no remedy was found; with the history that was seen.
    case breaks(String, history: String)
    /// It is not known whether an invariant holds, and ordered it would never commit.
    case unknown(String, bound: String)
    /// It reads its time, and that an invariant holds rests on a search, which tries no times but its own.
    case readsTime(String)

    /// The invariant that it is about; `nil` if it is about none.
    public var invariant: String? {
      switch self {
      case .neverCommitted, .startThrows, .notSearched: nil
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
      case .startThrows: "let the start commit on an empty database"
      case .notSearched: "change what is said there"
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
    case .startThrows(let found): "the start throws: \(found)"
    case .notSearched(let reason): "nothing was searched: \(reason)"
    case .breaks(let name, _): "a merge breaks \"\(name)\", and no remedy was found"
    case .unknown(let name, let bound): "of \"\(name)\" is known: \(bound)"
    case .readsTime(let name):
      "it reads its time (tx.time), and that \"\(name)\" holds rests on a search, which tries no times but its own"
    }
  }
}

extension Workload {
  /// Why there is no state to search from; `nil` if there is one.
  var obstacleAtTheStart: Planning.Refusal? {
    do {
      _ = try SearchedStart(catalog, start: start)
      return nil
    } catch let error as InvariantViolation {
      return .startBreaks(error.invariant, found: "\(error)")
    } catch { return .startThrows("\(error)") }
  }
}
