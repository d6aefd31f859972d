import MerganserTypes

// Who may ask for the office of the primary.
extension OrderView {
  /// Whether this replica may ask for an epoch: it is a voter, or the primary has named it.
  package var mayCampaign: Bool { isCandidate(replica) }

  /// Whether a replica may ask for an epoch, as far as is known here.
  ///
  /// To promise less is always safe, and a replica that is no voter cannot hold up the order by asking.
  func isCandidate(_ candidate: ReplicaID) -> Bool {
    applied.voters.contains(candidate) || applied.successor == candidate
  }

  /// The proposal that an acceptance is for; `nil` if it is not held.
  package func proposal(accepted: OrderVote.Acceptance) -> OrderProposal? {
    rows.proposals.values.first { $0.epoch == accepted.epoch && $0.entry == accepted.entry }
  }
}
