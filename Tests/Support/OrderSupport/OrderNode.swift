package import MerganserModel
package import MerganserTypes

/// A replica with all that it has applied of an order: a store in a test.
///
/// A copy of it is what it sends.
package struct OrderNode: Hashable, Sendable {
  /// An entry that was applied.
  package struct Link: Hashable, Sendable {
    package var entry: OrderEntry
    package var content: [UInt8]
    /// The voters behind the entry.
    package var voters: OrderVoters
  }

  package var view: OrderView
  package var chain: [Link] = []
  /// The requests that it knows of, applied or not.
  package var requests: Set<UInt8> = []

  package init(_ replica: ReplicaID, applied: OrderState, by guarantees: Guarantees) {
    view = OrderView(replica, applied: applied, guarantees: guarantees)
  }

  /// Receives what `sender` held at some time: its rows, and what it had applied.
  package mutating func merge(_ sender: OrderNode, rowsAlone: Bool = false) throws(OrderViolation) {
    requests.formUnion(sender.requests)
    if rowsAlone {
      view.rows.merge(sender.view.rows)
    } else {
      try checkPrefix(of: chain, and: sender.chain)
      if sender.chain.count > chain.count { chain = sender.chain }
      view.merge(sender.view.rows, applied: sender.view.applied)
    }
    applyChosen()
  }

  /// Writes a vote, if there is one.
  ///
  /// Returns whether it wrote.
  @discardableResult
  package mutating func write(_ vote: OrderVote?) -> Bool {
    guard let vote else { return false }
    view.write(vote)
    applyChosen()
    return true
  }

  /// Writes its next vote, if it has one.
  ///
  /// Returns whether it wrote.
  @discardableResult
  package mutating func vote() -> Bool { write(view.vote()) }

  /// Drops the rows that do not matter any more.
  package mutating func dropSettled() {
    view.rows = view.rows.dropping(
      settledBy: view.applied, at: view.replica, by: view.guarantees)
  }

  package mutating func applyChosen() {
    while let chosen = view.nextChosen {
      view.applied = view.applied.applying(chosen)
      chain.append(Link(entry: chosen.entry, content: chosen.content, voters: chosen.voters))
    }
  }

  /// Proposes what it must, or the requests that are open here, if there are any, the voters change, or the office is handed over.
  ///
  /// Returns whether it wrote.
  @discardableResult
  package mutating func propose(voters: OrderVoters? = nil, successor: ReplicaID? = nil) -> Bool {
    let open = requests.subtracting(chain.flatMap(\.content)).sorted()
    if view.standing == .mayPropose, open.isEmpty, voters == nil, successor == nil { return false }
    let hash = entryHash(content: open, voters: voters, successor: successor)
    guard
      let proposal = view.proposal(hash: hash, voters: voters, successor: successor, content: open)
    else { return false }
    view.write(proposal)
    applyChosen()
    return true
  }

  /// The hash of an entry behind what is applied here: it covers all that the entry says.
  func entryHash(content: [UInt8], voters: OrderVoters?, successor: ReplicaID?) -> UInt64 {
    let epoch = view.rows.votes[view.replica]?.promised ?? view.applied.entry.epoch
    var hash = mixed(view.applied.entry.hash, epoch.number, epoch.candidate.low)
    for byte in content { hash = mixed(hash, UInt64(byte)) }
    for voter in (voters ?? view.applied.voters).members.sorted() { hash = mixed(hash, voter.low) }
    return mixed(hash, successor.map { $0.low &+ 1 } ?? 0)
  }
}
