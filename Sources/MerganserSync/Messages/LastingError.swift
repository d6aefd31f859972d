import MerganserDatabase
import MerganserModel

/// An error of which some cases will be so again, whenever the same is tried soon.
package protocol LastingError: Error {
  /// Whether trying again soon is of no use.
  var isLasting: Bool { get }
}

extension Error {
  /// Whether trying again soon is of no use, as far as is known.
  package var isLastingRefusal: Bool { (self as? any LastingError)?.isLasting ?? false }
}

extension ReplicationError: LastingError {
  /// Whether trying again soon is of no use.
  package var isLasting: Bool {
    switch self {
    case .notCompared, .stateOvertaken, .fromTheFuture, .stateFromTheFuture: false
    default: true
    }
  }
}

extension SchemaError: LastingError {
  /// Whether trying again soon is of no use.
  package var isLasting: Bool { true }
}

extension SyncError: LastingError {
  /// Whether trying again soon is of no use.
  package var isLasting: Bool {
    switch self {
    case .notSync, .otherProtocol: true
    case .refused(_, let isLasting): isLasting
    case .damaged, .interrupted, .stalled, .emptyPiece, .inUse, .otherPeer: false
    }
  }
}
