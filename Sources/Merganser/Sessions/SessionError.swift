public import MerganserTypes

/// Why a session does not go on at a replica, or a write was not acknowledged by as many as was asked for.
public enum SessionError: MerganserError, Hashable {
  /// A version that a session has seen, and that a replica lacks.
  public struct Missing: Hashable, Sendable {
    /// Who wrote it.
    public var origin: ReplicaID
    /// The number of its last write.
    public var sequence: UInt64
    /// How far the origin's writes are here.
    public var held: UInt64

    /// The version of the given parts.
    public init(origin: ReplicaID, sequence: UInt64, held: UInt64) {
      self.origin = origin
      self.sequence = sequence
      self.held = held
    }
  }

  /// The token is another database's.
  case otherDatabase(ours: ReplicaID, theirs: ReplicaID)
  /// The replica does not hold what the session has seen, and it did not come in time: `missing` are the first of it.
  case behind(missing: [Missing], count: Int)
  /// The session has seen a version of another branch of an origin's history than the one that counts here.
  case otherBranch(origin: ReplicaID, sequence: UInt64)
  /// The session has seen a version beyond the end of an identity: it counts nowhere.
  case beyondCut(origin: ReplicaID, sequence: UInt64, cut: UInt64)
  /// The session has seen a version that is set aside here.
  case setAside(origin: ReplicaID, sequence: UInt64)
  /// The write stands, and is not known to be held by as many replicas as was asked for: by `holders`, of `needed`.
  case notAcknowledged(holders: [ReplicaID], needed: Int)

  /// How many missing versions are listed.
  public static let limit = 8
}

extension SessionError: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .otherDatabase(let ours, let theirs):
      """
      the session is one of database \(theirs.shortDescription), and this replica is of \(ours.shortDescription); \
      a client needs a token for each
      """
    case .behind(let missing, let count):
      """
      the replica lacks what the session has seen: \
      \(missing.map { "\($0.origin.shortDescription):\($0.sequence) (it has \($0.held))" }.joined(separator: ", "))\
      \(count > missing.count ? " and \(count - missing.count) more" : ""); \
      wait until it has synced, or go on at another replica
      """
    case .otherBranch(let origin, let sequence):
      """
      the session has seen \(origin.shortDescription):\(sequence) of another branch of its history than the one that is \
      here; begin a new session, and heal the fork
      """
    case .beyondCut(let origin, let sequence, let cut):
      """
      the session has seen \(origin.shortDescription):\(sequence), and that identity ended at \(cut): it counts nowhere; \
      begin a new session
      """
    case .setAside(let origin, let sequence):
      """
      the session has seen \(origin.shortDescription):\(sequence), which is set aside here as it rests on another branch \
      of a history; begin a new session, and heal the fork
      """
    case .notAcknowledged(let holders, let needed):
      """
      the write stands, and \(needed) replicas were to hold it in time: \
      \(holders.map(\.shortDescription).joined(separator: ", ")) \(holders.count == 1 ? "does" : "do"); \
      the others are given it when they are met
      """
    }
  }
}
