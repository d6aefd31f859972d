import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

// What the writer does between groups: it stores the rows that memory holds, a bounded part at a time, and
// truncates the log behind them.
extension Writer {
  /// What there is to do between groups.
  struct Maintenance {
    /// Whether a part of a checkpoint is to be stored, or of the log to be truncated.
    var isDue = false
    /// Whether the log is to be truncated next.
    var truncates = false
    /// Whether what is stored is to stay as it is for now.
    var isHeld = false
    /// Whether rows are read from an older state of the storage, as none could be had since.
    var isBehind = false
    /// What is stored and not in memory, as it could not be taken in.
    var lacking: [StoredVersion] = []
    /// Why the last attempt failed; `nil` after one that did not.
    var failure: StorageError?
    /// When observers were last told the status.
    var lastStatus: ContinuousClock.Instant?
  }

  /// Keeps nothing for a peer any more; what was kept for it alone is taken out of the log next.
  ///
  /// - Returns: whether it was known.
  func forget(_ peer: ReplicaID) async throws -> Bool {
    let wasKnown = try await onWriter { writer in
      let wasKnown = try writer.storage.forget(peer)
      writer.maintenance.withLock { $0.truncates = true }
      return wasKnown
    }
    // Maintenance follows each group, an empty one too.
    maintain()
    return wasKnown
  }

  /// Reads rows that are not in memory from what is stored now.
  ///
  /// If that fails, they are read from what was stored before, which is no less true, and it is tried
  /// again before the next group.
  func renew(_ database: inout Database) {
    do throws(StorageError) { try rest(&database) } catch { tellMaintenance(error) }
  }

  /// As ``renew(_:)``, if it has failed before.
  func renewIfBehind(_ database: inout Database) {
    if maintenance.withLock({ $0.isBehind }) { renew(&database) }
  }

  /// Has a database rest on what is stored now.
  private func rest(_ database: inout Database) throws(StorageError) {
    guard storage.checkpointInterval != nil else { return }
    maintenance.withLock { $0.isBehind = true }
    database.rest(on: try storage.stateForWriter())
    maintenance.withLock { $0.isBehind = false }
  }

  /// Takes notice, and tells, that something failed that is tried again.
  func tellMaintenance(_ error: StorageError) {
    maintenance.withLock { $0.failure = error }
    observers.tell(.maintenanceFailed(error))
  }

  /// Does a bounded part of what is due.
  ///
  /// If that fails, it is tried again after the next group: nothing depends on it but the time that the
  /// next opening takes, and the room that the log does.
  func keepUp() {
    // Where nothing new can be read, nothing that is stored of rows could be let go of in memory.
    guard let interval = storage.checkpointInterval,
      !maintenance.withLock({ $0.isHeld || $0.isBehind || !$0.lacking.isEmpty })
    else {
      maintenance.withLock { $0.isDue = false }
      tellStatus(isDue: false)
      return
    }
    do throws(StorageError) {
      let isDue = try database.withLock { database throws(StorageError) in
        // An interval of nothing asks for a checkpoint after every group, not for one after the other.
        if database.bytesSinceCheckpoint >= max(interval, 1) { database.beginCheckpoint() }
        return try storePart(of: &database)
      }
      if isDue {
        maintenance.withLock { $0.isDue = true }
      } else {
        try truncateLog()
      }
    } catch {
      maintenance.withLock { $0.isDue = false }
      tellMaintenance(error)
    }
  }

  /// Stores a part of the checkpoint under way; tells whether there is more to do.
  private func storePart(of database: inout Database) throws(StorageError) -> Bool {
    let start = ContinuousClock.now
    var next = database
    guard let step = try next.nextCheckpointStep() else { return false }
    try storage.store(step)
    database = next
    if step.completes != nil { maintenance.withLock { $0.truncates = true } }
    observers.tell(
      .checkpointed(
        ReplicaEvent.CheckpointPart(
          changes: step.changes.count, isLast: step.completes != nil,
          duration: ContinuousClock.now - start)))
    try rest(&database)
    publish(database)
    if step.completes != nil { expireRequests(of: database) }
    return true
  }

  private func truncateLog() throws(StorageError) {
    let truncates = maintenance.withLock { $0.truncates }
    let size = truncates ? try observedLogBytes() : nil
    let hasMore = truncates ? try storage.truncate() : false
    if let size, let rest = try observedLogBytes(), rest < size {
      observers.tell(.truncated(from: size, to: rest))
    }
    if truncates {
      // What is read from an older snapshot keeps the room from being used again that is free now.
      database.withLock { database in
        renew(&database)
        publish(database)
      }
    }
    maintenance.withLock { maintenance in
      maintenance.truncates = hasMore
      maintenance.isDue = hasMore
      maintenance.failure = nil
    }
    tellStatus(isDue: truncates && !hasMore)
  }

  /// How many bytes the log has, if anybody wants to know.
  private func observedLogBytes() throws(StorageError) -> Int? {
    guard !observers.isEmpty, let store = storage as? LogStore else { return nil }
    return try store.logBytes
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
