/// What is chosen.
extension OrderView {
  /// The next entry to apply: that for the open number, once a majority of the voters has accepted it in one epoch.
  ///
  /// The voters are those as of the last applied entry. Votes of different epochs do not count together, even if they are for the same entry
  /// (Ongaro, Raft, figure 3.7: it may still be replaced by an entry of an epoch in between). What is chosen once is chosen for good, although a
  /// replica that looks later may find that the votes have moved on: it learns it from the next epoch, or as a version.
  ///
  /// - Complexity: O(proposals · voters).
  package var nextChosen: OrderProposal? {
    openProposals.filter { isChosen($0) }
      .min { a, b in a.entry != b.entry ? a.entry < b.entry : a.epoch < b.epoch }
  }

  private func isChosen(_ proposal: OrderProposal) -> Bool {
    if !guarantees.contains(.chosenOnly), rows.votes[replica]?.accepted?.entry == proposal.entry {
      return true
    }
    let voters = guarantees.contains(.votersBefore) ? applied.voters : proposal.voters
    var counts: [OrderEpoch: Int] = [:]
    for voter in voters.members {
      guard let accepted = rows.votes[voter]?.accepted, accepted.entry == proposal.entry else {
        continue
      }
      counts[guarantees.contains(.votesOfOneEpoch) ? accepted.epoch : proposal.epoch, default: 0] +=
        1
    }
    return counts.values.contains { isEnough($0, of: voters) }
  }

  /// Returns whether `count` voters decide.
  func isEnough(_ count: Int, of voters: OrderVoters) -> Bool {
    guarantees.contains(.majorities)
      ? voters.isMajority(count) : count > 0 && count >= voters.members.count / 2
  }
}
