import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

// Taking another replica's state in: into a copy of what is here, which then takes its place, all at once.
extension Writer {
  /// How often a state that is here is adopted anew, as the schema grew meanwhile.
  private static let attempts = 3

  /// Joins a state of another replica in, and returns when that is durable.
  ///
  /// All of it is received first, however long that takes: everything else goes on. Reads and writes also go on
  /// while it is merged. If anything fails, nothing has happened.
  ///
  /// - Parameters:
  ///   - state: the state.
  ///   - policy: whose states are adopted, and how much they may remove.
  /// - Throws: ``/MerganserModel/ReplicationError``; ``/MerganserModel/StorageError``; what reading it throws.
  func adopt(_ state: StateStream, under policy: AdoptionPolicy) async throws {
    let header = state.header
    let wall = wall()
    let accepted = state.acceptedRemovals
    try policy.check(state.sender)
    // Refused before anything is received.
    try await onBlockingThread { [self] in
      try database.withLock { $0 }.check(header, wall: wall, history: storage)
    }
    let spool = try await states.receive(
      state, in: (storage as? LogStore)?.path, limit: policy.maximumSize)
    defer { spool.end() }
    try await states.run { [self] in
      for _ in 0..<Self.attempts {
        let isAdopted = try adopt(
          spool, header: header, wall: wall, under: policy, acceptingRemovals: accepted)
        if isAdopted { return }
      }
      let schema = database.withLock { $0.catalog.fingerprint }
      throw ReplicationError.otherSchema(ours: schema, theirs: schema)
    }
  }

  /// Merges a state that is here as a whole into a copy, and lets that take the storage's place; tells whether the
  /// copy was of the schema that there is then.
  private func adopt(
    _ spool: StateSpool, header: StateHeader, wall: HybridTime, under policy: AdoptionPolicy,
    acceptingRemovals accepted: Int
  ) throws -> Bool {
    // The rows that are stored stay as they are while there is a copy of them.
    try onWriterNow { writer in
      if writer.isClosed { throw StorageError.closed(path: "the replica") }
      writer.maintenance.withLock { $0.isHeld = true }
    }
    defer { maintenance.withLock { $0.isHeld = false } }
    let shadow = try storage.shadowForAdoption()
    do {
      let copy = try AdoptingCopy(
        of: database.withLock { $0 }, in: shadow, header: header, wall: wall)
      var parts = try spool.parts()
      while let part = try parts.next() { try copy.adopt(part) }
      try copy.complete(under: policy, acceptingRemovals: accepted)
      let isAdopted = try onWriterNow { writer in
        try writer.database.withLock { database in
          guard copy.schema == database.catalog.description else { return false }
          var adopted = try copy.takePlace(of: writer.storage, keeping: database.cache)
          // More times may have been accepted meanwhile.
          adopted.tolerance = database.tolerance
          database = adopted
          writer.renew(&database)
          writer.publish(database)
          return true
        }
      }
      if !isAdopted { shadow.discard() }
      return isAdopted
    } catch {
      shadow.discard()
      throw error
    }
  }
}
