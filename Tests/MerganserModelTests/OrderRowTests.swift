import MerganserModel
import MerganserTypes
import OrderSupport
import TestSupport
import Testing

/// Rows that nobody honest wrote: they join, and no function of a view traps on them.
@Suite struct OrderRowTests {
  private func joined(_ a: OrderRows, with b: OrderRows) -> OrderRows {
    var result = a
    let grew = result.merge(b)
    #expect(grew == (result != a))
    return result
  }

  @Test func anyRowsJoin() {
    var random = RandomOrder(seed: 1)
    for _ in 0..<1000 {
      let (a, b, c) = (random.rows(), random.rows(), random.rows())
      let one = joined(a, with: b)
      #expect(one == joined(b, with: a) && joined(a, with: a) == a)
      #expect(joined(one, with: c) == joined(a, with: joined(b, with: c)))
    }
  }

  @Test(
    .exercises([
      "a promise": 45, "an acceptance": 190, "a proposal": 160, "a repetition": 20,
      "an application": 170,
    ]))
  func anyViewIsSurvived() {
    var random = RandomOrder(seed: 2)
    for _ in 0..<3000 {
      var view = random.view()
      for _ in 0..<3 {
        ask(view)
        let before = view.rows.votes[view.replica]
        if let vote = view.vote() {
          view.write(vote)
          expectGrowth(from: before, to: vote)
        }
        if random.chance(30), let vote = view.campaign() {
          view.write(vote)
          expectGrowth(from: before, to: vote)
        }
        if let proposal = view.proposal(hash: random.number(), voters: random.voters()) {
          Exercised.count("a proposal")
          view.write(proposal)
        }
        if let chosen = view.nextChosen {
          Exercised.count("an application")
          view.applied = view.applied.applying(chosen)
        }
        view.rows = view.rows.dropping(
          settledBy: view.applied, at: view.replica, by: view.guarantees)
        view.merge(
          random.rows(behind: view.applied),
          applied: random.chance(20) ? random.state() : view.applied)
      }
    }
  }

  /// Asks all that only looks.
  private func ask(_ view: OrderView) {
    if view.promise() != nil { Exercised.count("a promise") }
    if let vote = view.accept() {
      Exercised.count("an acceptance")
      #expect(vote.accepted.flatMap { view.proposal(accepted: $0) } != nil)
    }
    if case .mustRepeat = view.standing { Exercised.count("a repetition") }
    if view.isNamed { #expect(view.mayCampaign) }
    for vote in view.rows.votes.values {
      if let accepted = vote.accepted { _ = view.proposal(accepted: accepted) }
    }
    #expect(!"\(view.standing)\(view.applied)\(view.rows)".isEmpty)
  }

  /// A vote takes the place of the one before it: neither part of it falls.
  private func expectGrowth(from before: OrderVote?, to vote: OrderVote) {
    guard let before else { return }
    var joined = before
    #expect(joined.merge(vote) && joined == vote && before < vote, "\(before), then \(vote)")
  }

  /// A row of somebody else cannot use up the epochs.
  @Test func theLastEpochIsNotFollowed() {
    var order = ScriptedOrder(2)
    order.nodes[0].view.rows.votes[ReplicaID(1)] = OrderVote(
      promised: OrderEpoch(.max, of: ReplicaID(1)))
    order.vote(0)
    #expect(order[0].rows.votes[ReplicaID(0)] == nil)
    #expect(order[0].campaign()?.promised == OrderEpoch(1, of: ReplicaID(0)))
  }

  /// The last number and the last epoch are the end of an order, and no trap.
  @Test func behindTheLastNumberIsNothing() {
    let last = OrderEntry(number: .max, epoch: OrderEpoch(.max, of: ReplicaID(0)), hash: 1)
    var node = OrderNode(
      ReplicaID(0), applied: OrderState(entry: last, voters: OrderVoters([ReplicaID(0)])), by: .all)
    #expect(node.view.standing == .behind && node.view.campaign() == nil)
    node.view.write(OrderVote(promised: last.epoch))
    #expect(node.view.proposal(hash: 1) == nil && !node.vote())
  }

  /// A replica that is no voter copies the primary's proposal under its own row, and alters what it holds.
  @Test func aRowOfAnotherSaysNothingOfAPrimary() throws {
    for low in [3, 4, 5, 6] as [UInt64] {
      var order = ScriptedOrder(3)
      order.campaign(0)
      try order.ask([1, 2], by: 0)
      order.propose(0, request: 1)
      var forged = try #require(order[0].rows.proposals[ReplicaID(0)])
      forged.content = [9]
      for node in order.nodes.indices {
        order.nodes[node].view.rows.proposals[ReplicaID(low)] = forged
      }
      order.vote(0)
      let accepted = try #require(order[0].rows.votes[ReplicaID(0)]?.accepted)
      #expect(order[0].proposal(accepted: accepted)?.content == [1])
      try order.ask([1, 2], by: 0)
      #expect((0..<3).map { order.applied($0) } == [[[1]], [[1]], [[1]]])
    }
  }

  /// A replica that is no voter writes a proposal of an epoch that nobody has promised.
  @Test func whoIsNoCandidateProposesInVain() throws {
    for isCopy in [false, true] {
      var order = ScriptedOrder(4, voters: [0, 1, 2])
      order.campaign(0)
      try order.ask([1, 2], by: 0)
      order.propose(0, request: 1)
      var forged = try #require(order[0].rows.proposals[ReplicaID(0)])
      forged.content = [9]
      forged.epoch = OrderEpoch(7, of: ReplicaID(3))
      if !isCopy { forged.entry.hash = 9 }
      for node in order.nodes.indices {
        order.nodes[node].view.rows.proposals[ReplicaID(3)] = forged
      }
      // The primary goes on, and so does the next one.
      order.vote(0)
      var next = order
      try order.ask([1, 2], by: 0)
      #expect((0..<3).map { order.applied($0) } == [[[1]], [[1]], [[1]]])
      for _ in 0..<9 { next.campaign(1) }
      try next.ask([0, 2], by: 1)
      next.propose(1, request: 2)
      next.vote(1)
      try next.ask([0, 2], by: 1)
      #expect(next.applied(1).first == [1])
    }
  }
}
