import MerganserModel
import MerganserTypes

extension OrderSpace {
  /// Hands `body` each state that is one step behind `state`.
  func forEachSuccessor(of state: State, to body: (State) -> Void) throws(OrderViolation) {
    for index in 0..<count {
      if index < candidates { try proposeAndAsk(at: index, of: state, to: body) }
      if votesAtOnce {
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in node.vote() }
      } else {
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in
          node.write(node.view.promise())
        }
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in
          node.write(node.view.accept())
        }
      }
      if drops {
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in node.dropSettled()
        }
      }
      try receive(at: index, of: state, to: body)
      if state.late[index] != state.nodes[index] {
        var copy = state
        copy.late[index] = state.nodes[index]
        body(copy)
      }
      if restarts, let earlier = state.late[index] {
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in node = earlier }
      }
    }
  }

  private func step(
    at index: Int, of state: State, to body: (State) -> Void,
    changing change: (inout OrderNode) throws(OrderViolation) -> Void
  ) throws(OrderViolation) {
    var copy = state
    try change(&copy.nodes[index])
    copy.nodes[index].applyChosen()
    guard copy.nodes[index] != state.nodes[index] else { return }
    try check(&copy, at: index)
    body(copy)
  }

  private func proposeAndAsk(at index: Int, of state: State, to body: (State) -> Void)
    throws(OrderViolation)
  {
    try step(at: index, of: state, to: body) { node throws(OrderViolation) in
      guard let vote = node.view.campaign(), vote.promised.number <= epochs else { return }
      node.write(vote)
    }
    guard state.nodes[index].view.applied.entry.number < numbers else { return }
    for (variant, voters) in changes.enumerated() {
      try step(at: index, of: state, to: body) { node throws(OrderViolation) in
        let content = [UInt8(variant)]
        let hash = node.entryHash(content: content, voters: voters, successor: nil)
        guard let proposal = node.view.proposal(hash: hash, voters: voters, content: content) else {
          return
        }
        node.view.write(proposal)
        if votesAtOnce { node.vote() }
      }
    }
    guard !guarantees.contains(.oneProposal),
      var other = state.nodes[index].view.rows.proposals[ReplicaID(UInt64(index))]
    else { return }
    other.entry.hash = mixed(other.entry.hash, 7)
    try step(at: index, of: state, to: body) { node throws(OrderViolation) in
      node.view.write(other)
      if votesAtOnce { node.vote() }
    }
  }

  private func receive(at index: Int, of state: State, to body: (State) -> Void)
    throws(OrderViolation)
  {
    for place in 0..<count where place != index {
      for sender in [state.nodes[place], state.late[place]] {
        guard let sender else { continue }
        try step(at: index, of: state, to: body) { node throws(OrderViolation) in
          try node.merge(sender)
          if votesAtOnce, node.vote() { node.vote() }
        }
      }
    }
  }

  private func check(_ state: inout State, at index: Int) throws(OrderViolation) {
    let chain = state.nodes[index].chain
    try checkPrefix(of: chain, and: state.ledger)
    try checkEpochs(of: chain)
    if chain.count > state.ledger.count { state.ledger = chain }
    for primary in 0..<candidates {
      let held = state.nodes.compactMap { $0.view.rows.proposals[ReplicaID(UInt64(primary))] }
      for (place, one) in held.enumerated() {
        for other in held[..<place]
        where one.epoch == other.epoch && one.entry.number == other.entry.number
          && one.entry != other.entry
        {
          throw .proposedTwice(epoch: one.epoch, number: one.entry.number)
        }
      }
    }
  }
}
