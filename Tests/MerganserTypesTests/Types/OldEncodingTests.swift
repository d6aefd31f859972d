import MerganserLaws
import MerganserTypes
import Testing

private let a = ReplicaID(high: 1, low: 2)
private let b = ReplicaID(high: 3, low: 4)

/// Bytes of the first format of each type.
///
/// A format that changes gets a new line, and keeps the old.
@Suite struct OldEncodingTests {
  @Test func counters() throws {
    var growing = GCounter()
    try growing.increment(by: 5, as: a)
    try growing.increment(by: 300, as: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000501ac02",
      decodesTo: growing)

    var both = PNCounter()
    try both.increment(by: 5, as: a)
    try both.decrement(by: 7, as: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000500010007",
      decodesTo: both)

    var resettable = ResettableCounter()
    try resettable.increment(by: 5, as: a)
    resettable.reset(as: a)
    try resettable.increment(by: 1, as: a)
    try checkEncoding("0101010000000000000002000000000000000100060001000500", decodesTo: resettable)

    let terms = try EscrowTerms(lower: 0, upper: 9, founder: a)
    var escrow = EscrowCounter()
    try escrow.increment(by: 5, as: a, under: terms)
    try escrow.transfer(2, of: .decrement, as: a, to: b, under: terms)
    try escrow.transfer(1, of: .increment, as: a, to: b, under: terms)
    try escrow.decrement(by: 2, as: b, under: terms)
    try checkEncoding(
      "010201000000000000000200000000000000030000000000000004000000000000000200050001000201000101010100010102",
      decodesTo: escrow)
  }

  @Test func registers() throws {
    var last = LWWRegister<String>()
    try checkEncoding("010000", decodesTo: last)
    try last.set("x", as: a, at: HybridTime(milliseconds: 5))
    try checkEncoding(
      "010101000000000000000200000000000000010000050000000000000178", decodesTo: last)

    var several = MVRegister<String>()
    several.set("x", as: a)
    var other = several
    several.set("y", as: a)
    other.set("z", as: b)
    try checkEncoding(
      "01020100000000000000020000000000000003000000000000000400000000000000020002010100020002010101017901017a",
      decodesTo: several.merging(other))
  }

  @Test func sets() throws {
    try checkEncoding("0100020178027979", decodesTo: GSet(["x", "yy"]))

    var addWins = ORSet<String>()
    addWins.insert("x", as: a)
    addWins.insert("y", as: b)
    addWins.remove("x", as: a)
    try checkEncoding(
      "010201000000000000000200000000000000030000000000000004000000000000000200010101000101010179",
      decodesTo: addWins)

    var removeWins = RWSet<String>()
    removeWins.insert("x", as: a)
    removeWins.remove("y", as: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000101010002017801000100017900010101",
      decodesTo: removeWins)

    var last = LWWSet<String>()
    try last.insert("x", as: a, at: HybridTime(milliseconds: 5))
    try last.remove("y", as: b, at: HybridTime(milliseconds: 6))
    try checkEncoding(
      "01020100000000000000020000000000000003000000000000000400000000000000020178010000050000000000000101790100000600000000000100",
      decodesTo: last)
  }

  @Test func flags() throws {
    var enableWins = EnableWinsFlag()
    enableWins.enable(as: a)
    try checkEncoding("01010100000000000000020000000000000001000100010001", decodesTo: enableWins)
    var disableWins = DisableWinsFlag()
    disableWins.disable(as: a)
    disableWins.enable(as: b)
    try checkEncoding("0101010000000000000002000000000000000100010000", decodesTo: disableWins)
  }

  @Test func mapsAndTheAlgebra() throws {
    var map = ORMap<String, ORMap<Int, Incarnated<PNCounter>>>()
    try map.update("x", as: a) {
      try $0.update(7, as: &$1) {
        try $0.write(as: &$1) { try $0.increment(by: 2, as: $1.replica) }
      }
    }
    try checkEncoding(
      "01010100000000000000020000000000000001000100010178010e01000101000200", decodesTo: map)

    var growing = GMap<String, GSet<Int>>()
    growing.merge([1, 2], at: "x")
    try checkEncoding("0100010178020204", decodesTo: growing)
    try checkEncoding("01000106010178", decodesTo: Pair(Max(3), and: Min("x")))
    try checkEncoding("01000106010178", decodesTo: Lexicographic(Max(3), then: GSet(["x"])))
    try checkEncoding("0100010108", decodesTo: GSet<Int>?.some([4]))
  }
}
