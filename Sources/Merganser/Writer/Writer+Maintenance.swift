import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

// What the writer does between groups: it stores the rows that memory holds, a bounded part at a time, and
// truncates the log behind them.
extension Writer {
  /// What there is to do between groups.
  struct Maintenance {
    /// How far it has come.
    enum Phase {
      /// There is nothing to do before more has been written.
      case idle
      /// A checkpoint is under way, of which the next part is to be stored.
      case storing
      /// The log is to be truncated, as far as one step takes it.
      case truncating
    }

    /// What memory rests on.
    enum Footing {
      /// What is stored now.
      case current
      /// An older state of the storage, as none could be read since.
      case behind
      /// A state that lacks versions which are stored, as they could not be taken in.
      case lacking([StoredVersion])
    }

    var phase = Phase.idle
    var footing = Footing.current
    /// Whether what is stored is to stay as it is for now, while a copy of it is made.
    var isHeld = false
    /// Why the last attempt failed; `nil` after one that did not.
    var failure: StorageError?
    /// When observers were last told the status.
    var lastStatus: ContinuousClock.Instant?

    /// Whether rows can be stored: what cannot be read anew could not be let go of in memory.
    var canStore: Bool {
      if case .current = footing { !isHeld } else { false }
    }

    /// Whether the next step follows at once; what has failed is tried again behind the next group.
    var isDue: Bool { phase != .idle && failure == nil && canStore }
  }

  /// Keeps nothing for a peer any more; what was kept for it alone is taken out of the log next.
  ///
  /// - Returns: whether it was known.
  func forget(_ peer: ReplicaID) async throws -> Bool {
    let wasKnown = try await onWriter { writer in
      let wasKnown = try writer.storage.forget(peer)
      // What a checkpoint under way leaves of the log is truncated behind it.
      writer.maintenance.withLock { if $0.phase == .idle { $0.phase = .truncating } }
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

  /// Has a database rest on what is stored now.
  private func rest(_ database: inout Database) throws(StorageError) {
    guard storage.checkpointInterval != nil else { return }
    let isWhole = maintenance.withLock { maintenance in
      if case .lacking = maintenance.footing { return false }
      maintenance.footing = .behind
      return true
    }
    // What lacks versions takes them in first, and rests on what is stored then.
    guard isWhole else { return }
    database.rest(on: try storage.stateForWriter())
    maintenance.withLock { $0.footing = .current }
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
    guard let interval = storage.checkpointInterval, maintenance.withLock({ $0.canStore }) else {
      return tellStatus(isDue: false)
    }
    do throws(StorageError) {
      let hasStored = try database.withLock { database throws(StorageError) in
        // An interval of nothing asks for a checkpoint after every group, not for one after the other.
        if database.bytesSinceCheckpoint >= max(interval, 1) { database.beginCheckpoint() }
        return try storePart(of: &database)
      }
      if !hasStored { try truncateLog() }
      maintenance.withLock { $0.failure = nil }
    } catch {
      tellMaintenance(error)
    }
  }

  /// Stores a part of the checkpoint under way; tells whether there was one.
  private func storePart(of database: inout Database) throws(StorageError) -> Bool {
    let start = ContinuousClock.now
    var next = database
    guard let step = try next.nextCheckpointStep(limit: portion) else { return false }
    try storage.store(step)
    database = next
    maintenance.withLock { $0.phase = step.completes == nil ? .storing : .truncating }
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

  /// Truncates the log as far as one step takes it, if that is due.
  private func truncateLog() throws(StorageError) {
    guard maintenance.withLock({ $0.phase == .truncating }) else {
      maintenance.withLock { $0.phase = .idle }
      return tellStatus(isDue: false)
    }
    let size = try observedLogBytes()
    let hasMore = try storage.truncate()
    if let size, let rest = try observedLogBytes(), rest < size {
      observers.tell(.truncated(from: size, to: rest))
    }
    // What is read from an older snapshot keeps the room from being used again that is free now.
    database.withLock { database in
      renew(&database)
      publish(database)
    }
    maintenance.withLock { $0.phase = hasMore ? .truncating : .idle }
    tellStatus(isDue: !hasMore)
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
