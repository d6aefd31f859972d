package import MerganserTypes

/// What a primary writes.
extension OrderView {
  /// Where this replica stands as a primary: what it may propose, or why it waits.
  ///
  /// It is primary for the open number once a majority of that number's voters has promised its epoch. Then nothing below its epoch
  /// can be chosen any more that these voters have not accepted before, and it has to propose the greatest entry for the number that it holds, if there
  /// is any: an entry that its promisers accepted, or one of a greater epoch, which was as good when it was proposed (Lamport, *Paxos Made Simple*,
  /// §2.2, P2c). Whoever holds an acceptance holds its proposal or a greater one of the same primary, as rows travel causally.
  ///
  /// - Complexity: O(rows).
  package var standing: OrderStanding {
    guard let number = openNumber else { return .behind }
    guard let epoch = promised, epoch.candidate == replica else {
      return lastAsked.map { _ in .superseded(by: greatestEpoch) }
        ?? .notPrimary(primary: applied.inOffice)
    }
    if epoch < applied.entry.epoch, guarantees.contains(.epochsRise) {
      return .superseded(by: applied.entry.epoch)
    }
    if let successor = applied.successor, successor != replica, applied.entry.epoch == epoch {
      return .handedOver(to: successor)
    }
    if let open = rows.proposals[replica], open.epoch == epoch, open.entry.number >= number {
      return waiting(for: open)
    }
    guard hasPromises(of: epoch) else {
      let missing = applied.voters.members.filter { rows.votes[$0]?.promised != epoch }
      return isOvertaken(epoch) ? .superseded(by: greatestEpoch) : .waitsForPromises(of: missing)
    }
    return repeated(in: epoch, for: number)
  }

  /// What this replica proposes for the open number, if it may propose one.
  ///
  /// - Parameters:
  ///   - hash: the hash of the entry, which covers the last applied entry and all that is given here.
  ///   - voters: the voters from then on, if they change. Any set is safe; of an empty one, or one of which no majority lives, nothing is ever chosen.
  ///   - successor: to whom the office is handed behind this entry.
  ///   - content: the version that is applied once the entry is chosen.
  /// - Returns: the row to write; what it `mustRepeat`, whatever is given; `nil` if it may not propose.
  package func proposal(
    hash: UInt64, voters: OrderVoters? = nil, successor: ReplicaID? = nil, content: [UInt8] = []
  ) -> OrderProposal? {
    switch standing {
    case .mustRepeat(let proposal): return proposal
    case .mayPropose:
      guard let epoch = promised, let number = openNumber else { return nil }
      return OrderProposal(
        epoch: epoch, entry: OrderEntry(number: number, epoch: epoch, hash: hash),
        previous: applied.entry,
        voters: voters ?? applied.voters, successor: successor, content: content)
    default: return nil
    }
  }

  private func repeated(in epoch: OrderEpoch, for number: UInt64) -> OrderStanding {
    guard guarantees.contains(.takesGreatest) else { return .mayPropose }
    let accepted = applied.voters.members.compactMap { voter -> OrderVote.Acceptance? in
      guard let vote = rows.votes[voter], vote.promised == epoch else { return nil }
      return vote.accepted
    }
    if accepted.contains(where: { $0.entry.number > number }) { return .behind }
    let bound = accepted.filter { $0.entry.number == number }.map(\.epoch).max()
    let held = openProposals.filter { $0.epoch < epoch }
      .max { a, b in a.epoch != b.epoch ? a.epoch < b.epoch : a.entry < b.entry }
    guard let held else { return bound == nil ? .mayPropose : .behind }
    if let bound, held.epoch < bound { return .behind }
    return .mustRepeat(held.again(in: epoch))
  }

  /// Returns whether nothing below `epoch` can be accepted any more without this replica's knowledge.
  ///
  /// Behind an entry that the epoch itself made, no promise is needed, also of voters who are new. A replica that has applied that entry
  /// accepts nothing below its epoch (`OrderEntry.follows`), and no other replica may accept what follows it.
  private func hasPromises(of epoch: OrderEpoch) -> Bool {
    if applied.entry.epoch == epoch { return true }
    let promises = applied.voters.members.count { rows.votes[$0]?.promised == epoch }
    return isEnough(promises, of: applied.voters)
  }

  private func waiting(for open: OrderProposal) -> OrderStanding {
    guard isOpen(open) else { return .behind }
    if isOvertaken(open.epoch) { return .superseded(by: greatestEpoch) }
    return .waitsForVotes(
      of: applied.voters.members.filter {
        rows.votes[$0]?.accepted != OrderVote.Acceptance(epoch: open.epoch, entry: open.entry)
      })
  }

  /// Returns whether so many voters have promised a greater epoch that no majority is left for this one.
  private func isOvertaken(_ epoch: OrderEpoch) -> Bool {
    let left = applied.voters.members.count {
      (rows.votes[$0]?.promised).map { $0 <= epoch } ?? true
    }
    return !applied.voters.isMajority(left)
  }

  private var greatestEpoch: OrderEpoch {
    rows.votes.values.map(\.promised).max() ?? applied.entry.epoch
  }

  /// The last epoch in which this replica proposed, as far as its row is still held.
  private var lastAsked: OrderEpoch? {
    rows.proposals[replica]?.epoch
      ?? (applied.primary == replica && applied.entry.number > 0 ? applied.entry.epoch : nil)
  }
}
