import MerganserModel
import MerganserTypes
import OrderSupport
import Testing

/// What goes wrong without a rule, where chance would have to be lucky to find it: each schedule does harm without the rule, and none
/// with it.
@Suite struct OrderScheduleTests {
  /// Raft's figure 3.7.
  ///
  /// Replicas 0 and 1 accept an entry in epoch 1, replica 4 another one in epoch 2. Then 0 comes back, and its entry stands at three of five
  /// voters, but not in one epoch: those who have not seen it may still elect 4, which replaces it.
  private func votesOfTwoEpochs(_ guarantees: Guarantees) throws(OrderViolation) -> (
    first: [[UInt8]], last: [[UInt8]]
  ) {
    var order = ScriptedOrder(5, by: guarantees)
    order.campaign(0)
    try order.ask([1, 2], by: 0)
    order.propose(0, request: 1)
    order.vote(0)
    try order.send(0, to: 1)
    order.vote(1)

    order.campaign(4)
    order.campaign(4)
    try order.ask([2, 3], by: 4)
    order.propose(4, request: 9)
    order.vote(4)

    try order.send(2, to: 0)
    order.campaign(0)
    try order.ask([2], by: 0)
    try order.send(1, to: 0)
    try order.ask([1], by: 0)
    order.propose(0, request: 1)
    order.vote(0)
    try order.ask([2], by: 0)
    let first = order.applied(0)

    while order[4].rows.votes[ReplicaID(4)]?.promised.number ?? 0 < 9 { order.campaign(4) }
    try order.ask([1, 3], by: 4)
    order.propose(4, request: 9)
    order.vote(4)
    try order.ask([1, 3], by: 4)
    return (first, order.applied(4))
  }

  @Test func votesOfOneEpoch() throws {
    let without = try votesOfTwoEpochs(.all.subtracting(.votesOfOneEpoch))
    #expect(without.first == [[1]] && without.last == [[9]])
    let with = try votesOfTwoEpochs(.all)
    #expect(with.first == [] && with.last == [[9]])
  }

  /// The primary's next proposal takes the place of an entry that both others have accepted, but not applied: only the primary has its content,
  /// and its disk is lost.
  private func losingThePrimary(rowsAlone: Bool) throws(OrderViolation) -> ScriptedOrder {
    var order = ScriptedOrder(3)
    order.campaign(0)
    try order.ask([1, 2], by: 0)
    order.propose(0, request: 1)
    for voter in 1...2 {
      try order.send(0, to: voter)
      order.vote(voter)
    }
    try order.send(1, to: 0)
    try order.send(2, to: 0)
    order.propose(0, request: 2)
    try order.send(0, to: 1, rowsAlone: rowsAlone)
    try order.send(0, to: 2, rowsAlone: rowsAlone)
    order.campaign(1)
    try order.ask([2], by: 1)
    order.propose(1, request: 2)
    order.vote(1)
    try order.ask([2], by: 1)
    return order
  }

  @Test func whatAWriterHadApplied() throws {
    let without = try losingThePrimary(rowsAlone: true)
    #expect(without.applied(0) == [[1]] && without.applied(1) == [])
    #expect(without[1].standing == .behind)
    let with = try losingThePrimary(rowsAlone: false)
    #expect(with.applied(1) == [[1], [2]] && with.applied(2) == [[1], [2]])
  }

  /// Voters who are new promise an epoch below that of the primary that named them, which does not ask for their promises.
  private func newVoters(_ guarantees: Guarantees) throws(OrderViolation) -> (
    ofNamer: [[UInt8]], ofOther: [[UInt8]]
  ) {
    var order = ScriptedOrder(4, voters: [0], by: guarantees)
    order.campaign(1)  // asks for epoch 1, before it is a voter
    order.campaign(0)
    order.campaign(0)
    order.propose(0, request: 1, voters: [1, 2, 3])
    order.vote(0)
    for voter in 1...3 {
      try order.send(0, to: voter)
      // The row by which 0 asked for epoch 2 is dropped: it is no voter any more.
      order.nodes[voter].dropSettled()
    }
    try order.ask([2], by: 1)
    order.propose(1, request: 9)
    try order.send(1, to: 2)
    order.accept(2)
    order.accept(1)
    var other = order
    try other.send(2, to: 1)
    order.propose(0, request: 2)
    try order.ask([2, 3], by: 0)
    return (order.applied(0), other.applied(1))
  }

  @Test func epochsRise() throws {
    let without = try newVoters(.all.subtracting(.epochsRise))
    #expect(without.ofNamer == [[1], [2]] && without.ofOther == [[1], [9]])
    let with = try newVoters(.all)
    #expect(with.ofNamer == [[1], [2]] && with.ofOther == [[1]])
  }

  /// Replica 2 promises the epoch of 1, then that of 0, then that of 1 again: both are told that nothing was accepted.
  private func fallingPromise(_ guarantees: Guarantees) throws(OrderViolation) -> (
    ofFirst: [[UInt8]], ofSecond: [[UInt8]]
  ) {
    var order = ScriptedOrder(3, by: guarantees)
    order.campaign(0)
    order.campaign(1)
    try order.send(1, to: 2)
    order.promise(2)
    try order.send(2, to: 1)
    order.propose(1, request: 9)

    try order.send(0, to: 2)
    order.promise(2)
    try order.send(2, to: 0)
    order.propose(0, request: 1)
    try order.send(0, to: 2)
    order.accept(2)
    try order.send(2, to: 0)
    order.accept(0)

    order.promise(2)
    try order.send(1, to: 2)
    order.accept(2)
    try order.send(2, to: 1)
    order.accept(1)
    return (order.applied(0), order.applied(1))
  }

  @Test func promisesRise() throws {
    let without = try fallingPromise(.all.subtracting(.promisesRise))
    #expect(without.ofFirst == [[1]] && without.ofSecond == [[9]])
    let with = try fallingPromise(.all)
    #expect(with.ofFirst == [] && with.ofSecond == [[9]])
  }
}
