public import MerganserTypes

/// What became of a store that left a branch of a fork, see `Replica.heal`.
public struct HealingReport: Hashable, Sendable {
  /// A version that was not made again.
  public struct Refusal: Hashable, Sendable {
    /// Whose it is.
    public var origin: ReplicaID
    /// The numbers of its writes.
    public var sequences: ClosedRange<UInt64>
    /// When it was written.
    public var time: HybridTime
    /// The request that it answered, if it did.
    public var request: RequestID?
    /// Why it was not made again.
    public var reason: String
    /// What it wrote, row by row, as a person reads it.
    public var writes: [String]
  }

  /// The identity of the store that was left.
  public var left: ReplicaID
  /// The identity of the new store, which is the heir of ``left`` unless that has ended before or lives on at
  /// the healthy replica.
  public var replica: ReplicaID
  /// How many versions were handed to the healthy replica, as they rest on nothing of the other branch.
  public var handedOver = 0
  /// How many versions were made again; ends of identities are not, see ``Replica/succeed(_:)``.
  public var offered = 0
  /// How many versions had been made again before, by whomever.
  public var offeredBefore = 0
  /// What was refused when it was made again, and what nobody knows any more how to make again.
  public var refused: [Refusal] = []
  /// By replica: up to which of its writes the log was truncated, so that nobody knows any more what those of
  /// them changed which the branch does not share.
  public var unknown: [ReplicaID: UInt64] = [:]
  /// By replica whose versions were offered: up to which of its writes the healthy replica no longer knows whether
  /// it has the same; they were taken to be, and not offered.
  public var unverified: [ReplicaID: UInt64] = [:]
  /// Whether the healthy replica has taken in all that the new store has.
  ///
  /// If not, sync the two before another store is healed.
  public var isSynced = false
  /// By replica: how many versions of it were left to others to be offered, and are not offered yet.
  public var leftToOthers: [ReplicaID: Int] = [:]
}

/// Why a store cannot leave its branch of a fork.
///
/// The store is what it was, and there is no new one.
public enum HealingError: MerganserError, Hashable {
  /// There is something where the new store was to be.
  case occupied(path: String)
  /// The folder in which the new store was to be does not exist.
  case noFolder(path: String)
  /// The healthy side lacks nothing of the store, and it does not refuse to sync with it.
  case notApart(path: String)
  /// The healthy side lacks nothing of the store, whose identity has gone on elsewhere, or has ended: the
  /// store can go on as another replica.
  case outrun(path: String, identity: ReplicaID)
  /// The store has versions of other replicas on which some of its own may rest, and which nobody has offered
  /// again: by replica, how many.
  case othersFirst([ReplicaID: Int])
  /// The log was truncated, so that nobody knows any more what some of its versions changed: by replica, up to
  /// which of its writes.
  case truncated(path: String, writes: [ReplicaID: UInt64])
  /// The new store has not taken in all that the healthy side held: by replica, up to which of its writes. Its clock is
  /// behind the times of what it does not take, or it refuses that for another reason, which a sync of the two names.
  case incomplete(path: String, writes: [ReplicaID: UInt64])
  /// The healthy replica's log was truncated, so that it does not know whether its history is the same as the
  /// store's: by replica, up to which write.
  case unverified([ReplicaID: UInt64])
}

extension HealingError: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .occupied(let path): "there is something at \(path); name a folder that does not exist"
    case .noFolder(let path):
      "there is no folder in which \(path) can be made; make that first, or name another place"
    case .outrun(let path, let identity):
      """
      \(path) has left nothing: all of it is known on the other side, where its identity \
      \(identity.shortDescription) has gone on or ended; give it a new identity (merganser renew), and sync the two
      """
    case .notApart(let path):
      "\(path) has left nothing: all of it is known on the other side; sync the two"
    case .othersFirst(let versions):
      """
      versions of other replicas rest on the branch, too, and are not offered again yet: \
      \(versions.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }.joined(separator: ", ")); heal \
      their stores first. Of a replica whose store is lost, or whose own store is on the branch that is kept, \
      and where two rest on each other, offer them here (offering:, --offer), and nowhere else; or leave \
      them out (anyway:, --anyway)
      """
    case .unverified(let writes):
      """
      the healthy side's log was truncated, and it does not know any more whether it has these writes as the \
      store has them: \
      \(writes.sorted { $0.key < $1.key }.map { "\($0.key) up to \($0.value)" }.joined(separator: ", ")); heal \
      from a replica whose log goes back further, or say that they are the same (anyway:, --anyway)
      """
    case .incomplete(let path, let writes):
      """
      a new store in the place of \(path) does not take all that the healthy side holds, so that nobody can tell what of \
      the old one is to be made again: by \
      \(writes.sorted { $0.key < $1.key }.map { "\($0.key) up to \($0.value)" }.joined(separator: ", ")); is the clock \
      here behind? Set it, and heal again
      """
    case .truncated(let path, let writes):
      """
      the log of \(path) was truncated behind the fork, and nobody knows any more what was changed there: by \
      \(writes.sorted { $0.key < $1.key }.map { "\($0.key) up to \($0.value)" }.joined(separator: ", ")); to \
      heal all the same, and make these changes again by hand, say so (anyway:, --anyway)
      """
    }
  }
}

extension Int {
  /// The number with a noun, as "1 version" or "2 versions".
  package func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
