import Merganser

/// The same bank on plain PN-counters: each branch looks at the balance that it sees, and then pays.
struct PlainBank: Sendable {
  private var branches: [[UInt64: PNCounter]]
  private let identities: [ReplicaID]

  /// The branches when the line is cut: all see the same balances.
  init(balances: [UInt64: Int64], identities: [ReplicaID]) throws {
    let counters = try balances.mapValues { cents in
      var counter = PNCounter()
      try counter.increment(by: cents, as: identities[0])
      return counter
    }
    branches = identities.map { _ in counters }
    self.identities = identities
  }

  /// Does what an order says if the branch sees enough; tells whether it did.
  @discardableResult
  mutating func execute(_ order: DemoWorkload.Order, at place: Place) throws -> Bool {
    let branch = place.rawValue
    let identity = identities[place.rawValue]
    var counter = branches[branch][order.account] ?? PNCounter()
    if order.cents < 0 {
      guard try counter.value >= -order.cents else { return false }
      try counter.decrement(by: -order.cents, as: identity)
    } else {
      try counter.increment(by: order.cents, as: identity)
    }
    branches[branch][order.account] = counter
    return true
  }

  /// The balances after all branches have merged what all others have.
  func mergedBalances() throws -> [UInt64: Int64] {
    var merged = branches[0]
    for branch in branches.dropFirst() { merged.merge(branch) { $0.merging($1) } }
    return try merged.mapValues { try $0.value }
  }
}
