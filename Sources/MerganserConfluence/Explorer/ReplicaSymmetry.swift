/// Exchanges of replicas under which a search may take configurations for one and the same: a group of
/// permutations of their places.
///
/// That transactions and merges treat replicas alike is not assumed: it is seen at every step (see
/// ``StateOrbits``), and a search that sees otherwise starts again with fewer exchanges. So a program
/// that compares identities is searched without them.
struct ReplicaSymmetry: Sendable {
  /// The permutations; the first leaves every place.
  let elements: [[Int]]
  /// By two elements: which one is the first after the second.
  let products: [[Int]]
  /// By element: which one undoes it.
  let inverses: [Int]

  /// All permutations of `count` places that leave the first `fixed`, and so many behind them.
  private init(of count: Int, leaving fixed: Int, relays: Int = 0) {
    var elements = [Array(0..<fixed)]
    for _ in fixed..<count {
      elements = elements.flatMap { some in
        (0..<count).filter { !some.contains($0) }.map { some + [$0] }
      }
    }
    elements = elements.map { $0 + (count..<(count + relays)) }
    self.elements = elements
    products = elements.map { first in
      elements.map { second in elements.firstIndex(of: second.map { first[$0] }) ?? 0 }
    }
    inverses = products.map { $0.firstIndex(of: 0) ?? 0 }
  }

  /// No exchange at all.
  static func none(of count: Int) -> ReplicaSymmetry {
    ReplicaSymmetry(of: count, leaving: count)
  }

  /// What to try one after the other: all exchanges, those that leave the founder, and none.
  static func ladder(of count: Int, relays: Int = 0) -> [ReplicaSymmetry] {
    let some = (0..<min(2, count - 1)).map {
      ReplicaSymmetry(of: count, leaving: $0, relays: relays)
    }
    return some + [none(of: count + relays)]
  }

  /// How many permutations there are.
  var order: Int { elements.count }
}

/// What each state of a replica becomes when replicas are exchanged.
///
/// An image is not computed from the state's contents: it is where the same steps lead at the exchanged
/// places. A state that is reached in two ways must have the same images by both, a step must lead from
/// images to images, and so must taking images twice; then exchanging replicas is an automorphism of all
/// that the search goes through, whatever the transactions are.
struct StateOrbits {
  /// Seen where an exchange of replicas makes a difference.
  struct Difference: Error {}

  private static let unknown = UInt32.max
  private let symmetry: ReplicaSymmetry
  private var images: [UInt32] = []

  init(_ symmetry: ReplicaSymmetry) { self.symmetry = symmetry }

  /// What a state becomes by an element of the group.
  ///
  /// - Throws: ``Difference``, if it was reached in a way of which nobody knows where it leads at the exchanged places.
  func image(of state: UInt32, by element: Int) throws(Difference) -> UInt32 {
    if element == 0 { return state }
    let place = Int(state) * symmetry.order + element
    guard place < images.count, images[place] != Self.unknown else { throw Difference() }
    return images[place]
  }

  /// Notes that these states, in the order of the group's elements, are one state's images.
  ///
  /// - Throws: ``Difference``, if other images are known.
  mutating func relate(_ orbit: [UInt32]) throws(Difference) {
    let needed = (Int(orbit.max() ?? 0) + 1) * symmetry.order
    if needed > images.count {
      images += repeatElement(Self.unknown, count: max(needed, images.count * 2) - images.count)
    }
    for (element, state) in orbit.enumerated() {
      for further in 0..<symmetry.order {
        let place = Int(state) * symmetry.order + further
        let image = orbit[symmetry.products[further][element]]
        if images[place] == Self.unknown {
          images[place] = image
        } else if images[place] != image {
          throw Difference()
        }
      }
    }
  }
}
