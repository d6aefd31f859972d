/// Why a replicated type refused an update or a reading.
///
/// Nothing has changed when one is thrown.
public enum LatticeError: MerganserError, Equatable {
  /// An amount to count by must not be negative; the opposite update is there for that.
  case negativeAmount(Int64)
  /// `replica` has already counted `held` in this direction; `amount` more would pass `Int64.max`.
  case amountOverflow(replica: ReplicaID, held: UInt64, amount: Int64)
  /// The value lies outside `Int64`: what the replicas counted is sound one by one, not in sum.
  case valueOverflow
  /// A register holds the last time that there is, so that no write can come after it; its clock or
  /// its bytes were forged.
  case timeExhausted
  /// The acting replica lacks rights; ask a holder to transfer `needed - available` or more.
  case insufficientRights(needed: Int64, available: Int64)
  /// A transfer from `replica` to itself would mint rights out of nothing.
  case transferToSelf(ReplicaID)
  /// A transfer must move at least 1.
  case transferNotPositive(Int64)
  /// The counter has no bound in this direction, so that everyone may move that way without rights.
  case rightsUnlimited(EscrowDirection)
  /// An escrow counter starts at 0, which its bounds do not admit.
  case boundsExcludeStart(lower: Int64?, upper: Int64?)
}

extension LatticeError: CustomStringConvertible {
  /// The value as text.
  public var description: String {
    switch self {
    case .negativeAmount(let amount):
      "expected an amount of 0 or more, found \(amount)"
    case .amountOverflow(let replica, let held, let amount):
      "replica \(replica.shortDescription) has counted \(held); \(amount) more would pass 64 bits"
    case .valueOverflow:
      "the value does not fit 64 bits"
    case .timeExhausted:
      "no time comes after the register's"
    case .insufficientRights(let needed, let available):
      "the update needs rights to \(needed), and the replica holds \(available)"
    case .transferToSelf(let replica):
      "replica \(replica.shortDescription) cannot transfer rights to itself"
    case .transferNotPositive(let amount):
      "expected a transfer of 1 or more, found \(amount)"
    case .rightsUnlimited(let direction):
      "the counter has no bound to \(direction) towards; there are no rights to transfer"
    case .boundsExcludeStart(let lower, let upper):
      "a counter starts at 0, outside \(lower.map(String.init) ?? "-∞") to "
        + "\(upper.map(String.init) ?? "∞")"
    }
  }
}

/// A way in which an escrow counter moves.
public enum EscrowDirection: String, Hashable, Sendable, Codable {
  /// Up, to the upper bound.
  case increment
  /// Down, to the lower bound.
  case decrement
}
