import MerganserDatabase
import MerganserLog
import MerganserTypes

// What the writer does between groups: it stores the rows that memory holds, a bounded part at a time, and
// truncates the log behind them.
extension Host {
  /// What there is to do between groups.
  struct Upkeep {
    /// Whether a part of a checkpoint is to be stored, or of the log to be truncated.
    var isDue = false
    /// Whether the log is to be truncated next.
    var truncates = false
    /// Whether what is stored is to stay as it is for now.
    var isHeld = false
    /// Why the last attempt failed; nothing after one that did not.
    var failure: StorageError?
    /// When observers were last told the status.
    var lastStatus: ContinuousClock.Instant?
  }

  /// Keeps nothing for a peer any more; what was kept for it alone is taken out of the log next.
  ///
  /// - Returns: whether it was known.
  func forget(_ peer: ReplicaID) async throws -> Bool {
    let wasKnown = try await onWriter { host in
      let wasKnown = try host.storage.forget(peer)
      host.upkeep.withLock { $0.truncates = true }
      return wasKnown
    }
    // Upkeep follows each group, an empty one too.
    submit { _, _ in { _ in } }
    return wasKnown
  }

  /// Reads rows that are not in memory from what is stored now.
  func renew(_ database: inout Database) throws(StorageError) {
    guard storage.checkpointInterval != nil else { return }
    database.rest(on: try storage.snapshot().state)
  }

  /// Does a bounded part of what is due.
  ///
  /// If that fails, it is tried again after the next group: nothing depends on it but the time that the
  /// next opening takes, and the room that the log does.
  func keepUp() {
    guard let interval = storage.checkpointInterval, !upkeep.withLock({ $0.isHeld }) else {
      upkeep.withLock { $0.isDue = false }
      tellStatus(isDue: false)
      return
    }
    do throws(StorageError) {
      let isDue = try database.withLock { database throws(StorageError) in
        if database.bytesSinceCheckpoint >= interval { database.beginCheckpoint() }
        return try storePart(of: &database)
      }
      if isDue {
        upkeep.withLock { $0.isDue = true }
      } else {
        try truncateLog()
      }
    } catch {
      upkeep.withLock { upkeep in
        upkeep.isDue = false
        upkeep.failure = error
      }
      observers.tell(.upkeepFailed(error))
    }
  }

  /// Stores a part of the checkpoint under way; tells whether there is more to do.
  private func storePart(of database: inout Database) throws(StorageError) -> Bool {
    let start = ContinuousClock.now
    var next = database
    guard let step = try next.nextCheckpointStep() else { return false }
    try storage.store(step)
    try renew(&next)
    database = next
    if step.completes != nil { upkeep.withLock { $0.truncates = true } }
    publish(next)
    observers.tell(
      .checkpointed(
        ReplicaEvent.CheckpointPart(
          changes: step.changes.count, isLast: step.completes != nil,
          duration: ContinuousClock.now - start)))
    return true
  }

  private func truncateLog() throws(StorageError) {
    let truncates = upkeep.withLock { $0.truncates }
    let size = truncates ? try observedLogBytes() : nil
    let hasMore = truncates ? try storage.truncate() : false
    if let size, let rest = try observedLogBytes(), rest < size {
      observers.tell(.truncated(from: size, to: rest))
    }
    if truncates {
      // What is read from an older snapshot keeps the room from being used again that is free now.
      try database.withLock { database throws(StorageError) in
        try renew(&database)
        publish(database)
      }
    }
    upkeep.withLock { upkeep in
      upkeep.truncates = hasMore
      upkeep.isDue = hasMore
      upkeep.failure = nil
    }
    tellStatus(isDue: truncates && !hasMore)
  }

  /// How many bytes the log has, if anybody wants to know.
  private func observedLogBytes() throws(StorageError) -> Int? {
    guard !observers.isEmpty, let store = storage as? LogStore else { return nil }
    return try store.logSnapshot().logBytes
  }

  /// Stores all that memory holds, for the replica to be opened at once the next time.
  func completeCheckpoint() throws(StorageError) {
    guard storage.checkpointInterval != nil else { return }
    try database.withLock { database throws(StorageError) in
      while try storePart(of: &database) {}
      guard database.bytesSinceCheckpoint > 0 else { return }
      database.beginCheckpoint()
      while try storePart(of: &database) {}
    }
  }
}
