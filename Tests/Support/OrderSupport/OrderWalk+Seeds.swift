import MerganserModel

/// What many walks did, all together.
package struct OrderWalkTally: Sendable {
  package var walks = 0
  package var entries = 0
  package var changes = 0
  package var epochs = 0
  /// How many walks took so many exchanges until all was well.
  package var exchanges: [Int: Int] = [:]
}

/// What a walk broke, and the seed that has it do so again.
package struct OrderFailure: Error {
  package let seed: UInt64
  package let violation: OrderViolation
}

extension OrderWalk {
  /// Runs one walk for each seed.
  package static func run(seeds: ClosedRange<UInt64>, plan: Plan = Plan()) throws(OrderFailure)
    -> OrderWalkTally
  {
    var tally = OrderWalkTally()
    for seed in seeds {
      var walk = OrderWalk(seed: seed, plan: plan)
      do throws(OrderViolation) { try walk.run() } catch {
        throw OrderFailure(seed: seed, violation: error)
      }
      tally.add(walk)
    }
    return tally
  }

  /// The first seed whose walk does harm, and how many stood still before.
  package static func firstHarm(among seeds: ClosedRange<UInt64>, plan: Plan) -> (
    failure: OrderFailure?, stuck: Int
  ) {
    var stuck = 0
    for seed in seeds {
      var walk = OrderWalk(seed: seed, plan: plan)
      do throws(OrderViolation) { try walk.run() } catch {
        if error.isHarm { return (OrderFailure(seed: seed, violation: error), stuck) }
        stuck += 1
      }
    }
    return (nil, stuck)
  }
}

extension OrderWalkTally {
  mutating func add(_ walk: OrderWalk) {
    walks += 1
    entries += walk.ledger.count
    changes += zip(walk.voters, walk.voters.dropFirst()).count { $0 != $1 }
    epochs += Set(walk.ledger.map(\.entry.epoch)).count
    exchanges[walk.exchanges, default: 0] += 1
  }
}

extension OrderWalkTally: CustomStringConvertible {
  package var description: String {
    "\(walks) seeds, \(entries) entries, \(changes) changes of voters, \(epochs) epochs; exchanges until all was well: "
      + exchanges.sorted { $0.key < $1.key }.map { "\($0.key) in \($0.value)" }
      .joined(separator: ", ")
  }
}

extension OrderFailure: CustomStringConvertible {
  package var description: String { "seed \(seed): \(violation)" }
}
