/// Who is to hold a write, durably, before it is said to be done.
public enum Acknowledgement: Hashable, Sendable {
  /// This replica.
  case here
  /// So many replicas, this one among them.
  case replicas(Int)
  /// More than half of the members: of this replica and of all whose writes the write comes behind, but for those that have ended.
  case majority
}
