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

  /// Whether an epoch's candidate may have the office in it: it may ask for one, the epoch made the last entry, or a voter has promised
  /// the epoch or accepted something in it.
  ///
  /// An honest primary's epoch is one of these wherever its proposals are open: it made the last entry, or a majority has promised it. To accept
  /// less is always safe. So a replica that is no voter cannot hold up the order by proposing, either.
  func mayHaveOffice(in epoch: OrderEpoch) -> Bool {
    isCandidate(epoch.candidate) || epoch == applied.entry.epoch
      || applied.voters.members.contains { voter in
        guard let vote = rows.votes[voter] else { return false }
        return vote.promised == epoch || vote.accepted?.epoch == epoch
      }
  }

  /// The proposal that an acceptance is for; `nil` if it is not held.
  package func proposal(accepted: OrderVote.Acceptance) -> OrderProposal? {
    rows.proposals[accepted.epoch.candidate].flatMap { proposal in
      proposal.epoch == accepted.epoch && proposal.entry == accepted.entry ? proposal : nil
    }
  }
}
