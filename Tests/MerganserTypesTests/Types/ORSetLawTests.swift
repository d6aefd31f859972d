import MerganserLaws
import MerganserTypes
import Testing

@Suite struct ORSetLawTests {
  @Test func laws() throws {
    try checkLaws(of: ORSet<Int>.self, observing: { Set($0) }) { set, author, random in
      let (element, insert) = (random.pick(0...4), random.flip())
      var causal = set.causal
      let delta =
        insert
        ? causal.store.insert(element, as: &author) : causal.store.remove(element, as: &author)
      causal.context.merge(delta.context)
      set = ORSet(causal)
      return ORSet(delta)
    }
  }

  @Test func insertionsWin() throws {
    try checkSpecification(of: ORSet<Int>.self, showing: { Set($0) }) { set, author, random in
      let (element, insert) = (random.pick(0...2), random.flip())
      random.describe("\(insert ? "insert" : "remove") \(element)")
      if insert {
        set.insert(element, as: author.replica)
      } else {
        set.remove(element, as: author.replica)
      }
      return insert ? element : -1 - element
    } specification: { past in
      // An insertion is its element's number, a removal that number's complement.
      Set(
        past.filter { insertion in
          insertion.operation >= 0
            && !past.contains {
              $0.operation == -1 - insertion.operation && insertion.precedes($0)
            }
        }.map(\.operation))
    }
  }

  @Test func setsNestInMaps() throws {
    let (a, b) = (ReplicaID(high: 1, low: 0), ReplicaID(high: 2, low: 0))
    var left = ORMap<String, ORSet<String>>()
    left.update("fruit", as: a) { $0.insert("apple", as: &$1) }
    var right = left
    left.remove("fruit", as: a)
    right.update("fruit", as: b) { $0.insert("pear", as: &$1) }
    left.merge(right)
    right.merge(left)
    #expect(left == right)
    // The removal saw the apple and not the pear.
    #expect(left["fruit"].map { Set($0) } == ["pear"])
    #expect(try ORMap(binaryEncoded: left.binaryEncoded()) == left)
  }
}
