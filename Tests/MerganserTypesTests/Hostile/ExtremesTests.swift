import MerganserTypes
import TestSupport
import XCTest

/// Orders of arrival, numbers and removals at the edge of what there is.
final class ExtremesTests: XCTestCase {
  let replicas = (1...4).map { ReplicaID(high: 0, low: $0) }

  /// Every second dot, then the others, in the order given: gaps come and go.
  func arrive(_ dots: [Dot], file: StaticString = #filePath, line: UInt = #line) {
    var (context, seen) = (CausalContext(), Set<Dot>())
    for dot in dots {
      XCTAssertEqual(context.insert(dot), seen.insert(dot).inserted, file: file, line: line)
    }
    for dot in dots {
      XCTAssertTrue(context.contains(dot), file: file, line: line)
      let next = Dot(dot.replica, sequence: dot.sequence + 1)
      XCTAssertEqual(context.contains(next), seen.contains(next), file: file, line: line)
    }
    XCTAssertEqual(context, CausalContext(dots.sorted()), file: file, line: line)
    var halves = CausalContext(dots[..<(dots.count / 2)])
    halves.merge(CausalContext(dots[(dots.count / 2)...]))
    XCTAssertEqual(halves, context, file: file, line: line)
    XCTAssertEqual(
      try? CausalContext(binaryEncoded: context.binaryEncoded()), context, file: file, line: line)
  }

  func testANegativeCountIsWrittenAsNone() {
    for count in [Int.min, -1, 0] {
      var encoder = BinaryEncoder()
      encoder.encode(count: count)
      XCTAssertEqual(encoder.bytes, [0])
    }
  }

  func testATimeGoesBackToTheEarliestAtMost() {
    let time = HybridTime(bits: (5000 << 16) + 7)
    XCTAssertEqual(time.earlier(by: .milliseconds(1200)).milliseconds, 3800)
    XCTAssertEqual(time.earlier(by: .microseconds(1_999)).milliseconds, 4999)
    for span in [Duration.seconds(5), .seconds(Int64.max)] {
      XCTAssertEqual(time.earlier(by: span), .zero)
    }
    for span in [Duration.zero, .seconds(-1), .seconds(Int64.min)] {
      XCTAssertEqual(time.earlier(by: span).milliseconds, 5000)
    }
  }

  func testContextsWithManyGapsInAnyOrderOfArrival() {
    var random = SplitMix(seed: 11)
    let sparse = (1...3000).map { Dot(replicas[$0 % 4], sequence: UInt64($0 / 4 * 2 + 1)) }
    arrive(sparse)
    arrive(sparse.reversed())
    arrive(sparse.shuffled(using: &random))
    let dense = (0..<4000).map { Dot(replicas[$0 % 4], sequence: UInt64($0 / 4 + 1)) }
    arrive(dense.reversed())
    arrive(dense.shuffled(using: &random))
    arrive(
      (0..<3000).map { _ in Dot(replicas[0], sequence: UInt64.random(in: 1...9000, using: &random))
      })
  }

  func testSetsAreTheSameInAnyOrderOfArrival() {
    var random = SplitMix(seed: 12)
    var source = ORSet<UInt64>()
    var deltas: [ORSet<UInt64>] = []
    for number in UInt64(0)..<1500 {
      let known = source.context
      source.insert(number, as: replicas[Int(number % 4)])
      if number % 3 == 0 { source.remove(number / 2, as: replicas[0]) }
      deltas.append(source.delta(since: known))
    }
    for order in [deltas, deltas.reversed(), deltas.shuffled(using: &random)] {
      var set = ORSet<UInt64>()
      for delta in order { set.merge(delta) }
      set.merge(source.delta(since: set.context))
      XCTAssertEqual(set.merging(source), source.merging(set))
      XCTAssertEqual(Set(set.merging(source)), Set(source))
    }
  }

  func testSequenceNumbersAtTheEnd() throws {
    let end = Dot.maximumSequence
    var context = CausalContext()
    for offset in UInt64(0)..<200 { context.insert(Dot(replicas[0], sequence: end - offset)) }
    XCTAssertEqual(context.maximum(of: replicas[0]), end)
    var store = ORSet<UInt64>.Store()
    var author = Author(replicas[0], nextSequence: end - 199)
    for number in UInt64(0)..<200 { _ = store.insert(number, as: &author) }
    let set = ORSet(Causal(store, context: context))
    let read = try ORSet<UInt64>(binaryEncoded: set.binaryEncoded())
    XCTAssertEqual(read, set)
    var written = read
    // A replica that was brought there can still write; nobody takes it from outside.
    for number in UInt64(0)..<100 {
      XCTAssertFalse(written.insert(1000 + number, as: replicas[0]).isBottom)
      XCTAssertEqual(written.count, 201 + Int(number))
    }
    written.remove(5, as: replicas[0])
    XCTAssertEqual(written.count, 299)
    XCTAssertEqual(read.merging(written.delta(since: read.context)), written)
    XCTAssertThrowsError(try ORSet<UInt64>(binaryEncoded: written.binaryEncoded()))
  }

  /// Contexts made by hand can hold the greatest number of 64 bits, which no replica ever writes.
  func testNothingTrapsAfterTheLastNumberOfAll() {
    var vector = VersionVector()
    vector[replicas[1]] = .max
    var context = CausalContext(vector)
    context.insert(Dot(replicas[0], sequence: .max))
    context.insert(Dot(replicas[0], sequence: .max - 2))
    XCTAssertTrue(context.insert(Dot(replicas[0], sequence: .max - 1)))
    XCTAssertFalse(context.insert(Dot(replicas[0], sequence: .max)))
    XCTAssertEqual(context.maximum(of: replicas[0]), .max)
    XCTAssertEqual(context.nextSequence(of: replicas[0]), .max)
    var runs: [ClosedRange<UInt64>] = []
    context.forEachRun { replica, run in if replica == self.replicas[0] { runs.append(run) } }
    XCTAssertEqual(runs, [.max - 2 ... .max])
    var many = CausalContext((0..<10).map { Dot(replicas[0], sequence: .max - 2 * $0) })
    many.merge(CausalContext((0..<10).map { Dot(replicas[0], sequence: .max - 2 * $0 - 1) }))
    XCTAssertEqual(many, CausalContext((0..<20).map { Dot(replicas[0], sequence: .max - $0) }))

    var set = ORSet<UInt64>(Causal(ORSet.Store(), context: context))
    for replica in replicas[..<2] { XCTAssertTrue(set.insert(1, as: replica).isBottom) }
    XCTAssertTrue(set.isEmpty)
    XCTAssertFalse(set.insert(1, as: replicas[2]).isBottom)
    var map = ORMap<UInt64, ORSet<UInt64>>()
    map.causal.context = context
    for replica in replicas { map.update(7, as: replica) { $0.insert(1, as: &$1) } }
    var author = Author(replicas[0], nextSequence: .max)
    XCTAssertEqual(author.nextDot(), author.nextDot())
    var store = ORSet<UInt64>.Store()
    for number in UInt64(0)..<40 { _ = store.insert(number, as: &author) }
    XCTAssertEqual(store.count, 1)
    XCTAssertFalse(ORSet(store).merging(set).isEmpty)
  }

  func testASparseContextOfDotsInAnyOrderTakesTheirOrdering() {
    var random = SplitMix(seed: 14)
    let dots = (1...60_000).map { Dot(replicas[$0 % 4], sequence: UInt64($0 * 2)) }
    let start = ContinuousClock.now
    XCTAssertEqual(CausalContext(dots.shuffled(using: &random)), CausalContext(dots.sorted()))
    // To move all that stands behind each takes minutes.
    XCTAssertLessThan(ContinuousClock.now - start, .seconds(20))
  }

  /// A few bytes can name 2⁶³ dead dots.
  func testDecompositionTakesLongRunsOfDeadDotsWhole() {
    var vector = VersionVector()
    vector[replicas[0]] = 1 << 60
    vector[replicas[1]] = 5
    var set = ORSet<UInt64>(Causal(ORSet.Store(), context: CausalContext(vector)))
    set.insert(3, as: replicas[0])
    let parts = set.decomposed()
    XCTAssertEqual(parts.count, 7)
    XCTAssertEqual(parts.reduce(into: ORSet()) { $0.merge($1) }, set)
  }

  /// A store that says nothing but what it keeps is taken apart by halves.
  func testTheGeneralPartsAreOneForEachDot() {
    var store = Shell()
    for number in UInt64(1)...1000 {
      store.dots.insert(Dot(replicas[Int(number % 4)], sequence: number))
    }
    let parts = store.parts()
    XCTAssertEqual(parts.count, 1000)
    XCTAssertEqual(Set(parts.map(\.dots)).count, 1000)
    XCTAssertEqual(parts.reduce(into: CausalContext()) { $0.merge($1.dots) }, store.dots)
  }

  private struct Shell: CausalStore {
    var dots = CausalContext()
    var isBottom: Bool { dots.isBottom }
    func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { true }
    func forEachDot(_ body: (Dot) -> Void) {
      dots.forEachRun { replica, run in run.forEach { body(Dot(replica, sequence: $0)) } }
    }
    mutating func merge(_ other: Self, seen: CausalContext, otherSeen: CausalContext) -> Bool {
      dots.merge(other.dots)
    }
    func excluding(_ known: CausalContext) -> Self { Self(dots: dots.subtracting(known)) }
  }

  /// More pages than the index began with bits for: it is built anew with more, and finds all.
  func testDotsFarApartAndManyOfThem() {
    var (set, sparse) = (ORSet<UInt64>.Store(), ORSet<UInt64>.Store())
    for number in UInt64(1)...20_000 {
      var author = Author(replicas[0], nextSequence: number << 7)
      _ = set.insert(number, as: &author)
      if number % 2 == 0 { _ = sparse.insert(number, as: &author) }
    }
    XCTAssertEqual(set.count, 20_000)
    XCTAssertTrue((UInt64(1)...20_000).allSatisfy { set.contains($0) })
    XCTAssertFalse(set.contains(20_001))
    set.merge(sparse, seen: set.dots, otherSeen: sparse.dots)
    XCTAssertEqual(set.count, 20_000)
    XCTAssertEqual(Array(set).count, 20_000)
    var author = Author(replicas[0], nextSequence: 20_001 << 7)
    for number in UInt64(1)...20_000 { _ = set.remove(number, as: &author) }
    XCTAssertTrue(set.isBottom)
  }

  /// Large states whose indexes are merged whole: new elements, the same elements under other dots,
  /// removals on both sides, pages that only one side has.
  func testLargeStatesMergeAsTheirElementsSay() {
    var random = SplitMix(seed: 13)
    for (common, own, removed) in [
      (3000, 3000, 0), (3000, 3000, 900), (0, 5000, 10), (5000, 700, 2500), (2000, 20_000, 100),
    ] {
      var ancestor = ORSet<UInt64>()
      for _ in 0..<common {
        ancestor.insert(UInt64.random(in: 0..<100_000, using: &random), as: replicas[0])
      }
      let known = Set(ancestor)
      var sides: [(set: ORSet<UInt64>, added: Set<UInt64>, left: Set<UInt64>)] = []
      for side in 0..<2 {
        var (set, added) = (ancestor, Set<UInt64>())
        for element in known.sorted().shuffled(using: &random).prefix(removed) {
          set.remove(element, as: replicas[side])
        }
        let left = Set(set)
        for _ in 0..<own {
          let element = UInt64.random(in: 0..<100_000, using: &random)
          set.insert(element, as: replicas[side == 0 ? 1 : 2 + Int(element % 2)])
          added.insert(element)
        }
        sides.append((set, added, left))
      }
      // What was there from the start stands where both still have it; all that was added stands.
      let expected = sides[0].added.union(sides[1].added).union(
        sides[0].left.intersection(sides[1].left))
      for (one, other) in [(0, 1), (1, 0)] {
        var merged = sides[one].set
        merged.merge(sides[other].set)
        // Not compared by what prints both sides.
        let work = "\(common), \(own), \(removed), \(one)"
        XCTAssertEqual(merged.count, expected.count, work)
        XCTAssertTrue(Set(merged) == expected, work)
        XCTAssertTrue(expected.allSatisfy { merged.contains($0) }, work)
        XCTAssertFalse((100_000..<103_000).contains { merged.contains($0) }, work)
        XCTAssertTrue(merged == sides[other].set.merging(sides[one].set), work)
        XCTAssertFalse(expected.contains { merged.remove($0, as: replicas[0]).isBottom }, work)
        XCTAssertTrue(merged.isEmpty, work)
      }
    }
  }

  /// The same elements on both sides, each under several dots, so that the hashes come several times.
  func testLargeStatesOfTheSameElementsMerge() {
    var sides = [ORSet<UInt64>(), ORSet<UInt64>()]
    for (side, pair) in [(0, 0), (1, 2)] {
      var others = [ORSet<UInt64>(), ORSet<UInt64>()]
      for number in UInt64(0)..<2000 {
        others[0].insert(number, as: replicas[pair])
        others[1].insert(1999 - number, as: replicas[pair + 1])
      }
      sides[side] = others[0].merging(others[1])
    }
    var merged = sides[0].merging(sides[1])
    XCTAssertEqual(merged.count, 2000)
    for number in UInt64(0)..<2000 {
      let dots = merged.causal.store.dots(of: number)
      XCTAssertEqual(dots.count, 4)
      XCTAssertEqual(merged.remove(number, as: replicas[0]).context, CausalContext(dots))
    }
    XCTAssertTrue(merged.isEmpty)
  }

  func testSpaceIsGivenBackAfterRemovals() {
    var full = ORSet<UInt64>()
    for number in UInt64(0)..<50_000 { full.insert(number, as: replicas[0]) }
    let before = full.causal.store.reservedPlaces
    XCTAssertGreaterThan(before, 50_000)
    var (one, emptied) = (full, full)
    for number in UInt64(0)..<49_900 { one.remove(number, as: replicas[0]) }
    XCTAssertLessThan(one.causal.store.reservedPlaces, 5_000)
    XCTAssertTrue((UInt64(49_900)..<50_000).allSatisfy { one.contains($0) })
    var merged = full
    merged.merge(one)
    XCTAssertEqual(merged, one)
    XCTAssertLessThan(merged.causal.store.reservedPlaces, 5_000)
    for number in UInt64(0)..<50_000 { emptied.remove(number, as: replicas[0]) }
    XCTAssertEqual(emptied.causal.store.reservedPlaces, 0)
  }
}
