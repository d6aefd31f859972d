/// Generated transactions: the same for the same seed, on every machine and in every process.
struct DemoWorkload: Sendable {
  /// A deposit, or a withdrawal if `cents` is negative.
  struct Order: Sendable, Hashable {
    var request: UInt64
    var account: UInt64
    var cents: Int64
  }

  /// An account that is opened at the start.
  struct Account: Sendable {
    var number: UInt64
    var holder: String
    var cents: Int64
  }

  let seed: UInt64

  /// The account that everybody wants to spend from at once; no generated order touches it.
  static let contested = Account(number: 1001, holder: "Ana Sousa", cents: 120_00)

  /// The accounts, the contested one first.
  var accounts: [Account] {
    let names = [
      "Bruno Alves", "Carla Nunes", "Diogo Faria", "Eva Lopes", "Filipe Reis", "Graça Pinto",
      "Hugo Matos", "Inês Rocha", "João Vidal", "Lara Costa", "Mário Dias",
    ]
    return [Self.contested]
      + names.enumerated().map { place, name in
        var random = SplitMix64(seed: seed &+ UInt64(place))
        return Account(
          number: 1002 + UInt64(place), holder: name,
          cents: Int64.random(in: 250_00...1_400_00, using: &random))
      }
  }

  /// The order with the given number at a branch: rather a withdrawal than a deposit.
  func order(_ number: Int, at place: Place) -> Order {
    let request = UInt64(place.rawValue + 1) * 1_000_000 + UInt64(number)
    var random = SplitMix64(seed: seed ^ (request &* 0x9E37_79B9_7F4A_7C15))
    let isDeposit = Int.random(in: 0..<100, using: &random) < 42
    let cents =
      isDeposit
      ? Int64.random(in: 5_00...80_00, using: &random)
      : -Int64.random(in: 5_00...90_00, using: &random)
    return Order(
      request: request, account: UInt64.random(in: 1002...1012, using: &random), cents: cents)
  }
}

/// A generator whose numbers follow from its seed.
///
/// Steele, Lea, Flood, *Fast Splittable Pseudorandom
/// Number Generators* (2014).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
