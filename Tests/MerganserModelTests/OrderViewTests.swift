import MerganserModel
import MerganserTypes
import OrderSupport
import Testing

/// How an order goes, step by step.
@Suite struct OrderViewTests {
  @Test func aSoleVoterChoosesAtOnce() {
    var order = ScriptedOrder(1)
    #expect(order[0].standing == .notPrimary(primary: ReplicaID(0)))
    order.campaign(0)
    #expect(order[0].standing == .mayPropose)
    for request in 1...3 as ClosedRange<UInt8> {
      order.propose(0, request: request)
      order.vote(0)
    }
    #expect(order.applied(0) == [[1], [2], [3]])
  }

  @Test func aPrimaryTellsForWhomItWaits() throws {
    var order = ScriptedOrder(3)
    order.campaign(0)
    #expect(order[0].standing == .waitsForPromises(of: [ReplicaID(1), ReplicaID(2)]))
    try order.ask([1], by: 0)
    #expect(order[0].standing == .mayPropose)
    order.propose(0, request: 1)
    order.vote(0)
    #expect(order[0].standing == .waitsForVotes(of: [ReplicaID(1), ReplicaID(2)]))
    order.campaign(2)
    order.campaign(2)
    try order.ask([1], by: 2)
    try order.send(1, to: 0)
    #expect(order[0].standing == .superseded(by: OrderEpoch(2, of: ReplicaID(2))))
    #expect(order[1].standing == .notPrimary(primary: ReplicaID(0)))
  }

  @Test func whatIsOpenIsProposedAgainUnderItsName() throws {
    var order = ScriptedOrder(3)
    order.campaign(0)
    try order.ask([1], by: 0)
    order.propose(0, request: 1)
    order.vote(0)
    let entry = try #require(order[0].rows.proposals[ReplicaID(0)]?.entry)
    // Takeovers that fail leave nothing behind.
    for takeover in [1, 2, 1, 2] {
      try order.send(0, to: takeover)
      try order.send(3 - takeover, to: takeover)
      order.campaign(takeover)
      try order.ask([3 - takeover], by: takeover)
      order.propose(takeover, request: 7)
    }
    order.vote(2)
    try order.ask([1], by: 2)
    #expect(order.nodes[2].chain.map(\.entry) == [entry])
    #expect(order.applied(2) == [[1]])
  }

  @Test func anOfficeIsHandedOver() throws {
    var order = ScriptedOrder(2, voters: [0])
    order.campaign(0)
    order.propose(0, request: 1, voters: [1], successor: 1)
    order.vote(0)
    #expect(order[0].standing == .handedOver(to: ReplicaID(1)))
    try order.send(0, to: 1)
    #expect(order[1].isNamed && !order[0].isNamed)
    order.campaign(1)
    #expect(!order[1].isNamed)
    order.propose(1, request: 2)
    order.vote(1)
    #expect(order.applied(1) == [[1], [2]])
    try order.send(1, to: 0)
    #expect(order.applied(0) == [[1], [2]])
  }

  @Test func allVotersMayChangeAtOnce() throws {
    var order = ScriptedOrder(6, voters: [0, 1, 2])
    order.campaign(0)
    try order.ask([1], by: 0)
    order.propose(0, request: 1, voters: [3, 4, 5])
    order.vote(0)
    try order.ask([1], by: 0)
    // No promise of the new voters is needed, and no vote of the old ones counts.
    order.propose(0, request: 2)
    try order.ask([1, 2], by: 0)
    #expect(order.applied(0) == [[1]])
    try order.ask([3, 4], by: 0)
    #expect(order.applied(0) == [[1], [2]])
  }

  @Test func whatIsSettledIsDropped() throws {
    var order = ScriptedOrder(3)
    order.campaign(0)
    try order.ask([1, 2], by: 0)
    order.propose(0, request: 1, voters: [0, 1])
    order.vote(0)
    try order.ask([1, 2], by: 0)
    let view = order[2]
    let rows = view.rows.dropping(settledBy: view.applied, at: ReplicaID(2))
    #expect(rows.proposals.isEmpty)
    #expect(Set(rows.votes.keys) == [ReplicaID(0), ReplicaID(1), ReplicaID(2)])
    let others = view.rows.dropping(settledBy: view.applied, at: ReplicaID(1))
    #expect(Set(others.votes.keys) == [ReplicaID(0), ReplicaID(1)])
    var again = rows
    again.merge(view.rows)
    #expect(again.dropping(settledBy: view.applied, at: ReplicaID(2)) == rows)
  }

  /// Whoever is neither a voter nor named asks in vain, and delays nobody.
  @Test func onlyCandidatesArePromised() throws {
    var order = ScriptedOrder(4, voters: [0, 1, 2])
    order.campaign(0)
    try order.ask([1, 2], by: 0)
    for _ in 0..<5 { order.campaign(3) }
    #expect(!order[3].mayCampaign && order[1].mayCampaign)
    try order.ask([0, 1, 2], by: 3)
    #expect(order[1].rows.votes[ReplicaID(1)]?.promised == OrderEpoch(1, of: ReplicaID(0)))
    order.propose(0, request: 1, successor: 3)
    order.vote(0)
    try order.ask([1, 2], by: 0)
    #expect(order.applied(0) == [[1]])

    // Once the primary has named it, it is promised what it asked for.
    try order.send(0, to: 3)
    #expect(order[3].mayCampaign)
    try order.ask([1, 2], by: 3)
    order.propose(3, request: 2)
    try order.ask([1, 2], by: 3)
    #expect(order.applied(3) == [[1], [2]])
  }

  @Test func whatWasAcceptedIsFound() throws {
    var order = ScriptedOrder(2)
    order.campaign(0)
    try order.ask([1], by: 0)
    order.propose(0, request: 1)
    order.accept(0)
    let view = order[0]
    let accepted = try #require(view.rows.votes[ReplicaID(0)]?.accepted)
    #expect(view.proposal(accepted: accepted)?.content == [1])
    var other = accepted
    other.epoch.number += 1
    #expect(view.proposal(accepted: other) == nil)
  }
}
