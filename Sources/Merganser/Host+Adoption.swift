import MerganserDatabase
import MerganserTypes

// Taking another replica's state in: into a copy of what is here, which then takes its place, all at once.
extension Host {
  /// Joins a state of another replica in, and returns when that is durable.
  ///
  /// Reads and writes go on meanwhile. If anything fails, nothing has happened.
  ///
  /// - Parameters:
  ///   - header: what stands before the state.
  ///   - wall: what the wall clock shows.
  ///   - next: gives the state's parts, one after the other.
  /// - Throws: ``MerganserDatabase/ReplicationError``; ``MerganserDatabase/StorageError``; what `next` throws.
  func adopt(
    _ header: StateHeader, wall: HybridTime,
    _ next: @escaping @Sendable () async throws -> StatePart?
  ) async throws {
    let shadow = try await onWriter { host in
      guard let shadow = try host.storage.shadow() else {
        throw StorageError.unusable(
          path: "the replica's storage", reason: "it cannot take another replica's rows in")
      }
      // The rows that are stored stay as they are while there is a copy of them.
      host.upkeep.withLock { $0.isHeld = true }
      return shadow
    }
    do {
      let copy = try await offThePool { [self] in
        try AdoptingCopy(of: database.withLock { $0 }, in: shadow, header, wall: wall)
      }
      while let part = try await next() { try await offThePool { try copy.adopt(part) } }
      try await offThePool { try copy.complete() }
      try await onWriter { host in
        try host.database.withLock { database in
          database = try copy.takePlace(of: host.storage)
          host.publish(database)
        }
      }
    } catch {
      shadow.discard()
      upkeep.withLock { $0.isHeld = false }
      throw error
    }
    upkeep.withLock { $0.isHeld = false }
  }

  /// Runs `body` on the writer, between groups.
  func onWriter<Value: Sendable>(
    _ body: @escaping @Sendable (Host) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      interrupt { host in continuation.resume(with: Result { try body(host) }) }
    }
  }
}

/// A database and a copy of its storage, into which a state is being taken.
///
/// It is used by one caller at a time.
private final class AdoptingCopy: @unchecked Sendable {
  private var database: Database
  private let storage: any ShadowStorage

  init(
    of original: Database, in storage: any ShadowStorage, _ header: StateHeader, wall: HybridTime
  ) throws {
    self.storage = storage
    database = original
    if storage.checkpointInterval != nil {
      // Rows are read from the copy, and written there.
      database = Database(
        catalog: original.catalog, replica: original.replica, founder: original.founder)
      database.toleratedDrift = original.toleratedDrift
      try database.recover(from: try storage.snapshot())
    }
    try database.beginAdoption(of: header, wall: wall)
  }

  func adopt(_ part: StatePart) throws {
    try database.adopt(part)
    if let interval = storage.checkpointInterval, database.bytesSinceCheckpoint >= interval {
      try store()
    }
  }

  func complete() throws {
    try storage.advance(to: try database.completeAdoption())
    if storage.checkpointInterval != nil { try store() }
  }

  /// Catches up with what was appended to `original` meanwhile, and lets the copy take its place.
  func takePlace(of original: any VersionStorage) throws -> Database {
    try database.recover(beyondCheckpointFrom: try original.snapshot())
    try original.replace(with: storage)
    if original.checkpointInterval != nil {
      database.rest(on: try original.snapshot().state)
    }
    return database
  }

  private func store() throws {
    database.beginCheckpoint()
    while let step = try database.nextCheckpointStep(limit: 1 << 20) {
      try storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
  }
}
