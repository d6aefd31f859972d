public import MerganserTypes

// Versions of other replicas, and our own when they are read back.
extension Database {
  /// What became of versions that were offered.
  public struct Reception: Sendable {
    /// What has been applied, in an order in which it can be stored.
    public var applied: [StoredVersion] = []
    /// What is to be kept and not applied: it rests on another branch of some replica's history.
    public var setAside: [SetAsideVersion] = []
    /// What cannot be applied, and why.
    public var refused: [ReplicationError] = []
    /// Requests that are known now to have committed more than once.
    public var executedTwice: [DoubleExecution] = []
    /// How many dependencies of applied versions named versions whose hashes are not known here.
    public var unverified = 0

    /// What became of nothing.
    public init() {}
  }

  /// Applies versions of other replicas: those whose dependencies are here, and what waited for them.
  ///
  /// A version that was applied before changes nothing. One that comes too early waits, in memory, and
  /// is offered again by the next exchange if it is forgotten. One that rests on another branch of some
  /// replica's history than the one that is here is set aside.
  ///
  /// - Parameters:
  ///   - versions: what another replica offers.
  ///   - wall: what the wall clock shows.
  ///   - history: the log, which is asked for the hashes of earlier versions.
  /// - Throws: ``StorageError``, if stored rows or the log cannot be read. Nothing has been applied then.
  public mutating func receive(
    _ versions: [StoredVersion], wall: HybridTime, history: any VersionHistory = NoHistory()
  ) throws(StorageError) -> Reception {
    var reception = Reception()
    let before = self
    do throws(StorageError) {
      var lately = LatelyRead()
      for version in versions { try receive(version, wall, history, &reception, &lately) }
    } catch {
      self = before
      throw error
    }
    return reception
  }

  private mutating func receive(
    _ version: StoredVersion, _ wall: HybridTime, _ history: any VersionHistory,
    _ reception: inout Reception, _ lately: inout LatelyRead
  ) throws(StorageError) {
    var open = [version]
    while let candidate = open.popLast() {
      let decoded: Version
      do { decoded = try candidate.decoded() } catch {
        reception.refused.append(
          .malformed(
            origin: candidate.origin, sequence: candidate.sequences.lowerBound, reason: "\(error)"))
        continue
      }
      let verdict = try judge(decoded, wall: wall, history, unverified: &reception.unverified)
      switch verdict {
      case .applicable:
        if let error = try apply(decoded, &lately) {
          reception.refused.append(error)
          continue
        }
        reception.applied.append(candidate)
        if let double = try executedTwice(by: decoded) { reception.executedTwice.append(double) }
        open += early.release(by: candidate.origin, vector: state.vector)
      case .known: break
      case .early(let needed): early.add(candidate, needing: needed, vector: state.vector)
      case .otherBranch(let error):
        let aside = SetAsideVersion(version: candidate, reason: "\(error)")
        switch setAside.insert(aside) {
        case .new: reception.setAside.append(aside)
        case .noRoom: reception.refused.append(error)
        case .known: continue
        }
        // What waits for it may rest on it.
        open += early.release(waitingFor: candidate)
      case .refused(let error): reception.refused.append(error)
      }
    }
  }

  /// Applies the next version of a log that was applied before.
  ///
  /// - Throws: ``StorageError/damaged(place:reason:)``, if it does not follow what is here.
  mutating func replay(_ version: Version, _ lately: inout LatelyRead) throws(StorageError) {
    let (first, head) = (version.sequences.lowerBound, state.head(of: version.origin))
    let follows =
      first == (head?.sequence ?? 0) + 1 && version.stored.previousHash == head?.hash ?? 0
    let error =
      follows
      ? try apply(version, &lately) : .forkedHistory(origin: version.origin, sequence: first)
    if let error { throw StorageError(error, of: version.stored) }
  }

  /// What is to be done with a version.
  private enum Verdict {
    case applicable
    case known
    case early(VersionVector)
    case otherBranch(ReplicationError)
    case refused(ReplicationError)
  }

  private func judge(
    _ version: Version, wall: HybridTime, _ history: any VersionHistory, unverified: inout Int
  ) throws(StorageError) -> Verdict {
    let stored = version.stored
    let (origin, first, last) = (
      stored.origin, stored.sequences.lowerBound, stored.sequences.upperBound
    )
    let head = state.head(of: origin) ?? Head(sequence: 0, hash: 0)
    if last <= head.sequence {
      let isSame = try matches(last, stored.hash, of: origin, in: history) ?? true
      return isSame ? .known : .otherBranch(.forkedHistory(origin: origin, sequence: first))
    }
    if origin == replica {
      return .refused(.beyondOwnHistory(origin: origin, sequence: first, last: head.sequence))
    }
    if try !isTaken(stored, in: history) {
      return .refused(.unverifiable(origin: origin, sequence: first))
    }
    if first <= head.sequence || first == head.sequence + 1 && stored.previousHash != head.hash {
      return .otherBranch(.forkedHistory(origin: origin, sequence: first))
    }
    if setAside.contains(Head(sequence: first - 1, hash: stored.previousHash), of: origin) {
      return .otherBranch(
        .restsOnOtherBranch(origin: origin, sequence: first, of: origin, at: first - 1))
    }
    for link in version.links {
      guard let hash = link.hash else {
        unverified += 1
        continue
      }
      let end = Head(sequence: link.sequence, hash: hash)
      let isHere: Bool?
      if setAside.contains(end, of: link.origin) {
        isHere = false
      } else if link.sequence > state.vector[link.origin] {
        continue
      } else {
        isHere = try matches(link.sequence, hash, of: link.origin, in: history)
      }
      if isHere == false {
        return .otherBranch(
          .restsOnOtherBranch(
            origin: origin, sequence: first, of: link.origin, at: link.sequence))
      }
      if isHere == nil { unverified += 1 }
    }
    guard version.isReady(after: state.vector) else { return .early(version.needed) }
    if let error = refusal(of: version, wall: wall) { return .refused(error) }
    return .applicable
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

  /// Whether the version of `origin` that ends at `sequence`, no further than what is applied here, has the
  /// given hash; `nil` if that is not known.
  func matches(
    _ sequence: UInt64, _ hash: UInt64, of origin: ReplicaID, in history: any VersionHistory
  ) throws(StorageError) -> Bool? {
    if let head = state.head(of: origin), head.sequence == sequence { return head.hash == hash }
    var entry = recentEnds.entry(of: origin, endingAt: sequence)
    if entry == nil { entry = try history.entry(of: origin, endingAt: sequence) }
    switch entry {
    case .hash(let known): return known == hash
    case .noVersionEnds: return false
    case .unknown, nil: return nil
    }
  }

  /// Applies a version that follows what is here.
  ///
  /// - Returns: what is wrong with it; nothing has changed then.
  private mutating func apply(
    _ version: Version, _ lately: inout LatelyRead
  ) throws(StorageError) -> ReplicationError? {
    lately.latestStamp = .zero
    if let error = try state.apply(version, catalog: catalog, lately: &lately) { return error }
    advance(version.origin, to: version.stored.head)
    uncheckpointed += version.stored.payload.count
    clock.observe(max(version.time, lately.latestStamp))
    guard version.origin == replica else { return nil }
    for (origin, sequence) in version.dependencies {
      unseenByOwn[origin] = state.vector[origin] > sequence ? sequence : nil
    }
    return nil
  }
}

// What a storage holds, read back.
extension Database {
  /// Applies what a storage holds: the rows of its last checkpoint, and the versions that came after
  /// it, in the order of their dependencies.
  ///
  /// - Throws: ``StorageError/damaged(place:reason:)``, if a version cannot be applied or is missing.
  public mutating func recover(from snapshot: any VersionSnapshot) throws(StorageError) {
    if let checkpoint = try state.rest(on: snapshot.state, catalog: catalog) {
      for (origin, head) in checkpoint.heads where origin != replica {
        let declared = checkpoint.declared[origin]
        if declared < head.sequence { unseenByOwn[origin] = declared }
      }
      clock.observe(checkpoint.time)
    }
    // The rows may hold some of what follows already.
    state.isRecovering = true
    defer { state.isRecovering = false }
    try recover(beyondCheckpointFrom: snapshot)
  }

  /// Applies the versions that a storage holds beyond what is here.
  ///
  /// - Throws: as ``recover(from:)``.
  public mutating func recover(
    beyondCheckpointFrom snapshot: any VersionSnapshot
  ) throws(StorageError) {
    try snapshot.state.forEachSetAside { version in _ = setAside.insert(version) }
    var merge = try CausalMerge(snapshot, beyond: state.vector)
    var lately = LatelyRead()
    while let version = try merge.next(after: state.vector) {
      try replay(version, &lately)
    }
    if let stuck = merge.stuck {
      throw .damaged(
        place: "version \(stuck)", reason: "a version that it depends on is not in the log")
    }
    noteStored()
  }
}
