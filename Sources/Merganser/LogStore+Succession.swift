import MerganserDatabase
public import MerganserLog
public import MerganserTypes

extension LogStore {
  /// Ends another replica's identity, with this store's for its heir; for a store that no replica has open.
  ///
  /// It does what ``Replica/succeed(_:)`` does.
  ///
  /// - Throws: ``/MerganserDatabase/SuccessionError``; ``/MerganserModel/TransactionError``;
  ///   ``/MerganserModel/StorageError``.
  public func succeed(
    _ replica: ReplicaID, wall: @Sendable () -> HybridTime = systemClock
  ) throws {
    var database = Database(
      catalog: try Catalog(judging: identity.schema), replica: identity.replica,
      founder: identity.founder)
    try recover(&database)
    if let version = try database.succeed(replica, wall: wall()) { try append([version]) }
  }
}
