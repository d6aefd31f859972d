import MerganserTypes
import Testing

/// What counts in another replica's name is found in whichever part of a composite it stands.
@Suite struct OtherHandTests {
  private let id = ReplicaID(high: 0, low: 1)
  private let own: GCounter
  private let others: GCounter

  init() throws {
    var (own, others) = (GCounter(), GCounter())
    try own.increment(by: 1, as: ReplicaID(high: 0, low: 1))
    try others.increment(by: 1, as: ReplicaID(high: 0, low: 2))
    (self.own, self.others) = (own, others)
  }

  private func isOwn(_ store: some DotStore) -> Bool {
    store.canBeWritten(by: id, at: HybridTime(milliseconds: 1))
  }

  @Test func inPairs() {
    #expect(isOwn(Pair(own, and: own)))
    #expect(!isOwn(Pair(others, and: own)))
    #expect(!isOwn(Pair(own, and: others)))
    #expect(isOwn(Lexicographic(own, then: own)))
    #expect(!isOwn(Lexicographic(others, then: own)))
    #expect(!isOwn(Lexicographic(own, then: others)))
    var dots = DotPair<GCounter, GCounter>()
    (dots.first, dots.second) = (own, own)
    #expect(isOwn(dots))
    dots.second = others
    #expect(!isOwn(dots))
    (dots.first, dots.second) = (others, own)
    #expect(!isOwn(dots))
  }

  @Test func inMaps() {
    for other in 0..<5 {
      var map = GMap<Int, GCounter>()
      var values = DotFunction<GCounter>()
      var dots = DotMap<Int, DotFunction<GCounter>>()
      func write(_ counter: GCounter, at place: Int) {
        map.update(place) { value in
          value.merge(counter)
          return counter
        }
        let dot = Dot(id, sequence: UInt64(place) + 1)
        values[dot] = counter
        var value = DotFunction<GCounter>()
        value[dot] = counter
        dots[place] = value
      }
      for place in 0..<5 { write(own, at: place) }
      #expect(isOwn(map) && isOwn(values) && isOwn(dots))
      write(others, at: other)
      #expect(!isOwn(map) && !isOwn(values) && !isOwn(dots))
    }
  }
}
