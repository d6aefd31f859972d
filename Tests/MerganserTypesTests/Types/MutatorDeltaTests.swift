import MerganserTypes
import TestSupport
import Testing

/// Every mutator of every type gives its delta: what it changes, and no more than replicas need to follow.
@Suite struct MutatorDeltaTests: TypeVisitor {
  /// Lets three replicas mutate and merge; a fourth gets the deltas alone.
  func visit<Value: Decomposable & BinaryCodable, Shown: Equatable>(
    _ type: Value.Type, showing _: (Value) -> Shown, mutators: [Mutator<Value>]
  ) {
    var random = SplitMix(seed: 31)
    let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }
    var values = replicas.map { _ in Value() }
    var follower = Value()
    var used = Array(repeating: 0, count: mutators.count)
    for step in UInt64(1)...300 {
      let place = Int.random(in: 0..<3, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0 {
        values[place].merge(values[Int.random(in: 0..<3, using: &random)])
      }
      let before = values[place]
      let number = Int.random(in: 0..<mutators.count, using: &random)
      let time = HybridTime(milliseconds: step)
      do {
        let delta = try mutators[number](&values[place], replicas[place], time, &random)
        #expect(
          before.merging(delta) == values[place], "\(type), mutator \(number)")
        #expect(
          delta.isBottom == (before == values[place]), "\(type), mutator \(number)")
        follower.merge(delta)
        if !delta.isBottom { used[number] += 1 }
      } catch {
        #expect(values[place] == before, "\(type), mutator \(number): \(error)")
      }
    }
    let all = values.reduce(into: Value()) { $0.merge($1) }
    #expect(follower == all, "\(type)")
    #expect(!used.contains(0), "\(type): a mutator changed nothing: \(used)")
  }

  @Test func everyTypeDoes() throws { try visitEveryType(self) }
}
