public import MerganserTypes

/// Why a search gave no answer.
public enum ExplorationError: MerganserError, Hashable {
  /// There is more than a search can tell apart.
  case tooMany(String, found: Int, allowed: ClosedRange<Int>)
}

extension ExplorationError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .tooMany(let what, let found, let allowed):
      "a search can have \(allowed.lowerBound) to \(allowed.upperBound) \(what), and not \(found)"
    }
  }
}

extension ExplorationError {
  /// Checks that a search can tell so many apart.
  static func check(
    _ what: String, count: Int, in allowed: ClosedRange<Int>
  ) throws(ExplorationError) {
    if !allowed.contains(count) { throw .tooMany(what, found: count, allowed: allowed) }
  }
}

extension Budget {
  /// Checks that a search can have so many replicas.
  func checkReplicas() throws(ExplorationError) {
    try ExplorationError.check("replicas", count: replicas, in: 2...4)
  }
}
