import MerganserTypes

/// By whose hands, when, and with which numbers the rows of a state were written that the search makes: what it shows is
/// the same in all.
struct ShownForm {
  /// Who created the rows.
  var creator = ReplicaID.plain
  /// Who wrote what is in a row; rows have numbers.
  var writer: @Sendable (_ slot: Int) -> ReplicaID = { _ in .plain }
  /// When a row was written.
  var time: @Sendable (_ slot: Int) -> HybridTime = { _ in HybridTime(bits: 1) }
  /// The number of the first write to a row.
  var sequence: @Sendable (_ slot: Int) -> UInt64 = { _ in 1 << 20 }
  /// How often each thing was written that stands, where a type keeps it as often as it was written apart.
  var copies = 1
  /// When a transaction runs on it.
  var now = HybridTime(bits: 1001)

  /// By nobody's hands, long ago.
  static let plain = 0
  /// The same, at times as clocks show them: what comes out differently computes with times.
  static let today = 1
  /// At times that ascend and descend from row to row, and by other hands from row to row: what comes out differently
  /// compares these.
  static let mixed = 2..<6
  /// Each beside another form in which times and names are alike, and numbers are not: what comes out differently computes
  /// with numbers of writes, or with the parts of times.
  static let numbered: [(form: Int, beside: Int)] = [(6, plain), (7, plain), (8, 2), (9, 3)]
  /// Written several times apart: what comes out differently counts what shows once.
  static let repeated = 10..<14
  /// By hands, at times and with numbers that are drawn for each row.
  static let drawn = 14..<30

  /// All forms; behind the drawn ones, one by each replica's own hands.
  static let all: [ShownForm] = {
    let now = HybridTime(milliseconds: 1_900_000_000_000)
    @Sendable func today(_ hours: Int, counter: Int = 2) -> HybridTime {
      HybridTime(
        bits: HybridTime(milliseconds: UInt64(1_800_000_000_000 + hours * 3_600_000)).bits
          | UInt64(counter))
    }
    let replicas = Workload.replicas
    @Sendable func turn(_ slot: Int) -> ReplicaID { replicas[slot % replicas.count] }
    var forms = [ShownForm()]
    forms.append(ShownForm(time: { _ in today(0) }, now: now))
    forms.append(ShownForm(time: { today($0 % 1000) }, now: now))
    forms.append(ShownForm(time: { today(1000 - $0 % 1000) }, now: now))
    forms.append(ShownForm(writer: { turn($0) }))
    forms.append(ShownForm(writer: { turn(replicas.count - 1 - $0 % replicas.count) }))
    forms.append(ShownForm(sequence: { 1 << 20 + UInt64($0 % 1000) << 8 }))
    forms.append(ShownForm(sequence: { 1 << 20 + UInt64(1000 - $0 % 1000) << 8 }))
    forms.append(
      ShownForm(time: { today($0 % 1000, counter: 1 + (1000 - $0 % 1000)) }, now: now))
    forms.append(
      ShownForm(time: { today(1000 - $0 % 1000, counter: 1 + $0 % 1000) }, now: now))
    // Enough for what a condition may count; nobody counts much further.
    for copies in [2, 3, 5, 64] { forms.append(ShownForm(copies: copies)) }
    for number in drawn {
      @Sendable func draw(_ slot: Int, of what: UInt64) -> UInt64 {
        mixed(UInt64(number) << 48 ^ UInt64(truncatingIfNeeded: slot) << 8 ^ what)
      }
      forms.append(
        ShownForm(
          writer: { writers[Int(draw($0, of: 1) % UInt64(writers.count))] },
          time: { HybridTime(bits: 1 + draw($0, of: 2) % 900) },
          sequence: { 1 << 20 + draw($0, of: 3) % (1 << 20) << 8 }))
    }
    for (place, replica) in replicas.enumerated() {
      forms.append(
        ShownForm(
          creator: replica, writer: { _ in replica },
          time: { _ in HybridTime(bits: UInt64(place) + 3) },
          now: HybridTime(bits: 5001 + 4000 * UInt64(place))))
    }
    return forms
  }()

  /// Who writes where that is drawn: those of a search, and others before and behind them.
  static let writers =
    Workload.replicas + (1...8).map { ReplicaID(high: mixed($0), low: mixed(~$0)) }

  /// The form by a replica's own hands.
  static func own(_ place: Int) -> Int { drawn.upperBound + place }

  /// The drawn forms that are tried on a state: all on the first ones, and on the others some, in turn.
  static func drawn(forState number: Int) -> Range<Int> {
    let count = number < 8 ? drawn.count : number < 64 ? 4 : 1
    let first = drawn.lowerBound + number % (drawn.count / count) * count
    return first..<first + count
  }

  /// A number's bits, well mixed (Steele et al., *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
  private static func mixed(_ number: UInt64) -> UInt64 {
    var bits = number &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
