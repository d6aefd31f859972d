public import MerganserModel
public import MerganserTypes

/// Follows a log version by version, with the database as it was before and after each: for tools that show
/// what happened, or check that something always held.
///
/// The versions come in an order in which each follows what it depends on. Another replica may have
/// seen concurrent ones the other way round. Only the database is in memory, not the log.
///
/// A log that still has its first versions is followed from the empty database. Of one that has not, or
/// that is followed from a later version on, the rows of the last checkpoint are what is known: what the
/// database was before an earlier version, nobody can tell any more.
public struct LogWalk {
  /// One version, and what it changed.
  public struct Step: Sendable {
    /// The version as it is stored.
    public let stored: StoredVersion
    /// The database before it; `nil` if that is not known any more.
    public let before: Snapshot?
    /// The database after it; `nil` if that is not known any more.
    public let after: Snapshot?
    /// Whether it is applied; a version that cannot be is left out of the database when the store is opened, and
    /// so is what rests on it.
    public let isApplied: Bool
    /// The schema.
    let catalog: Catalog
    /// Whether what is before may hold some of what the version wrote: a checkpoint that was not
    /// finished has stored it.
    let isAhead: Bool
  }

  /// What is behind the walk in the log: it begins with the versions beyond it.
  public let start: VersionVector

  private var database: Database
  private var merge: CausalMerge
  /// How far the versions have been read.
  private var reached: VersionVector
  /// The versions that the rows held at the beginning.
  private let covered: VersionVector

  /// The walk through what `log` holds beyond a vector, or through all of it.
  ///
  /// - Parameters:
  ///   - log: the log.
  ///   - catalog: its schema.
  ///   - identity: whose it is.
  ///   - start: where to begin; ``VersionSnapshot/vector(beforeLast:of:)`` tells where the last versions
  ///     begin. From a vector on, what the last checkpoint has not taken in is read, and nothing before.
  /// - Throws: ``/MerganserModel/StorageError``.
  public init(
    _ log: any VersionSnapshot, catalog: Catalog, identity: StoreIdentity,
    beyond start: VersionVector? = nil
  ) throws(StorageError) {
    let truncatedTo = VersionVector(log.truncatedTo)
    var beginning = start ?? VersionVector()
    beginning.merge(truncatedTo)
    self.start = beginning
    database = Database(
      catalog: catalog, replica: identity.replica, founder: identity.founder)
    if start != nil || !log.truncatedTo.isEmpty {
      covered = try database.rest(onCheckpointOf: log)
    } else {
      covered = VersionVector()
    }
    reached = VersionVector()
    for (origin, sequence) in self.start { reached[origin] = min(sequence, covered[origin]) }
    merge = try CausalMerge(log, beyond: reached)
  }

  /// The database as far as the walk has come, and at least as of the checkpoint that it began with.
  public var snapshot: Snapshot { database.snapshot }

  /// The next version; `nil` behind the last.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if a version cannot be applied or is missing.
  public mutating func next() throws(StorageError) -> Step? {
    while let decoded = try merge.next(after: reached) {
      let version = decoded.stored
      let last = version.sequences.upperBound
      reached[version.origin] = last
      let isShown = last > start[version.origin]
      guard last > covered[version.origin] else {
        guard isShown else { continue }
        return Step(
          stored: version, before: nil, after: nil, isApplied: true, catalog: database.catalog,
          isAhead: false)
      }
      let before = database.snapshot
      let isApplied = try apply(decoded)
      guard isShown else { continue }
      return Step(
        stored: version, before: isApplied ? before : nil,
        after: isApplied ? database.snapshot : nil, isApplied: isApplied,
        catalog: database.catalog, isAhead: database.state.isRecovering)
    }
    if let stuck = merge.stuck {
      throw .damaged(
        place: "version \(stuck)", reason: "a version that it depends on is not in the log")
    }
    return nil
  }

  /// Applies a version to the database; tells whether it can be, and rests on nothing that cannot.
  private mutating func apply(_ version: Version) throws(StorageError) -> Bool {
    guard version.isReady(after: database.vector) else { return false }
    var lately = LatelyRead()
    let obstacle = try database.replay(version, asking: .nothing, lately: &lately)
    database.noteStored()
    return obstacle == nil
  }
}

extension Database {
  /// Takes the rows of a log's last checkpoint, which may hold some of what follows it already, where another
  /// one was begun.
  fileprivate mutating func rest(
    onCheckpointOf log: any VersionSnapshot
  ) throws(StorageError) -> VersionVector {
    state.isRecovering = try log.state.value(of: exactRowsKey, in: .counts) == nil
    return try state.rest(on: log.state, catalog: catalog)?.vector ?? VersionVector()
  }
}
