/// What a voter writes.
extension OrderView {
  /// Returns the row by which this replica asks for a new epoch, greater than all that it has seen; `nil` if there is none.
  ///
  /// Any replica may ask at any time, a voter or not: the successor that the primary named (*handover*), or one by itself (*takeover*). To ask
  /// too often delays the order, but never harms it.
  ///
  /// - Complexity: O(rows).
  package func campaign() -> OrderVote? {
    let known = knownEpoch
    let seen = rows.votes.values.map(\.promised.number) + rows.proposals.values.map(\.epoch.number)
    let greatest = seen.filter { OrderEpoch($0, of: replica).isWithinReach(of: known) }.max() ?? 0
    let (number, overflow) = max(greatest, known).addingReportingOverflow(1)
    guard !overflow else { return nil }
    return OrderVote(
      promised: OrderEpoch(number, of: replica), accepted: rows.votes[replica]?.accepted)
  }

  /// Whether the primary has handed its office to this replica, which has not asked for an epoch yet.
  package var isNamed: Bool {
    guard applied.successor == replica, applied.primary != replica else { return false }
    guard let promised else { return true }
    return promised.candidate != replica || promised < applied.entry.epoch
  }

  /// Returns this replica's next vote: the greatest promise that it may give, then what it may accept; `nil` if nothing is new.
  ///
  /// - Complexity: O(rows).
  package func vote() -> OrderVote? {
    let promise = promise()
    var next = self
    if let promise { next.write(promise) }
    return next.accept() ?? promise
  }

  /// Returns the vote that promises the greatest epoch asked for; `nil` if none is greater than what was promised, or this is no voter.
  package func promise() -> OrderVote? {
    guard applied.voters.contains(replica) else { return nil }
    let asked = rows.votes.compactMap { voter, vote in
      vote.promised.candidate == voter && isCandidate(voter) && mayPromise(vote.promised)
        ? vote.promised : nil
    }
    guard let epoch = asked.max() else { return nil }
    return OrderVote(promised: epoch, accepted: rows.votes[replica]?.accepted)
  }

  private func mayPromise(_ epoch: OrderEpoch) -> Bool {
    guard epoch.isWithinReach(of: knownEpoch), let promised else {
      return epoch.isWithinReach(of: knownEpoch)
    }
    return guarantees.contains(.promisesRise) ? epoch > promised : epoch != promised
  }

  /// Returns the vote that accepts the open proposal of the greatest epoch; `nil` if there is none, or a promise forbids it.
  ///
  /// It accepts only the entry behind the last that it has applied: all that this rests on is on its disk.
  package func accept() -> OrderVote? {
    guard applied.voters.contains(replica) else { return nil }
    let mine = rows.votes[replica]
    let proposal = openProposals.filter { mayAccept($0, after: mine) }
      .max { a, b in a.epoch != b.epoch ? a.epoch < b.epoch : a.entry < b.entry }
    guard let proposal else { return nil }
    return OrderVote(
      promised: max(mine?.promised ?? proposal.epoch, proposal.epoch),
      accepted: OrderVote.Acceptance(epoch: proposal.epoch, entry: proposal.entry))
  }

  private func mayAccept(_ proposal: OrderProposal, after mine: OrderVote?) -> Bool {
    guard proposal.epoch.isWithinReach(of: knownEpoch) else { return false }
    guard let mine else { return true }
    if guarantees.contains(.promisesBind), proposal.epoch < mine.promised { return false }
    guard let accepted = mine.accepted, accepted.entry.number >= proposal.entry.number else {
      return true
    }
    if accepted.entry.number > proposal.entry.number { return false }
    if accepted.epoch == proposal.epoch {
      return !guarantees.contains(.oneProposal) && proposal.entry > accepted.entry
    }
    return proposal.epoch > accepted.epoch || !guarantees.contains(.promisesBind)
  }
}
