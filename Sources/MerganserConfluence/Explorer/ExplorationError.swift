public import MerganserTypes

/// Why a search gave no answer.
public enum ExplorationError: MerganserError, Hashable {
  /// There is more than a search can tell apart.
  case tooMany(String, found: Int, allowed: ClosedRange<Int>)
  /// A budget leaves nothing to be searched.
  case noBudget(String, found: Int)
}

extension ExplorationError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .tooMany(let what, let found, let allowed):
      "a search can have \(allowed.lowerBound) to \(allowed.upperBound) \(what), and not \(found)"
    case .noBudget(let what, let found):
      "a budget has 1 or more \(what), and not \(found)"
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
  /// Checks that a search can have so many replicas, and that there is something that it may do.
  func check() throws(ExplorationError) {
    try ExplorationError.check("replicas", count: replicas, in: 2...4)
    let limits = [
      ("configurations", configurations), ("bytes of states", bytes), ("of work", work),
      ("moves", depth),
    ]
    for (what, limit) in limits where limit < 1 { throw .noBudget(what, found: limit) }
  }
}
