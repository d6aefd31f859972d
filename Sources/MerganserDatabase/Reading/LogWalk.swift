import MerganserTypes

/// Follows a log from its beginning, version by version, with the database as it was before and after
/// each: for tools that show what happened, or check that something always held.
///
/// The versions come in an order in which each follows what it depends on. Another replica may have
/// seen concurrent ones the other way round. Only the database is in memory, not the log.
public struct LogWalk {
  /// One version, and what it changed.
  public struct Step: Sendable {
    /// The version as it is stored.
    public let stored: StoredVersion
    /// The database before it.
    public let before: Snapshot
    /// The database after it.
    public let after: Snapshot
  }

  private var database: Database
  private var merge: CausalMerge

  /// The walk through all that `log` holds.
  public init(
    _ log: any VersionSnapshot, catalog: Catalog, identity: StoreIdentity
  ) throws(StorageError) {
    database = Database(
      catalog: catalog, replica: identity.replica, founder: identity.founder)
    merge = try CausalMerge(log, beyond: VersionVector())
  }

  /// The database as far as the walk has come.
  public var snapshot: Snapshot { database.snapshot }

  /// The next version; nothing behind the last.
  ///
  /// - Throws: ``StorageError/damaged(place:reason:)``, if a version cannot be applied or is missing.
  public mutating func next() throws(StorageError) -> Step? {
    let before = database.snapshot
    guard let version = try merge.next(after: before.vector) else {
      if let stuck = merge.stuck {
        throw .damaged(
          place: "version \(stuck)", reason: "a version that it depends on is not in the log")
      }
      return nil
    }
    let reception = try database.receive([version], wall: HybridTime(bits: .max))
    guard reception.applied.count == 1 else {
      throw .damaged(
        place: "version \(Dot(version.origin, version.sequences.lowerBound))",
        reason: reception.refused.first.map { "\($0)" } ?? "it does not continue the log")
    }
    return Step(stored: version, before: before, after: database.snapshot)
  }
}
