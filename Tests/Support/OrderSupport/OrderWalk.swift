package import MerganserModel
import MerganserTypes
import TestSupport

/// A random run of one order: replicas that are cut off, restarted, lost and restored, messages that come late, again or never, and
/// changes of voters.
///
/// Then all faults stop, voters ask for an epoch, and all that was applied or submitted has to be applied everywhere. A seed is one run,
/// in every process.
package struct OrderWalk: Sendable {
  /// How a walk is drawn.
  package struct Plan: Sendable {
    package var guarantees: Guarantees = .all
    package var host: HostGuarantees = .all
    package var replicas = 3...7
    package var steps = 300
    /// Whether voters change in most entries, and no store is lost.
    package var changesOften = false

    package init() {}
  }

  var plan: Plan
  var random: SplitMix
  var weights: Weights
  var nodes: [ReplicaID: OrderNode] = [:]
  /// What a disk holds of a replica whose rows are not durable at once.
  var disks: [ReplicaID: OrderNode] = [:]
  var backups: [OrderNode] = []
  var mail: [Message] = []
  /// The side of a partition on which a replica is.
  var sides: [ReplicaID: Int] = [:]
  /// What was applied anywhere, ever.
  package var ledger: [OrderNode.Link] = []
  var first: OrderVoters
  var proposed: [Place: OrderEntry] = [:]
  var submitted: UInt8 = 0
  var nextIdentity: UInt64
  /// How many exchanges of everybody with everybody it took until all was well.
  package var exchanges = 0

  /// What is on its way: a replica as it was when it sent.
  struct Message: Sendable {
    var receiver: ReplicaID
    var sender: OrderNode
    var rowsAlone: Bool
  }

  /// For what a primary proposes one entry.
  struct Place: Hashable, Sendable {
    var epoch: OrderEpoch
    var number: UInt64
  }

  package init(seed: UInt64, plan: Plan = Plan()) {
    self.plan = plan
    random = SplitMix(seed: seed)
    weights = Weights(using: &random)
    if plan.changesOften { (weights.change, weights.loss, weights.restore) = (60, 0, 0) }
    let count = plan.replicas.lowerBound + random.number(below: plan.replicas.count)
    first = OrderVoters(numbered: 0..<1 + random.number(below: count))
    nextIdentity = UInt64(count)
    let applied = OrderState.beginning(primary: ReplicaID(0), voters: first)
    for member in (0..<count).map({ ReplicaID(UInt64($0)) }) {
      nodes[member] = OrderNode(member, applied: applied, by: plan.guarantees)
      sides[member] = 0
    }
    disks = nodes
  }

  /// Takes all steps, stops all faults, and has the order go on.
  package mutating func run() throws(OrderViolation) {
    try campaign()
    for _ in 0..<plan.steps { try step() }
    try heal()
  }

  /// The voters as of each number, from 0.
  package var voters: [OrderVoters] { [first] + ledger.map(\.voters) }

  var live: [ReplicaID] { nodes.keys.sorted() }

  mutating func anyReplica() -> ReplicaID {
    let live = live
    return live[random.number(below: live.count)]
  }

  mutating func change(
    _ replica: ReplicaID,
    by body: (inout OrderNode, inout SplitMix) throws(OrderViolation) -> Void
  ) throws(OrderViolation) {
    guard var node = nodes[replica] else { return }
    try body(&node, &random)
    node.applyChosen()
    nodes[replica] = node
    if plan.host.contains(.durable) || random.chance(50) { disks[replica] = node }
    try check(node)
  }

  private mutating func check(_ node: OrderNode) throws(OrderViolation) {
    try record(node)
    guard let proposal = node.view.rows.proposals[node.view.replica] else { return }
    let place = Place(epoch: proposal.epoch, number: proposal.entry.number)
    if let other = proposed.updateValue(proposal.entry, forKey: place), other != proposal.entry {
      throw .proposedTwice(epoch: proposal.epoch, number: proposal.entry.number)
    }
  }

  /// Checks what a replica has applied, and adds it to the ledger.
  mutating func record(_ node: OrderNode) throws(OrderViolation) {
    try checkPrefix(of: node.chain, and: ledger)
    guard node.chain.count > ledger.count else { return }
    ledger = node.chain
    try checkEpochs(of: ledger)
    var seen: Set<UInt8> = []
    for request in ledger.flatMap(\.content) where !seen.insert(request).inserted {
      throw .executedTwice(request: request)
    }
  }
}

extension SplitMix {
  /// True in so many of a hundred cases.
  mutating func chance(_ percent: Int) -> Bool { number(below: 100) < percent }
}
