public import Merganser

/// What went wrong in an attack.
public enum AttackFault: Hashable, Sendable {
  /// An invariant that the plan keeps is broken.
  case broken(InvariantViolation)
  /// Something was refused by an error that is not documented for it.
  case undocumented(error: String)
  /// Something was refused, and left the replica with other contents than before.
  case leftBehind(error: String)
  /// Something was let through that the plan does not allow.
  case admitted(reason: String)
  /// Replicas that have synced refuse each other's versions, or differ.
  case parted(reason: String)
}

extension AttackFault: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .broken(let violation): "\(violation.invariant) is broken: \(violation)"
    case .undocumented(let error): "an error that is not documented here: \(error)"
    case .leftBehind(let error): "the replica changed, though it refused: \(error)"
    case .admitted(let reason): "the plan does not allow it, and it was let through: \(reason)"
    case .parted(let reason): "the replicas part: \(reason)"
    }
  }

  /// Whether it is the same fault, whatever the details.
  func isLike(_ other: AttackFault) -> Bool {
    switch (self, other) {
    case (.broken(let one), .broken(let another)): one.invariant == another.invariant
    case (.undocumented, .undocumented), (.leftBehind, .leftBehind), (.parted, .parted),
      (.admitted, .admitted):
      true
    default: false
    }
  }
}
