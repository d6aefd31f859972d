import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The adoption of a state that is here as a whole: it is merged into a copy of what is here, part by part, and the
/// copy takes the storage's place.
///
/// It is used by one step at a time.
final class StateAdoption: CopyWork, @unchecked Sendable {
  private enum Phase {
    case waiting
    /// Of this database a copy is to be made.
    case copying(Database)
    case merging(AdoptingCopy)
    /// All is in the copy.
    case merged(AdoptingCopy)
  }

  /// How often a state is merged anew, as the schema grew meanwhile.
  private static let attempts = 3

  private let header: StateHeader
  private let meeting: Meeting
  private let wall: HybridTime
  private let spool: StateSpool
  private let policy: AdoptionPolicy
  private let acceptedRemovals: Int
  private let completion: @Sendable (Result<Void, any Error>) -> Void
  private var phase = Phase.waiting
  private var parts: StateSpool.Reader?
  private var shadow: (any ShadowStorage)?
  /// What it removes, and whether the user was asked and has accepted it.
  private var removals: (removed: [RemovedRows], wasAccepted: Bool) = ([], false)
  private var attemptsLeft = StateAdoption.attempts

  /// The adoption of the given state.
  ///
  /// - Parameters:
  ///   - header: what it is the join of.
  ///   - meeting: who hands it over, and what was compared with that replica.
  ///   - wall: what the wall clock showed when it began to come.
  ///   - spool: its parts.
  ///   - policy: how much it may remove.
  ///   - accepted: how many rows the user has accepted to be removed.
  ///   - completion: is told what came of it; if it failed, nothing has happened.
  init(
    of header: StateHeader, by meeting: Meeting, wall: HybridTime, in spool: StateSpool,
    under policy: AdoptionPolicy, acceptingRemovals accepted: Int,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    self.header = header
    self.meeting = meeting
    self.wall = wall
    self.spool = spool
    self.policy = policy
    acceptedRemovals = accepted
    self.completion = completion
  }

  func step(on writer: Writer) -> StepPlace? {
    do {
      switch phase {
      case .waiting:
        if writer.isClosed { throw StorageError.closed(path: "the replica") }
        // The rows that are stored stay as they are while there is a copy of them.
        writer.maintenance.withLock { $0.isHeld = true }
        let database = writer.database.withLock { $0 }
        // Refused before it is merged for nothing.
        try database.checkAgain(header, of: meeting, ending: [:], history: writer.storage)
        phase = .copying(database)
      case .copying(let database):
        let shadow = try writer.storage.shadowForAdoption()
        self.shadow = shadow
        parts = try spool.parts()
        phase = .merging(
          try AdoptingCopy(of: database, in: shadow, header: header, wall: wall))
      case .merging(let copy):
        if let part = try parts?.next() {
          try copy.adopt(part)
        } else {
          removals = try copy.complete(
            under: policy, acceptingRemovals: acceptedRemovals, after: writer.states.removals,
            wall: writer.wall())
          phase = .merged(copy)
          return .betweenGroups
        }
      case .merged(let copy):
        if let grown = try takePlace(copy, on: writer) {
          shadow?.discard()
          attemptsLeft -= 1
          guard attemptsLeft > 0 else {
            let schema = grown.catalog.fingerprint
            throw ReplicationError.otherSchema(ours: schema, theirs: schema)
          }
          phase = .copying(grown)
        } else {
          // Now, and not when it began to come: how long it takes is the sender's.
          writer.states.removals.note(
            removals.removed, wasAccepted: removals.wasAccepted, at: writer.wall())
          end(.success(()), on: writer)
          return nil
        }
      }
      return .besideGroups
    } catch {
      shadow?.discard()
      end(.failure(error), on: writer)
      return nil
    }
  }

  /// Lets the copy take the storage's place, if it is of the schema that there is now.
  ///
  /// - Returns: the database, if it is not.
  private func takePlace(_ copy: AdoptingCopy, on writer: Writer) throws -> Database? {
    try writer.database.withLock { database in
      guard copy.schema == database.catalog.description else { return database }
      try copy.check(against: database, by: meeting, in: writer.storage)
      var adopted = try copy.takePlace(of: writer.storage, keeping: database.cache)
      // More times may have been accepted meanwhile.
      adopted.tolerance = database.tolerance
      database = adopted
      writer.renew(&database)
      writer.publish(database)
      writer.keepOrder(of: database)
      return nil
    }
  }

  private func end(_ result: Result<Void, any Error>, on writer: Writer) {
    writer.maintenance.withLock { $0.isHeld = false }
    writer.maintain()
    completion(result)
  }
}
