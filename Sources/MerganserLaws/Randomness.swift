/// A random number generator with a seed: the same seed gives the same numbers for ever.
///
/// Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators* (2014).
public struct Randomness: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// What the update at hand does, for a readable history; see ``describe(_:)``.
  private(set) var note: String?

  /// The generator of the given seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A whole number of `range`, each with the same probability.
  public mutating func pick<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> Number {
    Number.random(in: range, using: &self)
  }

  /// One of the two truth values.
  public mutating func flip() -> Bool { next() & 1 == 1 }

  /// Says what the update at hand does, for the history of a violation.
  public mutating func describe(_ update: @autoclosure () -> String) { note = update() }
}
