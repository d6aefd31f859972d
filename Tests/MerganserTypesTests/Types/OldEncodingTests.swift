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
    try growing.increment(5, by: a)
    try growing.increment(300, by: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000501ac02",
      decodesTo: growing)

    var both = PNCounter()
    try both.increment(5, by: a)
    try both.decrement(7, by: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000500010007",
      decodesTo: both)

    var resettable = ResettableCounter()
    try resettable.increment(5, by: a)
    resettable.reset()
    try resettable.increment(1, by: a)
    try checkEncoding("0101010000000000000002000000000000000100060001000500", decodesTo: resettable)

    let terms = try EscrowTerms(lower: 0, upper: 9, founder: a)
    var escrow = EscrowCounter()
    try escrow.increment(5, by: a, under: terms)
    try escrow.transfer(2, of: .decrement, from: a, to: b, under: terms)
    try escrow.transfer(1, of: .increment, from: a, to: b, under: terms)
    try escrow.decrement(2, by: b, under: terms)
    try checkEncoding(
      "010201000000000000000200000000000000030000000000000004000000000000000200050001000201000101010100010102",
      decodesTo: escrow)
  }

  @Test func registers() throws {
    var last = LWWRegister<String>()
    try checkEncoding("010000", decodesTo: last)
    try last.set("x", by: a, at: HybridTime(milliseconds: 5))
    try checkEncoding(
      "010101000000000000000200000000000000010000050000000000000178", decodesTo: last)

    var several = MVRegister<String>()
    several.set("x", by: a)
    var other = several
    several.set("y", by: a)
    other.set("z", by: b)
    try checkEncoding(
      "01020100000000000000020000000000000003000000000000000400000000000000020002010100020002010101017901017a",
      decodesTo: several.merging(other))
  }

  @Test func sets() throws {
    try checkEncoding("0100020178027979", decodesTo: GSet(["x", "yy"]))

    var addWins = ORSet<String>()
    addWins.insert("x", by: a)
    addWins.insert("y", by: b)
    addWins.remove("x", by: a)
    try checkEncoding(
      "010201000000000000000200000000000000030000000000000004000000000000000200010101000101010179",
      decodesTo: addWins)

    var removeWins = RWSet<String>()
    removeWins.insert("x", by: a)
    removeWins.remove("y", by: b)
    try checkEncoding(
      "0102010000000000000002000000000000000300000000000000040000000000000002000101010002017801000100017900010101",
      decodesTo: removeWins)

    var last = LWWSet<String>()
    try last.insert("x", by: a, at: HybridTime(milliseconds: 5))
    try last.remove("y", by: b, at: HybridTime(milliseconds: 6))
    try checkEncoding(
      "01020100000000000000020000000000000003000000000000000400000000000000020178010000050000000000000101790100000600000000000100",
      decodesTo: last)
  }

  @Test func flags() throws {
    var enableWins = EnableWinsFlag()
    enableWins.enable(by: a)
    try checkEncoding("01010100000000000000020000000000000001000100010001", decodesTo: enableWins)
    var disableWins = DisableWinsFlag()
    disableWins.disable(by: a)
    disableWins.enable(by: b)
    try checkEncoding("0101010000000000000002000000000000000100010000", decodesTo: disableWins)
  }

  @Test func mapsAndTheAlgebra() throws {
    var map = ORMap<String, ORMap<Int, Incarnated<PNCounter>>>()
    try map.update("x", by: a) {
      try $0.update(7, as: &$1) {
        try $0.write(as: &$1) { try $0.increment(by: 2, as: $1.replica) }
      }
    }
    try checkEncoding(
      "01010100000000000000020000000000000001000100010178010e01000101000200", decodesTo: map)

    var growing = GMap<String, GSet<Int>>()
    growing.merge([1, 2], at: "x")
    try checkEncoding("0100010178020204", decodesTo: growing)
    try checkEncoding("01000106010178", decodesTo: Pair(Max(3), Min("x")))
    try checkEncoding("01000106010178", decodesTo: Lexicographic(Max(3), GSet(["x"])))
    try checkEncoding("0100010108", decodesTo: GSet<Int>?.some([4]))
  }
}
