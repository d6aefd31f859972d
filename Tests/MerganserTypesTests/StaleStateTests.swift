import MerganserTypes
import Testing

/// A state that was seen before changes nothing, however many writes lived in it and however few live now.
@Suite struct StaleStateTests {
  private let replicas = (1...40).map { ReplicaID(high: 0, low: $0) }

  /// Many write apart, one sees all and removes them; then the state from before comes again.
  private func check<Value: Decomposable & BinaryCodable & Equatable>(
    _ empty: Value, show: (Value) -> String, write: (inout Value, ReplicaID) -> Void,
    remove: (inout Value) -> Void
  ) {
    for count in [1, 15, 16, 17, 40] {
      var many = empty
      for replica in replicas.prefix(count) {
        var one = empty
        write(&one, replica)
        many.merge(one)
      }
      var few = many
      remove(&few)
      let before = few
      let hasChanged = few.merge(many)
      #expect(!hasChanged, "\(Value.self), \(count)")
      #expect(few == before && few.binaryEncoded() == before.binaryEncoded())
      #expect(show(few) == show(before), "\(Value.self), \(count)")
      // The other way round as well.
      many.merge(before)
      #expect(many == before && show(many) == show(before), "\(Value.self), \(count)")
    }
  }

  @Test func ofFlags() {
    let last = replicas[0]
    check(EnableWinsFlag(), show: \.description) {
      $0.enable(as: $1)
    } remove: {
      $0.disable(as: last)
    }
    check(DisableWinsFlag(), show: \.description) {
      $0.disable(as: $1)
    } remove: {
      $0.enable(as: last)
    }
    var (flag, old) = (EnableWinsFlag(), EnableWinsFlag())
    for replica in replicas {
      var one = EnableWinsFlag()
      one.enable(as: replica)
      flag.merge(one)
    }
    old = flag
    flag.disable(as: last)
    flag.merge(old)
    #expect(!flag.isEnabled)
  }

  @Test func ofSetsMapsAndRegisters() {
    let last = replicas[0]
    check(ORSet<String>(), show: { "\($0.sorted())" }) {
      $0.insert("a", as: $1)
    } remove: {
      $0.remove("a", as: last)
    }
    check(ORSet<String>(), show: { "\($0.sorted())" }) {
      $0.insert("\($1.low)", as: $1)
    } remove: { set in
      for element in Array(set) { set.remove(element, as: last) }
    }
    check(RWSet<String>(), show: { "\($0.elements.sorted())" }) {
      $0.insert("a", as: $1)
    } remove: {
      $0.remove("a", as: last)
    }
    check(MVRegister<Int>(), show: \.description) {
      $0.set(Int($1.low), as: $1)
    } remove: {
      $0.set(0, as: last)
    }
    check(ORMap<String, ORSet<Int>>(), show: { "\($0.keys.sorted())" }) { map, replica in
      map.update("k", as: replica) { $0.insert(1, as: &$1) }
    } remove: {
      $0.remove("k", as: last)
    }
    check(ORMap<Int, MVRegister<Int>>(), show: { "\($0.keys.sorted())" }) { map, replica in
      map.update(1, as: replica) { $0.set(2, as: &$1) }
    } remove: {
      $0.remove(1, as: last)
    }
  }
}
