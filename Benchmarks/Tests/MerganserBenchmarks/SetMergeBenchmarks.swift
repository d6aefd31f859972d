import MerganserTypes
import XCTest

/// Merges of add-wins sets, from a thousand elements to a million.
final class SetMergeBenchmarks: Benchmark {
  typealias Ours = Integers
  typealias Theirs = BaselineIntegers

  static func filled<S: SetWork>(
    _ start: S, count: Int, by replica: ReplicaID, generator: inout SplitMix64
  ) -> S where S.Element == UInt64 {
    var set = start
    for _ in 0..<count { set.add(generator.next(), by: replica) }
    return set
  }

  /// Two sets of `size` elements, half of them common; a thousand lookups of new elements included.
  func full<S: SetWork>(_: S.Type, side: Side, size: Int) where S.Element == UInt64 {
    var generator = SplitMix64(1)
    let ancestor = Self.filled(S(), size / 2, by: Self.a, &generator)
    let left = Self.filled(ancestor, size / 2, by: Self.a, &generator)
    let state = generator
    let right = Self.filled(ancestor, size / 2, by: Self.b, &generator)
    generator = state
    let new = (0..<min(1000, size / 2)).map { _ in generator.next() }
    let work: (inout S) -> Void = { set in
      set.take(right)
      for element in new where set.has(element) { sink += 1 }
    }
    if side == .baseline, size > 100_000 {
      measureByClock("full merge", side, size: size, prepare: { left.unshared() }, work)
    } else {
      measure(
        "full merge", side, size: size, repeats: max(1, 10_000 / size),
        prepare: { _ in left.unshared() }, work)
    }
  }

  /// A delta of a hundred new elements is extracted and merged, one after another into the same set.
  ///
  /// It takes a few microseconds, which XCTest counts whole, and cannot be repeated without new elements.
  func delta<S: SetWork>(_: S.Type, side: Side, size: Int) where S.Element == UInt64 {
    var generator = SplitMix64(2)
    var newer = Self.filled(S(), size, by: Self.a, &generator)
    var set = newer.unshared()
    let prepare: () -> Void = {
      for _ in 0..<100 { newer.add(generator.next(), by: Self.b) }
    }
    measureByClock(
      "delta of 100", side, size: size, rounds: side == .ours || size < 10_000 ? 30 : 3,
      prepare: prepare
    ) { _ in set.take(newer.news(since: set)) }
    XCTAssertEqual(set.size, newer.size)
  }

  /// Two equal sets that share no memory.
  func idle<S: SetWork>(_: S.Type, side: Side, size: Int) where S.Element == UInt64 {
    var (one, two) = (SplitMix64(3), SplitMix64(3))
    var set = Self.filled(S(), size, by: Self.a, &one)
    let same = Self.filled(S(), size, by: Self.a, &two)
    let repeats = side == .ours ? max(10, 1_000_000 / size) : max(1, 10_000 / size)
    if side == .baseline, size > 100_000 {
      measureByClock("merge of nothing new", side, size: size, prepare: {}) { _ in set.take(same) }
    } else {
      measure("merge of nothing new", side, size: size, repeats: repeats, prepare: { _ in }) { _ in
        set.take(same)
      }
    }
  }

  func testFull1000() { full(Ours.self, .ours, 1000) }
  func testFull10000() { full(Ours.self, .ours, 10_000) }
  func testFull100000() { full(Ours.self, .ours, 100_000) }
  func testFull1000000() { full(Ours.self, .ours, 1_000_000) }
  func testFullBaseline1000() { full(Theirs.self, .baseline, 1000) }
  func testFullBaseline10000() { full(Theirs.self, .baseline, 10_000) }
  func testFullBaseline100000() { full(Theirs.self, .baseline, 100_000) }
  func testFullBaseline1000000() { full(Theirs.self, .baseline, 1_000_000) }

  func testDelta1000() { delta(Ours.self, .ours, 1000) }
  func testDelta10000() { delta(Ours.self, .ours, 10_000) }
  func testDelta100000() { delta(Ours.self, .ours, 100_000) }
  func testDelta1000000() { delta(Ours.self, .ours, 1_000_000) }
  func testDeltaBaseline1000() { delta(Theirs.self, .baseline, 1000) }
  func testDeltaBaseline10000() { delta(Theirs.self, .baseline, 10_000) }
  func testDeltaBaseline100000() { delta(Theirs.self, .baseline, 100_000) }
  func testDeltaBaseline1000000() { delta(Theirs.self, .baseline, 1_000_000) }

  func testIdle1000() { idle(Ours.self, .ours, 1000) }
  func testIdle10000() { idle(Ours.self, .ours, 10_000) }
  func testIdle100000() { idle(Ours.self, .ours, 100_000) }
  func testIdle1000000() { idle(Ours.self, .ours, 1_000_000) }
  func testIdleBaseline1000() { idle(Theirs.self, .baseline, 1000) }
  func testIdleBaseline10000() { idle(Theirs.self, .baseline, 10_000) }
  func testIdleBaseline100000() { idle(Theirs.self, .baseline, 100_000) }
  func testIdleBaseline1000000() { idle(Theirs.self, .baseline, 1_000_000) }
}
