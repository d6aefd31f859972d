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
      if let error = candidate.excess {
        reception.refused.append(error)
        continue
      }
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
        switch try apply(decoded, &lately) {
        case nil: break
        case .refused(let error):
          reception.refused.append(error)
          continue
        case .early(let needed):
          var needed = needed
          needed.merge(decoded.needed)
          early.add(candidate, needing: needed, vector: state.vector)
          continue
        case .held(let error, let reason):
          reception.refused.append(error)
          held.add(candidate, until: reason)
          continue
        }
        reception.applied.append(candidate)
        if let double = try executedTwice(by: decoded) { reception.executedTwice.append(double) }
        open += early.release(by: candidate.origin, vector: state.vector)
        open += held.release(by: decoded, in: catalog)
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
    guard follows else {
      throw StorageError(
        .forkedHistory(origin: version.origin, sequence: first), of: version.stored)
    }
    switch try apply(version, &lately, isKnown: true) {
    case nil: break
    case .refused(let error), .held(let error, _): throw StorageError(error, of: version.stored)
    case .early(let needed):
      throw .damaged(
        place: "version \(Dot(version.origin, first))", reason: "it comes before \(needed)")
    }
  }

  /// Applies a version that follows what is here.
  ///
  /// - Parameters:
  ///   - version: the version.
  ///   - lately: what is reused from version to version.
  ///   - isKnown: whether it was applied here before, so that nothing is asked of it again.
  /// - Returns: what keeps it from being applied; nothing has changed then.
  /// - Throws: ``StorageError``, if stored rows cannot be read.
  private mutating func apply(
    _ version: Version, _ lately: inout LatelyRead, isKnown: Bool = false
  ) throws(StorageError) -> VersionObstacle? {
    lately.latestStamp = .zero
    let gate = isKnown ? nil : Gate(version, after: state.vector, founder: founder)
    let obstacle = try state.apply(version, catalog: catalog, through: gate, lately: &lately)
    if let obstacle { return obstacle }
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

extension StoredVersion {
  /// What is said of a version that is longer than storages take; `nil` if it is not.
  package var excess: ReplicationError? {
    if payload.count <= Self.maximumSize { return nil }
    return .malformed(
      origin: origin, sequence: sequences.lowerBound,
      reason: "it has \(payload.count) bytes, and at most \(Self.maximumSize) are stored")
  }
}
