package import MerganserTypes

/// What one replica knows of an order: the rows that it holds and what it has applied.
///
/// A value; all that it answers is a function of it.
///
/// **One order, chosen by a majority.** The entry behind number n is chosen by the voters as of entry n, by Paxos: an instance for each
/// number, one open at a time, all with the same epochs (Lamport, *Paxos Made Simple*, §3, with α = 1). As entry n says who the voters of n + 1
/// are, and n is chosen before anybody proposes n + 1, each instance has one fixed set of voters, whatever changes before or behind it. So voters may
/// change in any way at once, which Raft's changes may not (Ongaro, *Consensus*, §4.1: there a change counts before it is chosen), and a
/// new epoch needs no entry of its own.
///
/// There are no messages. Rows travel with the state of who holds them; a replica looks at what it holds and writes its own rows:
///
///     campaign()  → OrderVote?       asks for an epoch, by promising it to itself
///     vote()      → OrderVote?       promises and accepts what it may
///     nextChosen  → OrderProposal?   what it applies next
///     standing    → OrderStanding    whether it may propose, or why it waits
///     proposal(…) → OrderProposal?   what it proposes, if it may
///
/// Each answer becomes a row (`writing`) that has to be durable before anybody else sees it. A sole voter goes the same way, alone.
package struct OrderView: Hashable, Sendable {
  package var replica: ReplicaID
  package var rows: OrderRows
  package var applied: OrderState
  package var guarantees: Guarantees

  package init(
    _ replica: ReplicaID, rows: OrderRows = OrderRows(), applied: OrderState,
    guarantees: Guarantees = .all
  ) {
    self.replica = replica
    self.rows = rows
    self.applied = applied
    self.guarantees = guarantees
  }

  package static func == (a: OrderView, b: OrderView) -> Bool {
    a.replica == b.replica && a.rows == b.rows && a.applied == b.applied
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(replica)
    hasher.combine(rows)
    hasher.combine(applied)
  }

  /// The number that is open: the one behind the last applied; `nil` if there is none, which takes 2⁶⁴ entries.
  var openNumber: UInt64? {
    let (next, overflow) = applied.entry.number.addingReportingOverflow(1)
    return overflow ? nil : next
  }

  /// What this replica has promised; of who never voted, nothing above what it has applied.
  var promised: OrderEpoch? { rows.votes[replica]?.promised }

  /// The greatest epoch number that this replica takes seriously, from its own row and what it has applied.
  var knownEpoch: UInt64 { max(promised?.number ?? 0, applied.entry.epoch.number) }

  /// The open proposals, each in the row of the primary whose epoch it names.
  ///
  /// So no two of them are of one epoch, and no replica can write another's: what is chosen among them does not depend on their order.
  var openProposals: [OrderProposal] {
    rows.proposals.compactMap { primary, proposal in
      proposal.epoch.candidate == primary && isOpen(proposal) ? proposal : nil
    }
  }

  /// Returns whether a proposal is for the open number, on what is applied here, as an honest primary would write it, and of
  /// one who may have the office.
  func isOpen(_ proposal: OrderProposal) -> Bool {
    proposal.previous == applied.entry && proposal.entry.follows(applied.entry, by: guarantees)
      && proposal.entry.epoch <= proposal.epoch && mayHaveOffice(in: proposal.epoch)
  }
}

extension OrderView {
  /// Writes this replica's own vote.
  ///
  /// Durable before it is told.
  package mutating func write(_ vote: OrderVote) { rows.votes[replica] = vote }

  /// Writes this replica's own proposal.
  ///
  /// Durable before it is told.
  package mutating func write(_ proposal: OrderProposal) { rows.proposals[replica] = proposal }

  /// Joins what another replica held: its rows, and the last that it had applied.
  ///
  /// Both or neither.
  package mutating func merge(_ other: OrderRows, applied theirs: OrderState) {
    rows.merge(other)
    if theirs.entry.number > applied.entry.number { applied = theirs }
  }
}
