package import MerganserModel
package import MerganserTypes

// Who orders, as a state tells it.
extension DatabaseState {
  /// How often the order was ended.
  func orderEnds(founder: ReplicaID) -> UInt64 { succession.orderEnds(founder: founder) }

  /// What voters have chosen last; `nil` as long as the founder, or its heir, orders alone.
  ///
  /// - Complexity: O(log *n*), and O(1) where nothing was ever voted on.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package func chosen(
    in catalog: Catalog, founder: ReplicaID
  ) throws(StorageError) -> OrderState? {
    guard let number = catalog.orderStates,
      tables[number].count > 0 || !succession.cuts.isEmpty
    else { return nil }
    let ends = orderEnds(founder: founder)
    let row = tables[number].count > 0 ? try tables[number].row(ends.keyEncoded()) : nil
    if let chosen = row?.value(as: Max<OrderState>.self)?.value { return chosen }
    if ends == 0 { return nil }
    // The order was ended, and what its heir begins with has not come yet: nobody votes before that.
    let before = OrderOrigin.identity(behind: ends - 1, founder: founder)
    return .beginning(primary: succession.holder(for: before), voters: OrderVoters([]))
  }

  /// The identity by which the next ordered transaction is written: the founder's or its heir's, or that of the order.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package func orderAuthor(
    in catalog: Catalog, founder: ReplicaID
  ) throws(StorageError) -> ReplicaID {
    try chosen(in: catalog, founder: founder) == nil
      ? succession.holder(for: founder)
      : OrderOrigin.identity(behind: orderEnds(founder: founder), founder: founder)
  }
}
