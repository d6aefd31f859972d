import MerganserModel
import MerganserTypes
import TestSupport

/// What replicas do.
extension OrderWalk {
  mutating func step() throws(OrderViolation) {
    let replica = anyReplica()
    if try fault(at: replica) { return }
    if random.chance(weights.rounds) { return try round(of: replica) }
    switch random.number(below: 100) {
    case ..<42: try send(to: replica)
    case ..<60: try deliver()
    case ..<66: try change(replica) { node, _ in node.vote() }
    case ..<92: try propose(at: replica)
    case ..<97: submit(at: replica)
    default: try change(replica) { node, _ in node.dropSettled() }
    }
  }

  /// One replica asks for an epoch: mostly one of the first that may.
  mutating func campaign() throws(OrderViolation) {
    let live = live
    let allowed = live.filter { nodes[$0]?.view.mayCampaign ?? false }
    let asking = (random.chance(90) ? allowed : live).prefix(weights.candidates)
    guard !asking.isEmpty else { return }
    try change(asking[random.number(below: asking.count)]) { node, _ in
      node.write(node.view.campaign())
    }
  }

  private mutating func send(to replica: ReplicaID) throws(OrderViolation) {
    let sender = anyReplica()
    guard sender != replica, sides[sender] == sides[replica], let node = nodes[sender] else {
      return
    }
    let message = Message(
      receiver: replica, sender: node,
      rowsAlone: !plan.host.contains(.causal) && random.chance(50))
    if random.chance(weights.late) { mail.append(message) } else { try receive(message) }
  }

  private mutating func deliver() throws(OrderViolation) {
    guard !mail.isEmpty else { return }
    let index = random.number(below: mail.count)
    let message = mail[index]
    if !random.chance(weights.keeps) {
      mail.swapAt(index, mail.count - 1)
      mail.removeLast()
    }
    if random.chance(85) { try receive(message) }
  }

  private mutating func receive(_ message: Message) throws(OrderViolation) {
    let votes = weights.votesAtOnce
    try change(message.receiver) { node, random throws(OrderViolation) in
      try node.merge(message.sender, rowsAlone: message.rowsAlone)
      if random.chance(votes) { node.vote() }
    }
  }

  /// One replica reaches all on its side, and each answers.
  private mutating func round(of replica: ReplicaID) throws(OrderViolation) {
    for other in live where other != replica && sides[other] == sides[replica] {
      guard let sender = nodes[replica] else { return }
      try receive(Message(receiver: other, sender: sender, rowsAlone: false))
      guard let answer = nodes[other] else { return }
      try receive(Message(receiver: replica, sender: answer, rowsAlone: false))
    }
  }

  private mutating func submit(at replica: ReplicaID) {
    guard submitted < 100, var node = nodes[replica] else { return }
    submitted += 1
    node.requests.insert(submitted)
    nodes[replica] = node
    disks[replica] = node
  }

  private mutating func propose(at replica: ReplicaID) throws(OrderViolation) {
    let everybody = live
    let changes = weights.change
    try change(replica) { node, random in
      var changed: OrderVoters?
      if random.chance(changes) {
        let members = everybody.filter { _ in random.chance(50) }
        if !members.isEmpty { changed = OrderVoters(Set(members)) }
      }
      let successor = random.chance(2) ? everybody[random.number(below: everybody.count)] : nil
      node.propose(voters: changed, successor: successor)
      if !node.view.guarantees.contains(.oneProposal), random.chance(30),
        var open = node.view.rows.proposals[replica]
      {
        open.entry.hash = mixed(open.entry.hash, 7)
        node.view.write(open)
      }
      if random.chance(80) { node.vote() }
    }
  }
}
