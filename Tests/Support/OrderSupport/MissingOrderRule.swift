package import MerganserModel

/// A rule of an order that is left out, which a search of small clusters or random walks have to miss.
package struct MissingOrderRule: Sendable {
  /// What is left out, in a few words.
  package let name: String
  package let guarantees: Guarantees
  package let host: HostGuarantees
  /// Within how many states of a small cluster it is missed; `nil` if it takes too many.
  package let states: Int?
  /// A seed whose walk misses it; `nil` if none is known.
  package let seed: UInt64?

  init(
    _ name: String, without guarantees: Guarantees = [], host: HostGuarantees = [],
    states: Int? = nil, seed: UInt64? = nil
  ) {
    self.name = name
    self.guarantees = guarantees
    self.host = host
    self.states = states
    self.seed = seed
  }

  /// Three voters, of which two ask for one epoch each and propose one entry, without the rule.
  package var space: OrderSpace {
    var space = OrderSpace()
    (space.epochs, space.numbers) = (1, 1)
    space.guarantees.subtract(guarantees)
    space.restarts = !host.isDisjoint(with: [.durable, .newIdentity])
    space.drops = guarantees.contains(.keepsVote)
    if guarantees.contains(.votersBefore) { space.changes = [nil, OrderVoters(numbered: [0])] }
    return space
  }

  /// Walks without the rule.
  package var plan: OrderWalk.Plan {
    var plan = OrderWalk.Plan()
    plan.guarantees.subtract(guarantees)
    plan.host.subtract(host)
    plan.changesOften = guarantees.contains(.votersBefore)
    return plan
  }
}

extension MissingOrderRule: CustomStringConvertible {
  /// Its name.
  package var description: String { name }
}
