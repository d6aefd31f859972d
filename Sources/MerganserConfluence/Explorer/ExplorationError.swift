/// Why a search gave no answer.
public enum ExplorationError: Error, Hashable, Sendable {
  /// A violation that the search found was not seen on real databases; a transaction that is not a
  /// function of what it reads and of its arguments does that.
  case notReproduced(invariant: String)
}

extension ExplorationError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .notReproduced(let invariant):
      """
      a violation of "\(invariant)" was found and not seen again on databases; transactions must be \
      functions of what they read and of their arguments
      """
    }
  }
}
