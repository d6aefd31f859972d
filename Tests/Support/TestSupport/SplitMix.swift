/// The generator of random numbers of all tests: a seed determines its every sequence.
///
/// Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators* (2014).
package struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number from 0 up to `limit`, without it.
  package mutating func number(below limit: Int) -> Int { Int(next() >> 33) % limit }
}
