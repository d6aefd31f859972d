import MerganserTypes
import Testing

private let a = ReplicaID(high: 1, low: 0)
private let b = ReplicaID(high: 2, low: 0)

/// Defects that were found in other libraries of replicated types, each named for what went wrong.
@Suite struct PeerDefectTests {
  @Test func countsBeyondTheIntegersOfADoubleAreExact() throws {
    let large = Int64(1) << 53
    var counter = PNCounter()
    try counter.increment(by: large, as: a)
    try counter.increment(by: 1, as: b)
    #expect(try counter.value == large + 1)
    try counter.decrement(by: large, as: a)
    #expect(try counter.value == 1)
  }

  @Test func aThousandIncrementsAreAThousand() throws {
    var counter = GCounter()
    var peer = GCounter()
    for _ in 0..<1000 {
      try counter.increment(as: a)
      peer.merge(counter)
    }
    #expect(try peer.value == 1000)
  }

  @Test func aCopyHasItsOwnContext() {
    var original = MVRegister<Int>()
    original.set(1, as: a)
    var copy = original
    copy.set(2, as: b)
    #expect(!original.context.contains(Dot(b, sequence: 1)))
    #expect(original.values == [1])
    original.merge(copy)
    #expect(original.values == [2])
  }

  @Test func aMergeDoesNotAdoptTheOthersIdentity() throws {
    var mine = GCounter()
    var other = GCounter()
    try other.increment(by: 5, as: b)
    mine.merge(other)
    try mine.increment(as: a)
    try other.increment(as: b)
    mine.merge(other)
    #expect(try mine.value == 7)
    #expect(mine.count(of: a) == 1)
  }

  @Test func mergingANestedMapTwiceIsMergingItOnce() {
    var map = ORMap<String, ORMap<String, MVRegister<Int>>>()
    map.update("outer", as: a) { $0.update("inner", as: &$1) { $0.set(1, as: &$1) } }
    var other = map
    other.remove("outer", as: b)
    other.update("outer", as: b) { $0.update("inner", as: &$1) { $0.set(2, as: &$1) } }
    map.merge(other)
    let once = map
    let grew = map.merge(other)
    #expect(!grew)
    #expect(map == once)
    #expect(map["outer"]?["inner"]?.values == [2])
  }

  @Test func deltasOfARemovalAndAnInsertionAgainGiveWhatStatesGive() {
    var source = ORMap<String, ORSet<Int>>()
    var author = Author(a, nextSequence: 1)
    var deltas: [ORMap<String, ORSet<Int>>] = []
    deltas.append(
      source.update(as: &author) { $0.update("k", as: &$1) { $0.insert(1, as: &$1) } })
    deltas.append(source.update(as: &author) { $0.remove("k", as: &$1) })
    deltas.append(
      source.update(as: &author) { $0.update("k", as: &$1) { $0.insert(2, as: &$1) } })
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1, 0, 2]] {
      var target = ORMap<String, ORSet<Int>>()
      for index in order { target.merge(deltas[index]) }
      #expect(target == source)
      #expect(target["k"].map { Set($0) } == [2])
    }
  }

  @Test func aTransferToOneselfMintsNothing() throws {
    let terms = try EscrowTerms(lower: -10, upper: nil, founder: a)
    var counter = EscrowCounter()
    #expect(throws: LatticeError.transferToSelf(a)) {
      try counter.transfer(10, of: .decrement, as: a, to: a, under: terms)
    }
    #expect(counter.rights(toDecrementOf: a, under: terms) == 10)
  }

  @Test func aDecrementBeyondOnesRightsSaysSo() throws {
    let terms = try EscrowTerms(lower: 0, upper: nil, founder: a)
    var counter = EscrowCounter()
    try counter.increment(by: 10, as: b, under: terms)
    // The value would allow it; the rights are b's.
    #expect(throws: LatticeError.insufficientRights(needed: 3, available: 0)) {
      try counter.decrement(by: 3, as: a, under: terms)
    }
    #expect(try counter.value == 10)
  }

  @Test func rightsGivenTwiceInOneSettingAreNotSpentTwice() throws {
    let terms = try EscrowTerms(lower: -10, upper: nil, founder: a)
    var counter = EscrowCounter()
    let delta = try counter.transfer(6, of: .decrement, as: a, to: b, under: terms)
    #expect(throws: LatticeError.insufficientRights(needed: 6, available: 4)) {
      try counter.transfer(6, of: .decrement, as: a, to: b, under: terms)
    }
    var receiver = EscrowCounter()
    receiver.merge(delta)
    receiver.merge(delta)
    #expect(receiver.rights(toDecrementOf: b, under: terms) == 6)
  }

  @Test func aNestedKeyCreatedOnBothSidesLosesNeither() {
    var left = ORMap<String, ORMap<String, MVRegister<Int>>>()
    var right = left
    left.update("k", as: a) { $0.update("x", as: &$1) { $0.set(1, as: &$1) } }
    right.update("k", as: b) { $0.update("y", as: &$1) { $0.set(2, as: &$1) } }
    let merged = left.merging(right)
    #expect(merged == right.merging(left))
    #expect(merged["k"]?["x"]?.values == [1])
    #expect(merged["k"]?["y"]?.values == [2])
  }

  @Test func removedElementsLeaveNothingBehind() {
    var set = ORSet<Int>()
    var map = ORMap<Int, EnableWinsFlag>()
    for number in 0..<1000 {
      set.insert(number, as: a)
      map.update(number, as: a) { $0.mark(as: &$1) }
    }
    for number in 0..<1000 {
      set.remove(number, as: a)
      map.remove(number, as: a)
    }
    // One replica and one number, whatever was removed.
    #expect(set.binaryEncoded().count < 40)
    #expect(map.binaryEncoded().count < 40)
  }
}
