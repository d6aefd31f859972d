package import MerganserModel
package import MerganserTypes

/// What holds some versions of each origin, and so decides whether another one can follow: a replica's
/// database, or a store that no replica has open.
///
/// One judgement serves every road by which versions come. It looks at histories and times alone, and not at
/// what versions wrote.
package protocol HistoryHolder {
  /// Whose versions are written here.
  var replica: ReplicaID { get }
  /// How far each origin's versions are here.
  var vector: VersionVector { get }
  /// The last version of an origin that is here; `nil` if there is none.
  func head(of origin: ReplicaID) -> Head?
  /// The ends of versions that may not be in the log yet.
  var recentEnds: RecentEnds { get }
  /// The versions that are set aside.
  var setAside: SetAsideIndex { get }
  /// Who has ended, and where.
  var succession: Succession { get }
  /// Which times of others are accepted.
  var tolerance: TimeTolerance { get }
  /// The latest time in what is here.
  var latestTime: HybridTime { get }
  /// Whether versions of format 1, which do not say which histories they rest on, are taken from others.
  var takesUnverifiedVersions: Bool { get }
  /// What is promised: all, but in simulations.
  var guarantees: Guarantees { get }
}

/// What is to be done with a version that another replica offers.
package enum HistoryVerdict {
  /// It follows what is here.
  case applicable
  /// It is here.
  case known
  /// It waits for versions.
  case early(VersionVector)
  /// It rests on another branch than the one that is here, and is to be set aside.
  case otherBranch(ReplicationError)
  /// It is not taken.
  case refused(ReplicationError)
}

extension HistoryHolder {
  /// The peer, if it has written anything that is here; `nil` for those that nobody has heard of.
  package func known(_ peer: ReplicaID?) -> ReplicaID? {
    peer.flatMap { vector[$0] > 0 ? $0 : nil }
  }

  /// What is to be done with a version.
  ///
  /// - Parameters:
  ///   - version: the version, whose bytes have been read.
  ///   - meeting: who hands it over, and what was compared with that replica.
  ///   - wall: what the wall clock shows.
  ///   - history: the log, which is asked for the hashes of earlier versions.
  ///   - unverified: is raised, if the version is applicable, by the number of its dependencies whose hashes
  ///     neither the log nor the spine has.
  /// - Returns: the verdict.
  /// - Throws: ``/MerganserModel/StorageError``, if the log cannot be read.
  package func judge(
    _ version: Version, of meeting: Meeting, wall: HybridTime, history: any VersionHistory,
    unverified: inout Int
  ) throws(StorageError) -> HistoryVerdict {
    let stored = version.stored
    let origin = stored.origin
    let first = stored.sequences.lowerBound
    let head = head(of: origin) ?? Head(sequence: 0, hash: 0)
    if stored.sequences.upperBound <= head.sequence {
      let isSame = try matches(stored.head, of: origin, in: history) ?? true
      return isSame ? .known : .otherBranch(.forkedHistory(origin: origin, sequence: first))
    }
    if origin == replica {
      return .refused(.beyondOwnHistory(origin: origin, sequence: first, last: head.sequence))
    }
    if !succession.cuts.isEmpty, let cut = succession.cuts[origin],
      stored.sequences.upperBound > cut.last.sequence
    {
      return .otherBranch(
        .beyondCut(origin: origin, sequence: first, last: cut.last.sequence, heir: cut.heir))
    }
    if head.sequence == 0, vector.replicas.count >= HistoryLimits.origins {
      return .refused(
        .exceedsLimit(
          "replicas that have written", found: vector.replicas.count + 1,
          limit: HistoryLimits.origins))
    }
    if try !isTaken(stored, in: history) {
      return .refused(.unverifiable(origin: origin, sequence: first))
    }
    let isJudged = guarantees.contains(.judgedHistories)
    let isCompared = guarantees.contains(.comparedAgain)
    let isLinked = stored.previousHash == head.hash || !guarantees.contains(.linkedVersions)
    if first <= head.sequence || first == head.sequence + 1 && !isLinked {
      return .otherBranch(.forkedHistory(origin: origin, sequence: first))
    }
    if setAside.contains(Head(sequence: first - 1, hash: stored.previousHash), of: origin) {
      return .otherBranch(
        .restsOnOtherBranch(origin: origin, sequence: first, of: origin, at: first - 1))
    }
    var unknown = 0
    for link in version.links {
      switch try isHere(link, in: history) {
      case true?: continue
      // Where it is not here yet, the version waits, and counts when it comes again.
      case nil where link.sequence > vector[link.origin]: continue
      case nil where isCompared && link.hash != nil && !meeting.hasCompared(link, of: stored):
        return .refused(.notCompared(origin: origin, sequence: first))
      case nil: unknown += 1
      case false? where isJudged:
        return .otherBranch(
          .restsOnOtherBranch(
            origin: origin, sequence: first, of: link.origin, at: link.sequence))
      case false?: continue
      }
    }
    guard version.isReady(after: vector) || !guarantees.contains(.causalOrder) else {
      return .early(version.needed)
    }
    let cuts = version.cuts
    if !cuts.isEmpty {
      if let error = conflict(of: cuts) { return .otherBranch(error) }
      if succession.cuts.count + cuts.count > HistoryLimits.origins {
        return .refused(
          .exceedsLimit(
            "ends of identities", found: succession.cuts.count + cuts.count,
            limit: HistoryLimits.origins))
      }
    }
    if let future = tolerance.excess(of: version.time, wall: wall, seen: latestTime) {
      return .refused(.fromTheFuture(origin: origin, sequence: first, future))
    }
    unverified += unknown
    return .applicable
  }

  /// Whether a history that goes through the given version is the one that is here, as far as is known;
  /// `nil` if that is not known.
  package func matches(
    _ end: Head, of origin: ReplicaID, in history: any VersionHistory
  ) throws(StorageError) -> Bool? {
    if setAside.contains(end, of: origin) || succession.excludes(end, of: origin) { return false }
    guard let head = head(of: origin), end.sequence <= head.sequence else { return nil }
    if head.sequence == end.sequence { return head.hash == end.hash }
    var entry = recentEnds.entry(of: origin, endingAt: end.sequence)
    if entry == nil { entry = try history.entry(of: origin, endingAt: end.sequence) }
    switch entry {
    case .hash(let known): return known == end.hash
    case .noVersionEnds: return false
    case .unknown, nil: return nil
    }
  }

  /// Whether what a version depends on is of the history that is here; `nil` if that is not known.
  private func isHere(
    _ link: Dependency, in history: any VersionHistory
  ) throws(StorageError) -> Bool? {
    guard let hash = link.hash else { return nil }
    return try matches(Head(sequence: link.sequence, hash: hash), of: link.origin, in: history)
  }

  /// What an end of an identity that a version writes conflicts with: another end of the same one, or versions
  /// beyond it that are here; `nil` if there is nothing.
  ///
  /// What is here was not told where the identity ends before it went on: the replicas are on two branches from
  /// here on.
  package func conflict(of cuts: [(identity: ReplicaID, cut: Cut)]) -> ReplicationError? {
    for (identity, cut) in cuts {
      if let own = succession.cuts[identity], own != cut {
        return .cutsDiffer(of: identity, ours: "\(own)", theirs: "\(cut)")
      }
      guard let head = head(of: identity), head.sequence >= cut.last.sequence, head != cut.last
      else { continue }
      return .holdsBeyondCut(
        identity, last: head.sequence, cut: cut.last.sequence, holder: replica)
    }
    return nil
  }

  /// Whether a version of another origin is taken, whatever its format: one of format 1 only where that is
  /// wanted, and the origin is not known to have written a later format.
  private func isTaken(
    _ version: StoredVersion, in history: any VersionHistory
  ) throws(StorageError) -> Bool {
    if version.format > 1 { return true }
    guard takesUnverifiedVersions else { return false }
    return try history.formatOfLastVersion(of: version.origin).map { $0 == 1 } ?? true
  }
}

/// What histories of a database are limited to.
enum HistoryLimits {
  /// How many replicas can have written to a database, and how many of them can have ended.
  static let origins = 1 << 16
}
