public import MerganserTypes

/// Which states of other replicas are adopted, and how much one removes without being asked about.
///
/// A state cannot be checked against the versions that it is the join of, as these are gone. Whoever hands one
/// over can therefore remove every row that it says to have seen all writes of. So it is adopted only from whom
/// the user trusts with that, and what it removes is counted before anything takes place.
public struct AdoptionPolicy: Hashable, Sendable {
  /// From whom states are adopted.
  public enum Senders: Hashable, Sendable {
    /// From every replica of the database.
    case anyone
    /// From these replicas. Nothing is signed: a sender is who it says it is.
    case replicas(Set<ReplicaID>)
    /// From nobody: who is behind another's truncation stays behind, and is told so.
    case nobody
  }

  /// From whom states are adopted.
  public var senders: Senders
  /// Which share of a table's rows a state removes without consent, from 0 to 1.
  public var removableShare = 0.25
  /// How many rows of a table a state removes without consent, whatever share of it they are.
  public var removableRows = 100
  /// Over how long what states remove without consent is counted together, as long as the replica stays open; 0 to
  /// count each by itself.
  public var period = Duration.seconds(86_400)
  /// How many bytes a state may have.
  public var maximumSize = 64 << 30
  /// How many bytes a state may have that is taken into a replica in memory.
  ///
  /// Its rows take up to twenty times as much there, where their values are small.
  public var maximumSizeInMemory = 256 << 20

  /// States of the given senders, which remove a quarter of a table, or a hundred of its rows, without consent.
  public init(from senders: Senders = .anyone) {
    self.senders = senders
  }

  /// Checks that states of a replica are adopted; `nil` is one that is not known.
  ///
  /// - Throws: ``ReplicationError/untrustedState(of:)``.
  public func check(_ sender: ReplicaID?) throws(ReplicationError) {
    switch senders {
    case .anyone: return
    case .replicas(let trusted): if let sender, trusted.contains(sender) { return }
    case .nobody: break
    }
    throw .untrustedState(of: sender)
  }

  /// Checks what a state removes, with what went before it in the same period, against what may be removed, and what
  /// the user has accepted.
  ///
  /// - Returns: whether it takes the user's consent, which it has.
  /// - Throws: ``ReplicationError/removesRows(_:)``.
  package func check(
    _ removals: [RemovedRows], accepting accepted: Int
  ) throws(ReplicationError) -> Bool {
    let asks = removals.contains {
      let removed = $0.removed + $0.earlier
      return removed > removableRows
        && Double(removed) > removableShare * Double($0.rows + $0.earlier)
    }
    if asks, removals.reduce(0, { $0 + $1.removed }) > accepted { throw .removesRows(removals) }
    return asks
  }
}
