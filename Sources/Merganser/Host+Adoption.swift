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
      let shadow = try host.storage.shadowForAdoption()
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
          // What has grown meanwhile is not in the copy; the next meeting hands the state over again.
          guard copy.schema == database.catalog.description else {
            throw ReplicationError.otherSchema(
              ours: database.catalog.fingerprint, theirs: copy.schema.fingerprint)
          }
          var adopted = try copy.takePlace(of: host.storage, keeping: database.cache)
          // More times may have been accepted meanwhile.
          adopted.tolerance = database.tolerance
          database = adopted
          host.renew(&database)
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
