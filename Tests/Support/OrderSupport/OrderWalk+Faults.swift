import MerganserModel
import MerganserTypes
import TestSupport

/// What goes wrong.
extension OrderWalk {
  /// Draws whether something goes wrong, and does it.
  mutating func fault(at replica: ReplicaID) throws(OrderViolation) -> Bool {
    if random.chance(2), let node = nodes[replica] { backups.append(node) }
    if random.number(below: 1000) < weights.campaign * 3 {
      try campaign()
    } else if random.number(below: 1000) < weights.loss {
      lose(replica)
    } else if random.number(below: 1000) < weights.restore {
      restore(replica)
    } else if random.number(below: 1000) < weights.restart {
      restart(replica)
    } else if random.number(below: 1000) < weights.cut {
      for member in live { sides[member] = random.number(below: 2) }
    } else if random.number(below: 1000) < weights.cut * 2 {
      for member in live { sides[member] = 0 }
    } else {
      return false
    }
    return true
  }

  /// Ends a process: its store is what its disk holds.
  private mutating func restart(_ replica: ReplicaID) {
    guard let disk = disks[replica] else { return }
    nodes[replica] = disk
  }

  /// Loses a store, if enough voters outlive that.
  private mutating func lose(_ replica: ReplicaID) {
    if mayLose(replica) { nodes[replica] = nil }
  }

  /// Loses a store of which there is a backup, which goes on as a replica of its own.
  private mutating func restore(_ replica: ReplicaID) {
    let copies = backups.filter { $0.view.replica == replica }
    guard !copies.isEmpty else { return }
    var copy = copies[random.number(below: copies.count)]
    guard plan.host.contains(.newIdentity) else {
      nodes[replica] = copy
      disks[replica] = copy
      return
    }
    guard mayLose(replica) else { return }
    nodes[replica] = nil
    let identity = ReplicaID(nextIdentity)
    nextIdentity += 1
    copy.view.replica = identity
    nodes[identity] = copy
    disks[identity] = copy
    sides[identity] = 0
  }

  /// Whether a majority of each set of voters that still decides outlives the loss of a store: a set is done with once what follows it is
  /// applied by a majority of the next one.
  private func mayLose(_ replica: ReplicaID) -> Bool {
    let left = Set(nodes.keys).subtracting([replica])
    guard left.count > 1 else { return false }
    let voters = voters
    for number in voters.indices {
      let next = number + 1
      if next < voters.count {
        let holding = voters[next].members.intersection(left).count { member in
          nodes[member].map { $0.chain.count >= next } ?? false
        }
        if voters[next].isMajority(holding) { continue }
      }
      guard voters[number].outlive(left) else { return false }
    }
    let stores = Array(nodes.values) + mail.map(\.sender)
    return stores.allSatisfy { node in
      node.view.rows.proposals.values.allSatisfy { proposal in
        proposal.entry.number <= UInt64(ledger.count) || proposal.voters.outlive(left)
      }
    }
  }
}

extension OrderVoters {
  /// Whether a majority of the voters is among those who are left.
  fileprivate func outlive(_ left: Set<ReplicaID>) -> Bool {
    isMajority(members.intersection(left).count)
  }
}
