import MerganserTypes
import XCTest

/// Single operations, removals, many replicas, strings and memory of add-wins sets.
final class SetOperationBenchmarks: Benchmark {
  typealias Ours = Integers
  typealias Theirs = BaselineIntegers

  func operations<S: SetWork>(_: S.Type, side: Side, work: String)
  where S.Element == UInt64 {
    let size = 1_000_000
    var generator = SplitMix64(4)
    let inserted = (0..<size).map { _ in generator.next() }
    var set = S()
    for element in inserted { set.add(element, by: Self.a) }
    let known = inserted.shuffled(using: &generator)
    var next = 0
    measure(work, side, size: size, repeats: 1, prepare: { _ in }) { _ in
      switch work {
      case "1000 insertions":
        for _ in 0..<1000 { set.add(generator.next(), by: Self.a) }
      case "1000 removals":
        for element in known[next..<next + 1000] { set.drop(element) }
      default:
        for element in known[next..<next + 1000] where set.has(element) { sink += 1 }
      }
      next += 1000
    }
  }

  /// Of 100,000 elements the other side has removed nine in ten.
  func removals<S: SetWork>(_: S.Type, side: Side) where S.Element == UInt64 {
    var generator = SplitMix64(5)
    let set = SetMergeBenchmarks.filled(S(), 100_000, by: Self.a, &generator)
    var other = set
    generator = SplitMix64(5)
    for index in 0..<100_000 {
      let element = generator.next()
      if index % 10 != 0 { other.drop(element) }
    }
    measure("merge of 90,000 removals", side, size: 100_000, repeats: 1) { _ in
      set.unshared()
    } _: {
      $0.take(other)
    }
  }

  /// A thousand replicas with a hundred elements each; the other side has a tenth of them more.
  func replicas<S: SetWork>(_: S.Type, side: Side) where S.Element == UInt64 {
    var generator = SplitMix64(6)
    let names = (0..<1000).map { _ in ReplicaID.random(using: &generator) }
    var set = S()
    for index in 0..<100_000 { set.add(generator.next(), by: names[index % 1000]) }
    var other = set
    for index in 0..<10_000 { other.add(generator.next(), by: names[index % 1000]) }
    measure("full merge, 1000 replicas", side, size: 100_000, repeats: 1) { _ in
      set.unshared()
    } _: {
      $0.take(other)
    }
  }

  func strings<S: SetWork>(_: S.Type, side: Side) where S.Element == String {
    var generator = SplitMix64(7)
    func filled(_ set: S, by replica: ReplicaID) -> S {
      var set = set
      for _ in 0..<50_000 { set.add("element \(generator.next() % 1_000_000_007)", by: replica) }
      return set
    }
    let ancestor = filled(S(), by: Self.a)
    let left = filled(ancestor, by: Self.a)
    let right = filled(ancestor, by: Self.b)
    measure("full merge of strings", side, size: 100_000, repeats: 1) { _ in
      var copy = left
      copy.add("", by: Self.a)
      return copy
    } _: {
      $0.take(right)
    }
  }

  func memory<S: SetWork>(_: S.Type, side: Side, size: Int) where S.Element == UInt64 {
    var generator = SplitMix64(8)
    let before = Self.allocated
    let set = SetMergeBenchmarks.filled(S(), size, by: Self.a, &generator)
    let bytes = Self.allocated - before
    report("memory", side, size: size, unit: "B/element", Double(bytes) / Double(size))
    XCTAssertEqual(set.size, size)
  }

  func testContains() { operations(Ours.self, .ours, "1000 lookups") }
  func testInsert() { operations(Ours.self, .ours, "1000 insertions") }
  func testRemove() { operations(Ours.self, .ours, "1000 removals") }
  func testContainsBaseline() { operations(Theirs.self, .baseline, "1000 lookups") }
  func testInsertBaseline() { operations(Theirs.self, .baseline, "1000 insertions") }
  func testRemoveBaseline() { operations(Theirs.self, .baseline, "1000 removals") }
  func testRemovals() { removals(Ours.self, .ours) }
  func testRemovalsBaseline() { removals(Theirs.self, .baseline) }
  func testReplicas() { replicas(Ours.self, .ours) }
  func testReplicasBaseline() { replicas(Theirs.self, .baseline) }
  func testStrings() { strings(Strings.self, .ours) }
  func testStringsBaseline() { strings(BaselineStrings.self, .baseline) }
  func testMemory1000() { memory(Ours.self, .ours, 1000) }
  func testMemory10000() { memory(Ours.self, .ours, 10_000) }
  func testMemory100000() { memory(Ours.self, .ours, 100_000) }
  func testMemory1000000() { memory(Ours.self, .ours, 1_000_000) }
  func testMemoryBaseline1000() { memory(Theirs.self, .baseline, 1000) }
  func testMemoryBaseline10000() { memory(Theirs.self, .baseline, 10_000) }
  func testMemoryBaseline100000() { memory(Theirs.self, .baseline, 100_000) }
  func testMemoryBaseline1000000() { memory(Theirs.self, .baseline, 1_000_000) }
}
