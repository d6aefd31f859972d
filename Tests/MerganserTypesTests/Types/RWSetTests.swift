import MerganserLaws
import MerganserTypes
import Testing

@Suite struct RWSetTests {
  @Test func laws() throws {
    try checkLaws(of: RWSet<Int>.self, observing: { $0.elements }) { set, author, random in
      let (element, insert) = (random.pick(0...3), random.flip())
      return set.update(as: &author) {
        insert ? $0.insert(element, as: &$1) : $0.remove(element, as: &$1)
      }
    }
  }

  @Test func removalsWin() throws {
    try checkSpecification(of: RWSet<Int>.self, showing: { $0.elements }) { set, author, random in
      let (element, insert) = (random.pick(0...2), random.flip())
      random.describe("\(insert ? "insert" : "remove") \(element)")
      if insert {
        set.insert(element, as: author.replica)
      } else {
        set.remove(element, as: author.replica)
      }
      return (element: element, insert: insert)
    } specification: { past in
      Set(past.map(\.operation.element)).filter { element in
        let last = past.filter { update in
          update.operation.element == element
            && !past.contains { $0.operation.element == element && update.precedes($0) }
        }
        return last.allSatisfy(\.operation.insert)
      }
    }
  }

  @Test func stableRemovalsAreForgottenAndStayRemoved() {
    let (a, b) = (ReplicaID(high: 1, low: 0), ReplicaID(high: 2, low: 0))
    var left = RWSet<String>()
    left.insert("x", as: a)
    var right = left
    left.remove("x", as: a)
    right.merge(left)
    #expect(left.causal.store.keys.count == 1)
    left.forgetRemovals(seenByAll: CausalContext())
    #expect(left.causal.store.keys.count == 1)
    left.forgetRemovals(seenByAll: right.context)
    #expect(left.causal.store.isBottom)
    right.merge(left)
    #expect(right.causal.store.isBottom)
    right.insert("x", as: b)
    left.merge(right)
    #expect(left.contains("x"))
  }
}
