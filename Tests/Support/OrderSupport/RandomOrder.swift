package import MerganserModel
package import MerganserTypes
import TestSupport

/// Rows and states of an order that nobody honest wrote: few replicas, and numbers that are small or the last there are, so that they meet.
package struct RandomOrder: Sendable {
  private var random: SplitMix

  package init(seed: UInt64) { random = SplitMix(seed: seed) }

  package mutating func one<Element>(of values: Element...) -> Element {
    values[random.number(below: values.count)]
  }

  package mutating func chance(_ percent: Int) -> Bool { random.chance(percent) }

  package mutating func number() -> UInt64 { one(of: 0, 1, 2, 1 << 32, .max - 1, .max) }

  package mutating func replica() -> ReplicaID {
    ReplicaID(high: one(of: 0, 0, 0, .max), low: one(of: 0, 1, 2, .max))
  }

  package mutating func epoch() -> OrderEpoch { OrderEpoch(number(), of: replica()) }

  package mutating func entry() -> OrderEntry {
    OrderEntry(number: number(), epoch: epoch(), hash: number())
  }

  package mutating func voters() -> OrderVoters {
    var members: Set<ReplicaID> = []
    for _ in 0..<random.number(below: 5) { members.insert(replica()) }
    return OrderVoters(members)
  }

  package mutating func acceptance() -> OrderVote.Acceptance {
    OrderVote.Acceptance(epoch: epoch(), entry: entry())
  }

  package mutating func vote() -> OrderVote {
    OrderVote(promised: epoch(), accepted: chance(70) ? acceptance() : nil)
  }

  package mutating func state() -> OrderState {
    chance(30)
      ? .beginning(primary: replica(), voters: voters())
      : OrderState(entry: entry(), voters: voters(), successor: chance(30) ? replica() : nil)
  }

  /// A proposal, often for the entry behind one that is given.
  package mutating func proposal(behind applied: OrderState? = nil) -> OrderProposal {
    var proposal = OrderProposal(
      epoch: epoch(), entry: entry(), previous: entry(), voters: voters(),
      successor: chance(30) ? replica() : nil,
      content: (0..<random.number(below: 4)).map { _ in one(of: 0, 1, .max) })
    if let applied, chance(70) {
      proposal.previous = applied.entry
      proposal.entry.number = applied.entry.number &+ 1
      if chance(70) { proposal.entry.epoch.number = applied.entry.epoch.number }
      if chance(50) { proposal.epoch = proposal.entry.epoch }
    }
    return proposal
  }

  package mutating func rows(behind applied: OrderState? = nil) -> OrderRows {
    var rows = OrderRows()
    for _ in 0..<random.number(below: 4) {
      let proposal = proposal(behind: applied)
      rows.proposals[chance(70) ? proposal.epoch.candidate : replica()] = proposal
    }
    let open = rows.proposals.values.max()
    for _ in 0..<random.number(below: 5) {
      var (voter, vote) = (replica(), vote())
      if let open, chance(40) {
        vote = OrderVote(
          promised: open.epoch, accepted: .init(epoch: open.epoch, entry: open.entry))
      } else if let applied, chance(60) {
        // Somebody asks for the next epoch, or was promised it.
        vote.promised = OrderEpoch(applied.entry.epoch.number &+ 1, of: voter)
        if chance(50) { voter = replica() }
        if chance(50) { vote.accepted = nil }
      }
      rows.votes[voter] = vote
    }
    return rows
  }

  /// What a replica may know, whoever told it; often with a rule left out.
  package mutating func view() -> OrderView {
    let applied = state()
    var guarantees = Guarantees.all
    if chance(30) { guarantees.remove(one(of: .majorities, .votesOfOneEpoch, .chosenOnly)) }
    var view = OrderView(
      chance(70) ? applied.voters.members.min() ?? replica() : replica(),
      rows: rows(behind: applied), applied: applied, guarantees: guarantees)
    if chance(30), let vote = view.campaign() {
      // It has asked for an epoch, and was promised it.
      for voter in [view.replica] + applied.voters.members.sorted() {
        view.rows.votes[voter] = OrderVote(
          promised: vote.promised, accepted: view.rows.votes[voter]?.accepted)
      }
    }
    return view
  }
}
