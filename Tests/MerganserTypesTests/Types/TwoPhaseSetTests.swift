import MerganserLaws
import MerganserTypes
import Testing

@Suite struct TwoPhaseSetTests {
  @Test func laws() throws {
    try checkLaws(of: TwoPhaseSet<Int>.self, observing: { $0.elements }) {
      let element = $2.pick(0...5)
      return $2.flip() ? $0.insert(element) : $0.remove(element)
    }
  }

  @Test func whatWasRemovedWhereItWasInIsOutForEver() throws {
    // An insertion is its element's number, a removal that did remove its complement.
    try checkSpecification(of: TwoPhaseSet<Int>.self, showing: { $0.elements }) { set, _, random in
      let element = random.pick(0...5)
      if random.pick(0...2) == 0, set.contains(element) {
        set.remove(element)
        return -1 - element
      }
      set.insert(element)
      return element
    } specification: { past in
      let operations = Set(past.map(\.operation))
      return operations.filter { $0 >= 0 && !operations.contains(-1 - $0) }
    }
  }

  @Test func aRemovedElementCannotBeInsertedAgain() {
    var set = TwoPhaseSet<String>()
    set.remove("x")
    #expect(set.isBottom)
    set.insert("x")
    set.remove("x")
    let delta = set.insert("x")
    #expect(delta.isBottom)
    #expect(set.hasRemoved("x"))
    #expect(!set.contains("x"))
  }

  @Test func oldEncodingsDecode() throws {
    var set = TwoPhaseSet<String>()
    set.insert("x")
    set.insert("y")
    set.remove("y")
    try checkEncoding("0100020178010001790101", decodesTo: set)
  }
}
