package import MerganserModel
package import MerganserTypes

extension Snapshot {
  /// What is known of the order: its rows, and what of it is chosen.
  ///
  /// - Parameter replica: who looks at it.
  /// - Returns: the order as that replica sees it.
  /// - Complexity: O(number of voters and of those that were primary).
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  package func orderView(at replica: ReplicaID) throws -> OrderView {
    let holder = state.succession.holder(for: founder)
    let applied =
      try state.chosen(in: catalog, founder: founder)
      ?? .beginning(primary: holder, voters: OrderVoters([holder]))
    var rows = OrderRows()
    try forEachRow(of: voteTable) { voter, vote in
      rows.votes[voter] = vote.value
      return true
    }
    try forEachRow(of: proposalTable) { primary, proposal in
      rows.proposals[primary] = proposal.value
      return true
    }
    return OrderView(replica, rows: rows, applied: applied)
  }
}
