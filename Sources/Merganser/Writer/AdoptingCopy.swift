import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A database and a copy of its storage, into which a state is being taken.
///
/// It is used by one caller at a time.
final class AdoptingCopy: @unchecked Sendable {
  private var database: Database
  private let storage: any ShadowStorage
  private let header: StateHeader

  /// A copy of `original` in `storage`, into which the state that `header` announces is taken next.
  init(
    of original: Database, in storage: any ShadowStorage, header: StateHeader, wall: HybridTime
  ) throws {
    self.storage = storage
    self.header = header
    database = original
    if storage.checkpointInterval != nil {
      // Rows are read from the copy, and written there.
      database = Database(
        catalog: original.catalog, replica: original.replica, founder: original.founder)
      database.takeOptions(from: original)
      try database.recover(from: try storage.snapshot())
    }
    try database.beginAdoption(of: header, wall: wall, history: storage)
  }

  /// Under which schema it is made.
  var schema: SchemaDescription { database.catalog.description }

  /// Takes in the next part.
  func adopt(_ part: StatePart) throws {
    try database.adopt(part)
    if let interval = storage.checkpointInterval, database.bytesSinceCheckpoint >= interval {
      try store()
    }
  }

  /// Takes notice that there are no more parts.
  ///
  /// - Parameters:
  ///   - policy: how much may be removed.
  ///   - accepted: how many rows the user has accepted to be removed.
  ///   - recent: what other states have removed.
  ///   - wall: what the wall clock shows.
  /// - Returns: what is removed, and whether the user was asked and has accepted it.
  /// - Throws: ``/MerganserModel/ReplicationError/removesRows(_:)``; ``/MerganserModel/StorageError``.
  func complete(
    under policy: AdoptionPolicy, acceptingRemovals accepted: Int, after recent: RecentRemovals,
    wall: HybridTime
  ) throws -> (removed: [RemovedRows], wasAccepted: Bool) {
    let removed = recent.counted(database.adoptionRemovals, over: policy.period, at: wall)
    let wasAccepted = try policy.check(removed, accepting: accepted)
    try storage.advance(to: try database.completeAdoption())
    if storage.checkpointInterval != nil { try store() }
    return (removed, wasAccepted)
  }

  /// Checks that the state can be taken beside what is here now.
  ///
  /// - Parameters:
  ///   - current: the database as it is now.
  ///   - meeting: what was compared before the state was handed over.
  ///   - original: the storage.
  /// - Throws: as ``/MerganserDatabase/Database/checkAgain(_:of:ending:history:)``.
  func check(
    against current: Database, by meeting: Meeting, in original: any VersionStorage
  ) throws {
    try current.checkAgain(
      header, of: meeting, ending: database.snapshot.cuts, history: original)
  }

  /// Catches up with what was appended to `original` meanwhile, and lets the copy take its place.
  ///
  /// The database goes on reading rows from the copy as it was last, which holds all that the original does
  /// from now on.
  ///
  /// - Parameters:
  ///   - original: the storage.
  ///   - cache: where rows that are read are kept from then on.
  /// - Returns: the database, which is to be renewed next.
  /// - Throws: what reading and replacing throw. Nothing has happened then.
  func takePlace(of original: any VersionStorage, keeping cache: RowCache? = nil) throws -> Database
  {
    var next = database
    if next.guarantees.contains(.caughtUp) {
      try next.recover(beyondCheckpointFrom: try original.snapshot())
    }
    try original.replace(with: storage)
    if original.checkpointInterval != nil { next.cache = cache }
    return next
  }

  private func store() throws {
    database.beginCheckpoint()
    while let step = try database.nextCheckpointStep(limit: 1 << 20) {
      try storage.store(step)
      database.rest(on: try storage.snapshot().state)
    }
  }
}

extension VersionStorage {
  /// How many bytes a state may have that is taken in here.
  ///
  /// - Throws: ``/MerganserModel/StorageError/unusable(path:reason:)``, if none can be.
  func stateLimit(under policy: AdoptionPolicy) throws(StorageError) -> Int {
    if !waitsForDisk { return min(policy.maximumSizeInMemory, policy.maximumSize) }
    guard checkpointInterval != nil else { throw Self.takesNoState }
    return policy.maximumSize
  }

  private static var takesNoState: StorageError {
    .unusable(
      path: "the replica's storage",
      reason:
        "it cannot take another replica's rows in, as it stores none; open it with a checkpointInterval"
    )
  }

  /// A copy into which a state can be taken.
  func shadowForAdoption() throws(StorageError) -> any ShadowStorage {
    guard let shadow = try shadow() else { throw Self.takesNoState }
    return shadow
  }
}
