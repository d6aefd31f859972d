public import MerganserTypes

/// What a simulated transaction draws its choices from: the same place in the same schedule draws the same, for ever.
///
/// Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators* (2014).
public struct Draw: RandomNumberGenerator, Sendable {
  private var state: UInt64
  /// The replicas of the cluster as the transaction runs, in the order in which they joined; none outside of a simulation.
  public let members: [ReplicaID]

  /// The draws that follow from a seed.
  public init(seed: UInt64) { self.init(seed: seed, members: []) }

  init(seed: UInt64, members: [ReplicaID]) {
    state = seed
    self.members = members
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A whole number of `range`, each with about the same probability.
  public mutating func number(in range: ClosedRange<Int64>) -> Int64 {
    let span = UInt64(bitPattern: range.upperBound &- range.lowerBound)
    return range.lowerBound &+ Int64(bitPattern: span == .max ? next() : next() % (span + 1))
  }

  /// One of `choices`, of which there is at least one.
  public mutating func pick<Choice>(_ choices: Choice...) -> Choice {
    choices[number(below: choices.count)]
  }

  /// Whether something happens that has the given probability, from 0 to 1.
  public mutating func happens(_ probability: Double) -> Bool {
    probability > 0 && Double(next() >> 11) < probability * Double(1 << 53)
  }

  /// A number from 0 up to `limit`, without it.
  package mutating func number(below limit: Int) -> Int {
    Int(truncatingIfNeeded: next() >> 33) % max(1, limit)
  }
}
