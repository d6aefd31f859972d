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
    /// How many dependencies of applied versions could not be verified: neither the log nor its spine has the
    /// hashes of the versions that they name.
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
  /// - Returns: what became of each version.
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
      let verdict = try judge(
        decoded, wall: wall, history: history, unverified: &reception.unverified)
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
    try state.readCuts(catalog)
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
