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

  /// Ends an order of which a majority of voters is lost, with this store's replica for its only voter and primary; for a store
  /// that no replica has open.
  ///
  /// It does what ``Replica/endOrder()`` does.
  ///
  /// - Throws: ``/MerganserModel/OrderError/notPrimary(_:primary:)``, if nobody has ever voted;
  ///   ``/MerganserDatabase/SuccessionError``; ``/MerganserModel/StorageError``.
  public func endOrder(wall: @Sendable () -> HybridTime = systemClock) throws {
    var database = Database(
      catalog: try Catalog(judging: identity.schema), replica: identity.replica,
      founder: identity.founder)
    try recover(&database)
    try append(try database.endOrder(wall: wall()))
  }
}
