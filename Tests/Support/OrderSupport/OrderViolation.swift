package import MerganserModel

/// What an order promises, broken.
package enum OrderViolation: Error, Hashable {
  /// Two replicas have applied different entries of one number.
  case forked(number: UInt64)
  /// An entry was made in an earlier epoch than the one before it.
  case epochsFell(number: UInt64)
  /// A primary has proposed two entries for one number in one epoch.
  case proposedTwice(epoch: OrderEpoch, number: UInt64)
  /// A request stands in the order twice.
  case executedTwice(request: UInt8)
  /// All faults have stopped, the order does not go on, and no replica has an entry that was applied.
  case lost(number: UInt64)
  /// All faults have stopped, and the order does not go on: where its primary stands.
  case stuck(OrderStanding)

  /// Whether something wrong was applied or written; an order that only stands still, whatever it cannot reach, has done none of this.
  package var isHarm: Bool {
    switch self {
    case .stuck, .lost: false
    default: true
    }
  }
}

/// Checks that two replicas have applied the same entries, as far as both have applied any.
func checkPrefix(of one: [OrderNode.Link], and other: [OrderNode.Link]) throws(OrderViolation) {
  for (mine, theirs) in zip(one, other) where mine != theirs {
    throw .forked(number: mine.entry.number)
  }
}

/// Checks that the epochs of applied entries never fall.
func checkEpochs(of chain: [OrderNode.Link]) throws(OrderViolation) {
  for (before, behind) in zip(chain, chain.dropFirst())
  where behind.entry.epoch < before.entry.epoch {
    throw .epochsFell(number: behind.entry.number)
  }
}
