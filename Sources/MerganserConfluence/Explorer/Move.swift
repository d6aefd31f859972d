/// One move of a search.
enum Move: Hashable, Sendable {
  case call(Int, at: Int, slot: UInt64)
  case merge(from: Int, into: Int)

  /// The replica whose state it changes.
  var place: Int {
    switch self {
    case .call(_, let place, _): place
    case .merge(_, let target): target
    }
  }

  /// The move where replicas have changed places.
  func exchanged(by permutation: [Int]) -> Move {
    switch self {
    case .call(let call, let place, let slot): .call(call, at: permutation[place], slot: slot)
    case .merge(let source, let target):
      .merge(from: permutation[source], into: permutation[target])
    }
  }

  /// Whether neither move writes to a replica that the other reads or writes.
  func isIndependent(of other: Move) -> Bool {
    switch (self, other) {
    case (.call(_, let one, _), .call(_, let two, _)): one != two
    case (.call(_, let place, _), .merge(let source, let target)),
      (.merge(let source, let target), .call(_, let place, _)):
      place != source && place != target
    case (.merge(let source, let target), .merge(let from, let into)):
      target != into && target != from && source != into
    }
  }
}
