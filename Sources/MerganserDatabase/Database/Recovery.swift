public import MerganserModel
package import MerganserTypes

/// What a log holds that is not applied, as it was found when the log was read back.
///
/// A version can be in a log that no program would apply: an earlier program took it, or a store that no program
/// had open, and that knew less of its types and invariants. Such a version and all that rests on it leave the log.
public struct Recovery: Sendable {
  /// What keeps versions from being applied: of each origin the first.
  public internal(set) var refused: [ReplicationError] = []
  /// What is to be set aside: versions that are refused for good, and what rests on them.
  public internal(set) var setAside: [SetAsideVersion] = []
  /// How many versions wait in memory for what is not here; whoever has them offers them again.
  public internal(set) var waiting = 0
  /// Where the logs of origins are to end.
  ///
  /// It is `nil` where nothing is left. What rests on another stands before it.
  package internal(set) var ends: [(origin: ReplicaID, head: Head?)] = []

  /// Whether all of the log is applied.
  public var isWhole: Bool { ends.isEmpty }
}

// What a storage holds, read back.
extension Database {
  /// Applies what a storage holds: the rows of its last checkpoint, and the versions that came after
  /// it, in the order of their dependencies.
  ///
  /// Nothing is asked of them: they were applied before.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if a version cannot be applied or is missing.
  public mutating func recover(from snapshot: any VersionSnapshot) throws(StorageError) {
    _ = try recover(from: snapshot, isJudged: true)
  }

  /// Applies what a storage holds, as ``recover(from:)``, but for versions of others that may have come into its
  /// log without being judged: those that no own write rests on are asked as if they came now.
  ///
  /// What cannot be applied, and what rests on it, is left out, and the storage is to be rid of it before anything
  /// is appended. What own writes rest on is applied as it was when they were made.
  ///
  /// - Returns: what is left out.
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if a version that own writes rest on cannot be applied, or
  ///   one is missing.
  public mutating func recover(
    judging snapshot: any VersionSnapshot
  ) throws(StorageError) -> Recovery {
    try recover(from: snapshot, isJudged: false)
  }

  private mutating func recover(
    from snapshot: any VersionSnapshot, isJudged: Bool
  ) throws(StorageError) -> Recovery {
    if let checkpoint = try state.rest(on: snapshot.state, catalog: catalog) {
      // An identity that is new here has named nothing yet, whatever the one before it had.
      let isNew = checkpoint.heads[replica] == nil
      for (origin, head) in checkpoint.heads where origin != replica {
        let declared = isNew ? 0 : checkpoint.declared[origin]
        if declared < head.sequence { unseenByOwn[origin] = declared }
      }
      clock.observe(checkpoint.time)
    }
    try state.readCuts(catalog)
    // The rows may hold some of what follows already.
    state.isRecovering = guarantees.contains(.followedAgain)
    defer { state.isRecovering = false }
    return try replay(snapshot, applied: isJudged ? nil : seenByOwn(in: snapshot))
  }

  /// Applies the versions that a storage holds beyond what is here.
  ///
  /// - Throws: as ``recover(from:)``.
  public mutating func recover(
    beyondCheckpointFrom snapshot: any VersionSnapshot
  ) throws(StorageError) {
    _ = try replay(snapshot, applied: nil)
  }

  /// How far own writes rest on the versions of others that are not here yet.
  private func seenByOwn(in snapshot: any VersionSnapshot) throws(StorageError) -> VersionVector {
    var seen = VersionVector()
    let reader = try snapshot.versions(of: replica, after: state.vector[replica])
    while let version = try reader.next() {
      do { seen.merge(try version.decoded().dependencies) } catch {
        throw StorageError(
          .malformed(
            origin: replica, sequence: version.sequences.lowerBound, reason: "\(error)"),
          of: version)
      }
    }
    return seen
  }

  /// Applies what a log holds beyond what is here.
  ///
  /// - Parameters:
  ///   - snapshot: what the log holds.
  ///   - applied: how far versions of others were applied before; `nil` if all were.
  /// - Returns: what is left out.
  /// - Throws: as ``recover(judging:)``.
  private mutating func replay(
    _ snapshot: any VersionSnapshot, applied: VersionVector?
  ) throws(StorageError) -> Recovery {
    openRequests = nil
    try snapshot.state.forEachSetAside { version in _ = setAside.insert(version) }
    var log = try Replay(snapshot, beyond: state.vector, of: replica, applied: applied)
    var lately = LatelyRead()
    while let version = try log.next(after: state.vector) {
      let obstacle = try replay(version, asking: log.asking(of: version), lately: &lately)
      try log.note(obstacle, to: version)
    }
    let recovery = try log.complete(&self)
    noteStored()
    return recovery
  }

  /// Applies the next version of a log.
  ///
  /// - Returns: what keeps it from being applied; nothing has changed then.
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if it does not follow what is here.
  mutating func replay(
    _ version: Version, asking: Asking, lately: inout LatelyRead
  ) throws(StorageError) -> VersionObstacle? {
    let first = version.sequences.lowerBound
    let head = state.head(of: version.origin)
    let follows =
      first == (head?.sequence ?? 0) + 1 && version.stored.previousHash == head?.hash ?? 0
    guard follows else {
      throw StorageError(
        .forkedHistory(origin: version.origin, sequence: first), of: version.stored)
    }
    return try apply(version, asking: asking, lately: &lately)
  }
}
