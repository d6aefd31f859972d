import MerganserModel
import MerganserTypes

extension OrderSpace {
  /// 128 bits that stand for a state, the same for states that differ only in the names of replicas that never ask for an epoch.
  struct Key: Hashable, Comparable {
    private var low: UInt64 = 1
    private var high: UInt64 = 2

    static func < (a: Self, b: Self) -> Bool { (a.low, a.high) < (b.low, b.high) }

    mutating func add(_ value: UInt64) {
      low = mixed(bits: low ^ value)
      high = mixed(bits: high &+ value &* 0xD6E8_FEB8_6659_FD93 &+ 1)
    }

    mutating func add(_ epoch: OrderEpoch) { add(epoch.number << 8 | epoch.candidate.low) }

    mutating func add(_ entry: OrderEntry) {
      add(entry.number)
      add(entry.epoch)
      add(entry.hash)
    }
  }

  /// All ways to name the replicas that never ask: at each place, the replica that is told there.
  var names: [[Int]] {
    var all: [[Int]] = [Array(0..<candidates)]
    for _ in 0..<others {
      all = all.flatMap { places in
        (candidates..<count).filter { !places.contains($0) }.map { places + [$0] }
      }
    }
    return all.filter { places in
      ([voters] + changes.compactMap(\.self)).allSatisfy { voters in
        voters.members == Set(voters.members.map { ReplicaID(UInt64(places[Int($0.low)])) })
      }
    }
  }

  /// The least key of a state under any of the names.
  func key(of state: State, named names: [[Int]]) -> Key {
    names.map { key(of: state, at: $0) }.min() ?? Key()
  }

  private func key(of state: State, at places: [Int]) -> Key {
    var key = Key()
    for place in places {
      add(state.nodes[place], at: places, to: &key)
      if let late = state.late[place] { add(late, at: places, to: &key) } else { key.add(.max) }
    }
    for link in state.ledger { key.add(link.entry) }
    return key
  }

  private func add(_ node: OrderNode, at places: [Int], to key: inout Key) {
    key.add(node.view.applied.entry)
    for place in places {
      let replica = ReplicaID(UInt64(place))
      if let vote = node.view.rows.votes[replica] {
        key.add(vote.promised)
        if let accepted = vote.accepted {
          key.add(accepted.epoch)
          key.add(accepted.entry)
        }
      }
      key.add(11)
      if place < candidates, let proposal = node.view.rows.proposals[replica] {
        key.add(proposal.epoch)
        key.add(proposal.entry)
      }
      key.add(13)
    }
  }
}
