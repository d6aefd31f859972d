import MerganserTypes
import Testing

@Suite struct CausalContextTests {
  let a = ReplicaID(high: 0, low: 1)
  let b = ReplicaID(high: 0, low: 2)

  @Test func dotsInReverseOrderFillTheGap() {
    var context = CausalContext()
    for sequence in (1...1000).reversed() {
      let new = context.insert(Dot(a, sequence: UInt64(sequence)))
      #expect(new)
      #expect(context.maximum(of: a) == 1000)
    }
    #expect(
      context
        == CausalContext(
          {
            var v = VersionVector(); v[a] = 1000; return v
          }()))
  }

  @Test func whatIsBeyondAGapIsSeenAndTheGapIsNot() {
    let context: CausalContext = [
      Dot(a, sequence: 1), Dot(a, sequence: 2), Dot(a, sequence: 4), Dot(b, sequence: 7),
    ]
    #expect(context.vector[a] == 2)
    #expect(!context.contains(Dot(a, sequence: 3)))
    #expect(context.contains(Dot(a, sequence: 4)))
    #expect(!context.contains(Dot(b, sequence: 1)))
    #expect(context.maximum(of: b) == 7)
  }
}
