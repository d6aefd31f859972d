import Foundation
import MerganserTypes
import Testing

private let a = ReplicaID(high: 1, low: 0)
private let b = ReplicaID(high: 2, low: 0)

/// Values as JSON: what is written is read back, and what cannot be is refused.
@Suite struct InterchangeTests {
  @Test func everyTypeIsReadBack() throws {
    var counter = PNCounter()
    try counter.increment(by: 3, as: a)
    try counter.decrement(by: 1, as: b)
    try check(counter)

    let terms = try EscrowTerms(lower: -3, upper: nil, founder: a)
    var escrow = EscrowCounter()
    try escrow.increment(by: 3, as: a, under: terms)
    try escrow.transfer(2, of: .decrement, as: a, to: b, under: terms)
    try check(escrow)
    try check(terms)

    var growing = GCounter()
    try growing.increment(by: .max, as: a)
    try check(growing)
    var resettable = ResettableCounter()
    try resettable.increment(as: a)
    resettable.reset(as: a)
    try check(resettable)

    var last = LWWRegister<String>()
    try check(last)
    try last.set("x", as: a, at: HybridTime(milliseconds: 5))
    try check(last)
    var several = MVRegister<String>()
    several.set("x", as: a)
    try check(several)

    try check(GSet([1, 2, 3]))
    var removeWins = RWSet<String>()
    removeWins.insert("x", as: a)
    removeWins.remove("y", as: b)
    try check(removeWins)
    var lastSet = LWWSet<String>()
    try lastSet.insert("x", as: a, at: .zero)
    try check(lastSet)

    var flag = EnableWinsFlag()
    flag.enable(as: a)
    try check(flag)
    var other = DisableWinsFlag()
    other.disable(as: b)
    try check(other)

    var map = ORMap<String, ORMap<String, Incarnated<PNCounter>>>()
    try map.update("x", as: a) {
      try $0.update("y", as: &$1) {
        try $0.write(as: &$1) { try $0.increment(by: 2, as: $1.replica) }
      }
    }
    try check(map)
    try check(Pair(Max(3), and: Min("x")))
    try check(Lexicographic(Max(3), then: GSet(["x"])))
    var growingMap = GMap<String, GSet<Int>>()
    growingMap.merge([1], at: "x")
    try check(growingMap)
  }

  @Test func whatIsNoValueIsRefused() {
    let replica = "\(a)"
    #expect(throws: DecodingError.self) { try read(GCounter.self, json: #"{"zz": 1}"#) }
    #expect(throws: DecodingError.self) { try read(GCounter.self, json: #"{"\#(replica)": 0}"#) }
    #expect(throws: (any Error).self) { try read(EscrowTerms.self, json: #"{"lower": 5}"#) }
    #expect(throws: DecodingError.self) {
      try read(
        EscrowCounter.self,
        json:
          #"{"counts": {}, "incrementTransfers": {"gifts": {"\#(replica)": {"\#(replica)": 5}}}, "decrementTransfers": {"gifts": {}}}"#
      )
    }
  }

  private func check<Value: Codable & Equatable>(_ value: Value) throws {
    let data = try JSONEncoder().encode(value)
    #expect(try JSONDecoder().decode(Value.self, from: data) == value)
  }

  private func read<Value: Codable>(_ type: Value.Type, json: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
  }
}
