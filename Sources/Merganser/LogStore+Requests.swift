import MerganserDatabase
public import MerganserLog
public import MerganserModel
public import MerganserTypes

extension LogStore {
  /// Acknowledges that a request committed more than once, for all replicas; for a store that no replica has
  /// open.
  ///
  /// It does what ``Replica/acknowledge(_:)`` does.
  ///
  /// - Returns: whether there was something to acknowledge.
  /// - Throws: ``/MerganserModel/StorageError``.
  @discardableResult
  public func acknowledge(
    _ request: RequestID, wall: @Sendable () -> HybridTime = systemClock
  ) throws -> Bool {
    var database = Database(
      catalog: try Catalog(judging: identity.schema), replica: identity.replica,
      founder: identity.founder)
    try recover(&database)
    guard let version = try database.acknowledge(request, wall: wall()) else { return false }
    try append([version])
    return true
  }
}
