import MerganserLaws
import MerganserTypes
import Testing

private let a = ReplicaID(high: 0, low: 1)
private let b = ReplicaID(high: 0, low: 2)

@Suite struct LWWRegisterTests {
  @Test func laws() throws {
    try checkLaws(of: LWWRegister<Int>.self, observing: { $0.value }) {
      try $0.set($2.pick(0...9), as: &$1)
    }
  }

  @Test func theLastWriteStands() throws {
    try checkSpecification(of: LWWRegister<Int>.self, showing: { $0.value }) {
      let value = $2.pick(0...99)
      try $0.set(value, as: $1.replica, at: $1.time)
      return value
    } specification: {
      lastWrite($0)?.operation
    }
  }

  @Test func theLaterWriteStandsAndTheGreaterReplicaBreaksTies() throws {
    var left = LWWRegister<String>()
    var right = LWWRegister<String>()
    try left.set("left", as: a, at: HybridTime(milliseconds: 5))
    try right.set("right", as: b, at: HybridTime(milliseconds: 5))
    #expect(left.merging(right).value == "right")
    #expect(right.merging(left).value == "right")
    try left.set("later", as: a, at: HybridTime(milliseconds: 6))
    #expect(right.merging(left).value == "later")
  }

  @Test func aWriteFollowsWhatItsReplicaHasSeen() throws {
    var register = LWWRegister<String>()
    try register.set("from a fast clock", as: b, at: HybridTime(milliseconds: 1_000_000))
    let before = register
    try register.set("mine", as: a, at: HybridTime(milliseconds: 5))
    #expect(before.merging(register).value == "mine")
    try register.set("the end", as: a, at: HybridTime(bits: .max))
    #expect(throws: LatticeError.timeExhausted) { try register.set("more", as: a, at: .zero) }
  }

  @Test func oneIdentityUsedTwiceStillConverges() throws {
    var left = LWWRegister<String>()
    var right = LWWRegister<String>()
    try left.set("x", as: a, at: .zero)
    try right.set("y", as: a, at: .zero)
    #expect(left.merging(right) == right.merging(left))
  }
}

@Suite struct MVRegisterTests {
  @Test func laws() throws {
    try checkLaws(of: MVRegister<Int>.self, observing: { $0.values }) { register, author, random in
      let value = random.pick(0...9)
      return register.update(as: &author) { $0.set(value, as: &$1) }
    }
  }

  @Test func theValuesThatNoWriteFollowedStand() throws {
    try checkSpecification(of: MVRegister<Int>.self, showing: { $0.values.sorted() }) {
      let value = $2.pick(0...99)
      $0.set(value, as: $1.replica)
      return value
    } specification: { past in
      past.filter { write in !past.contains { write.precedes($0) } }.map(\.operation).sorted()
    }
  }

  @Test func concurrentWritesBothStayUntilResolved() {
    var left = MVRegister<String>()
    left.set("old", as: a)
    var right = left
    left.set("left", as: a)
    right.set("right", as: b)
    left.merge(right)
    #expect(left.values == ["left", "right"])
    #expect(left.versions.map(\.dot) == [Dot(a, sequence: 2), Dot(b, sequence: 1)])
    let resolved = left.resolve(as: a) { $0.map(\.value).joined(separator: "+") }
    #expect(resolved.values == ["left+right"])
    right.merge(left)
    #expect(right.values == ["left+right"])
    let resolvedAgain = right.resolve(as: b) { _ in "never" }
    #expect(resolvedAgain.isBottom)
  }

  @Test func aDeltasContextIsWhatItAddedAndRemoved() {
    var store = MVRegister<Int>.Store()
    var author = Author(a, nextSequence: 7)
    _ = store.set(1, as: &author)
    let delta = store.set(2, as: &author)
    #expect(delta.context == [Dot(a, sequence: 7), Dot(a, sequence: 8)])
    #expect(delta.store.versions().map(\.value) == [2])
  }
}
