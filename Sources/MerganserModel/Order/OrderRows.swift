package import MerganserTypes

/// The rows of an order as one replica holds them: a vote of each voter, a proposal of each primary.
///
/// Each row has one writer. The join of two is that of their rows; rows may come late, again, or not at all.
package struct OrderRows: Hashable, Sendable {
  package var votes: [ReplicaID: OrderVote]
  package var proposals: [ReplicaID: OrderProposal]

  package init(votes: [ReplicaID: OrderVote] = [:], proposals: [ReplicaID: OrderProposal] = [:]) {
    self.votes = votes
    self.proposals = proposals
  }

  /// Joins all rows of `other` into these.
  ///
  /// Returns whether any grew.
  ///
  /// - Complexity: O(rows of `other`).
  @discardableResult
  package mutating func merge(_ other: OrderRows) -> Bool {
    var grew = false
    for (voter, vote) in other.votes {
      if votes[voter]?.merge(vote)
        ?? {
          votes[voter] = vote; return true
        }()
      {
        grew = true
      }
    }
    for (primary, proposal) in other.proposals {
      if proposals[primary]?.merge(proposal)
        ?? {
          proposals[primary] = proposal; return true
        }()
      {
        grew = true
      }
    }
    return grew
  }

  /// Returns the rows that still matter to a replica that has applied `applied`; the rest may be dropped at any time, by each replica by itself.
  ///
  /// - A proposal is dropped once its number is applied: it is chosen or never will be, and what was chosen is in the log.
  /// - A vote of who is no voter is dropped, unless it asks for an epoch that is not over.
  /// - **A replica never drops its own vote.** A promise of it may be counted later, if it becomes a voter again: it would break a promise that
  ///   it has forgotten. The vote of an identity that has ended has no owner, and goes.
  ///
  /// Rows that come again from elsewhere are dropped again. To drop a row of another is as if it had not come yet, so that this is always safe.
  ///
  /// - Complexity: O(rows).
  package func dropping(
    settledBy applied: OrderState, at replica: ReplicaID, by guarantees: Guarantees = .all
  ) -> OrderRows {
    OrderRows(
      votes: votes.filter { voter, vote in
        if voter == replica { return guarantees.contains(.keepsVote) }
        return applied.voters.contains(voter)
          || (vote.promised.candidate == voter && vote.promised > applied.entry.epoch)
      },
      proposals: proposals.filter { $0.value.entry.number > applied.entry.number })
  }
}
