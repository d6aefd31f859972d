import MerganserLaws
import MerganserTypes
import Testing

private let a = ReplicaID(high: 0, low: 1)
private let b = ReplicaID(high: 0, low: 2)

@Suite struct FWWRegisterTests {
  @Test func laws() throws {
    try checkLaws(of: FWWRegister<Int>.self, observing: { $0.value }) {
      $0.set($2.pick(0...9), as: &$1)
    }
  }

  @Test func theFirstWriteStands() throws {
    // Of the writes to a register in which nobody saw a value, the first one stands.
    try checkSpecification(of: FWWRegister<Int>.self, showing: { $0.value }) {
      let value = $2.pick(0...99)
      let delta = $0.set(value, as: $1.replica, at: $1.time)
      return delta.isBottom ? Int?.none : value
    } specification: { past in
      past.filter { $0.operation != nil }
        .min { ($0.time, $0.author) < ($1.time, $1.author) }?.operation
    }
  }

  @Test func theLesserReplicaBreaksTies() {
    var (left, right) = (FWWRegister<String>(), FWWRegister<String>())
    left.set("left", as: a, at: HybridTime(milliseconds: 5))
    right.set("right", as: b, at: HybridTime(milliseconds: 5))
    #expect(left.merging(right).value == "left" && right.merging(left).value == "left")
    var earlier = FWWRegister<String>()
    earlier.set("earlier", as: b, at: HybridTime(milliseconds: 4))
    #expect(left.merging(earlier).value == "earlier")
  }

  @Test func aWriteToARegisterThatShowsAValueChangesNothing() {
    var register = FWWRegister<String>()
    register.set("first", as: b, at: HybridTime(milliseconds: 5))
    let before = register
    #expect(register.set("second", as: a, at: .zero).isBottom)
    #expect(register == before)
  }

  @Test func oneIdentityUsedTwiceStillConverges() {
    var (left, right) = (FWWRegister<String>(), FWWRegister<String>())
    left.set("x", as: a, at: .zero)
    right.set("y", as: a, at: .zero)
    #expect(left.merging(right) == right.merging(left))
  }
}
