import MerganserModel
import MerganserTypes

/// How all is well again.
extension OrderWalk {
  /// Stops all faults, and has everybody exchange with everybody until all know all.
  ///
  /// One voter at a time asks for an epoch; another one does, if the first turns out to be no voter any more. It asks anew if two exchanges
  /// of everybody have left it where it was: it may wait for a voter that is lost, beside one that has promised a greater epoch.
  mutating func heal() throws(OrderViolation) {
    mail = []
    var asking: ReplicaID?
    var (standing, waited) = (OrderStanding?.none, 0)
    for exchange in 1...20 {
      exchanges = exchange
      let asks = candidate(after: asking)
      asking = asks
      for sender in live {
        for receiver in live where receiver != sender {
          guard let node = nodes[sender] else { continue }
          try settle(receiver, receiving: node, asks: receiver == asks)
        }
      }
      if isWell { return }
      guard let asks, var node = nodes[asks] else { continue }
      waited = node.view.standing == standing ? waited + 1 : 0
      if waited == 2, node.view.mayCampaign {
        node.write(node.view.campaign())
        nodes[asks] = node
        waited = 0
      }
      standing = node.view.standing
    }
    for link in ledger where !nodes.values.contains(where: { $0.chain.contains(link) }) {
      throw .lost(number: link.entry.number)
    }
    throw .stuck(asking.flatMap { nodes[$0]?.view.standing } ?? .behind)
  }

  /// The voter that asks for an epoch: the last one that did, as long as it is a voter as of the last entry that anybody still has.
  private mutating func candidate(after last: ReplicaID?) -> ReplicaID? {
    let reached = nodes.values.map(\.chain.count).max() ?? 0
    let voters = voters[reached].members
    if let last, voters.contains(last) { return last }
    let allowed = live.filter { voters.contains($0) }
    return allowed.isEmpty ? nil : allowed[random.number(below: allowed.count)]
  }

  private mutating func settle(_ replica: ReplicaID, receiving sender: OrderNode, asks: Bool)
    throws(OrderViolation)
  {
    guard var node = nodes[replica] else { return }
    try node.merge(sender)
    node.vote()
    if asks {
      switch node.view.standing {
      case .superseded, .notPrimary, .handedOver:
        if node.view.mayCampaign { node.write(node.view.campaign()) }
        node.vote()
      default: break
      }
      while node.propose() { node.vote() }
    }
    nodes[replica] = node
    try record(node)
  }

  /// Whether all requests that are known are in the order, and everybody has applied all of it.
  private var isWell: Bool {
    let known = nodes.values.reduce(into: Set<UInt8>()) { $0.formUnion($1.requests) }
    return known.isSubset(of: ledger.flatMap(\.content))
      && nodes.values.allSatisfy { $0.chain == ledger }
  }
}
