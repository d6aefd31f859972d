package import MerganserModel
import MerganserTypes

/// Replicas of one order that do only what a test says, step by step; the test calls them by their numbers.
package struct ScriptedOrder: Sendable {
  package var nodes: [OrderNode]

  /// Replicas 0 to `count`, without it; all of them are voters unless it is said which are.
  package init(_ count: Int, voters: [Int]? = nil, by guarantees: Guarantees = .all) {
    let applied = OrderState.beginning(
      primary: ReplicaID(0), voters: OrderVoters(numbered: voters ?? Array(0..<count)))
    nodes = (0..<count).map {
      OrderNode(ReplicaID(UInt64($0)), applied: applied, by: guarantees)
    }
  }

  package subscript(_ index: Int) -> OrderView { nodes[index].view }

  package mutating func campaign(_ index: Int) { nodes[index].write(nodes[index].view.campaign()) }

  /// Votes as long as there is something to vote for.
  package mutating func vote(_ index: Int) { while nodes[index].vote() {} }

  /// Promises, once, and accepts nothing.
  package mutating func promise(_ index: Int) { nodes[index].write(nodes[index].view.promise()) }

  /// Accepts, once, and promises nothing.
  package mutating func accept(_ index: Int) { nodes[index].write(nodes[index].view.accept()) }

  package mutating func propose(
    _ index: Int, request: UInt8, voters: [Int]? = nil, successor: Int? = nil
  ) {
    nodes[index].requests.insert(request)
    nodes[index].propose(
      voters: voters.map { OrderVoters(numbered: $0) },
      successor: successor.map { ReplicaID(UInt64($0)) })
  }

  package mutating func send(_ sender: Int, to receiver: Int, rowsAlone: Bool = false)
    throws(OrderViolation)
  {
    try nodes[receiver].merge(nodes[sender], rowsAlone: rowsAlone)
  }

  /// Sends to each of several, which vote, and answer.
  package mutating func ask(_ receivers: [Int], by sender: Int) throws(OrderViolation) {
    for receiver in receivers {
      try send(sender, to: receiver)
      vote(receiver)
      try send(receiver, to: sender)
    }
  }

  /// What a replica has applied.
  package func applied(_ index: Int) -> [[UInt8]] { nodes[index].chain.map(\.content) }
}
