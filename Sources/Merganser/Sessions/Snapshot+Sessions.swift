public import MerganserDatabase
import MerganserModel
import MerganserTypes

extension Snapshot {
  /// A token by which a client that has seen the snapshot goes on elsewhere.
  ///
  /// - Complexity: O(*n*) in the number of replicas that have written since this one did last.
  public var token: SessionToken { SessionToken(founder: founder, heads: frontier) }

  /// Whether it ends with the versions that a token names: what is behind them is not looked at.
  func has(_ token: SessionToken) -> Bool {
    token.heads.allSatisfy { origin, head in state.head(of: origin) == head }
  }

  /// Compares histories that go on behind what a token names with it.
  ///
  /// - Throws: ``SessionError/otherBranch(origin:sequence:)``; ``/MerganserModel/StorageError``.
  func compare(_ token: SessionToken, with log: () throws -> any VersionSnapshot) throws {
    if has(token) { return }
    let log = try log()
    for (origin, head) in token.heads.sorted(by: { $0.key < $1.key }) {
      switch try log.entry(of: origin, endingAt: head.sequence) {
      // What a log does not know any more counts as held, as in dependencies.
      case .hash(head.hash), .unknown: continue
      case .hash, .noVersionEnds:
        throw SessionError.otherBranch(origin: origin, sequence: head.sequence)
      }
    }
  }

  /// What a token names and is not in the snapshot.
  func missing(of token: SessionToken) -> [SessionError.Missing] {
    token.heads.sorted { $0.key < $1.key }.compactMap { origin, head in
      let held = state.vector[origin]
      return held < head.sequence
        ? SessionError.Missing(origin: origin, sequence: head.sequence, held: held) : nil
    }
  }

  /// Who has written something that is here, and has not ended; and `replica`.
  func members(with replica: ReplicaID) -> Set<ReplicaID> {
    var members: Set<ReplicaID> = [replica]
    for (origin, _) in state.vector
    where succession.cuts[origin] == nil && OrderOrigin.ends(of: origin, founder: founder) == nil {
      members.insert(origin)
    }
    return members
  }
}
