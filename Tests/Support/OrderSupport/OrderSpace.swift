package import MerganserModel
import MerganserTypes

/// Searches all that a small cluster can do, breadth first, up to a number of states.
///
/// A state is the replicas, and for each one an earlier state of it that is still under way: it may arrive anywhere, at any time,
/// again, or never. States that differ only in the names of replicas that never ask for an epoch are one.
package struct OrderSpace: Sendable {
  /// How many replicas ask for epochs: those with the lowest numbers.
  package var candidates = 2
  /// How many do not.
  package var others = 1
  package var voters = OrderVoters(numbered: 0..<3)
  /// The voters that an entry may name; `nil` are those before it.
  package var changes: [OrderVoters?] = [nil]
  /// Up to which number epochs are asked for.
  package var epochs: UInt64 = 3
  /// Up to which number entries are proposed.
  package var numbers: UInt64 = 2
  package var guarantees: Guarantees = .all
  /// Whether a replica that receives something votes at once; else receiving, promising and accepting are steps of their own.
  package var votesAtOnce = true
  /// Whether a replica may go back to its earlier state.
  package var restarts = false
  /// Whether a replica may drop the rows that are settled.
  package var drops = false

  package init() {}

  /// What a search has seen.
  package struct Result: Sendable {
    package var states = 0
    package var depth = 0
    /// How many entries were chosen, at most.
    package var chosen = 0
    package var violation: OrderViolation?
    /// Whether all states were seen, within the bounds of epochs and numbers.
    package var isComplete = false
  }

  struct State {
    var nodes: [OrderNode]
    var late: [OrderNode?]
    /// What was applied anywhere, ever.
    var ledger: [OrderNode.Link] = []
  }

  var count: Int { candidates + others }

  private var initial: State {
    let applied = OrderState.beginning(primary: ReplicaID(0), voters: voters)
    let nodes = (0..<count).map {
      OrderNode(ReplicaID(UInt64($0)), applied: applied, by: guarantees)
    }
    return State(nodes: nodes, late: Array(repeating: nil, count: count))
  }

  /// Searches until `limit` states were seen, or something that an order promises is broken.
  package func search(upTo limit: Int) -> Result {
    let names = names
    var result = Result()
    var seen: Set<Key> = [key(of: initial, named: names)]
    var frontier = [initial]
    while !frontier.isEmpty, seen.count < limit {
      result.depth += 1
      var next: [State] = []
      for state in frontier where seen.count < limit {
        do throws(OrderViolation) {
          try forEachSuccessor(of: state) { state in
            guard seen.insert(key(of: state, named: names)).inserted else { return }
            result.chosen = max(result.chosen, state.ledger.count)
            next.append(state)
          }
        } catch {
          result.violation = error
          result.states = seen.count
          return result
        }
      }
      frontier = next
    }
    result.states = seen.count
    result.isComplete = frontier.isEmpty
    return result
  }
}

extension OrderSpace.Result: CustomStringConvertible {
  package var description: String {
    "\(states) states within \(depth) steps\(isComplete ? ", all there are" : ""), entries chosen: \(chosen)"
      + (violation.map { ", found: \($0)" } ?? "")
  }
}
