import MerganserLaws
import MerganserTypes
import Testing

@Suite struct LWWSetTests {
  @Test func laws() throws {
    try checkLaws(of: LWWSet<Int>.self, observing: { $0.elements }) {
      let element = $2.pick(0...3)
      return try $2.flip() ? $0.insert(element, as: &$1) : $0.remove(element, as: &$1)
    }
  }

  @Test func theLastWriteOfAnElementStands() throws {
    try checkSpecification(of: LWWSet<Int>.self, showing: { $0.elements }) { set, author, random in
      let (element, insert) = (random.pick(0...2), random.flip())
      _ = try insert ? set.insert(element, as: &author) : set.remove(element, as: &author)
      return (element: element, insert: insert)
    } specification: { past in
      Set(past.map(\.operation.element)).filter { element in
        lastWrite(past.filter { $0.operation.element == element })?.operation.insert == true
      }
    }
  }
}

/// The write that stands by hybrid time, where each write is later than those that it has seen.
func lastWrite<Operation>(_ past: [PastUpdate<Operation>]) -> PastUpdate<Operation>? {
  var times: [HybridTime] = []
  for (index, write) in past.enumerated() {
    var clock = HybridClock()
    for earlier in 0..<index where past[earlier].precedes(write) { clock.observe(times[earlier]) }
    times.append(clock.now(wall: write.time))
  }
  let last = past.indices.max { (times[$0], past[$0].author) < (times[$1], past[$1].author) }
  return last.map { past[$0] }
}
