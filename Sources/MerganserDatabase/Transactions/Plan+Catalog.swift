public import MerganserModel

extension Plan {
  /// Says how a declared transaction runs; nothing is searched.
  ///
  /// - Parameters:
  ///   - transaction: its name.
  ///   - catalog: the schema that is opened.
  ///   - isTentative: whether the code says that it is to run tentatively: on this replica's own state,
  ///     at the risk that a merge breaks an invariant.
  /// - Returns: how it runs.
  /// - Throws: ``/MerganserModel/PlanError``, if the schema must not be opened with this transaction.
  public func admit(
    _ transaction: String, to catalog: Catalog, isTentative: Bool = false
  ) throws(PlanError) -> Way {
    guard fingerprint == catalog.fingerprint else {
      throw .otherSchema(expected: catalog.fingerprint, found: fingerprint)
    }
    guard let entry = entries[transaction] else { throw .undecided(transaction) }
    if entry.way == .refused, !isTentative {
      throw .refused(
        transaction, invariants: entry.invariants, reason: entry.reason)
    }
    return entry.way
  }
}
