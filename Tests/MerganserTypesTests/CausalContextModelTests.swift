import Foundation
import MerganserTypes
import TestSupport
import XCTest

/// Contexts do what sets of dots do, whatever gaps they have.
final class CausalContextModelTests: XCTestCase {
  let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }

  /// Dots side by side, whole pages, gaps of every kind, and the greatest numbers that there are.
  private func dots(_ round: Int, random: inout SplitMix) -> [Dot] {
    let range: UInt64 = [8, 70, 200, 700, 1 << 20][round % 5]
    let base: UInt64 = round % 7 == 6 ? Dot.maximumSequence - range : 0
    var dots: [Dot] = []
    for _ in 0..<Int.random(in: 0..<6, using: &random) {
      guard let replica = replicas.randomElement(using: &random) else { continue }
      let first = base + UInt64.random(in: 1...range, using: &random)
      let length = UInt64.random(in: 1...(Bool.random(using: &random) ? 3 : 150), using: &random)
      for sequence in first...Swift.min(first + length - 1, base + range) {
        dots.append(Dot(replica, sequence: sequence))
      }
    }
    return dots.shuffled(using: &random)
  }

  private func check(
    _ context: CausalContext, model: Set<Dot>, what: String, line: UInt = #line
  ) {
    #if DEBUG
      XCTAssertNoThrow(try context.checkInvariants(), what, line: line)
    #endif
    var listed: [Dot] = []
    var last: (replica: ReplicaID, run: ClosedRange<UInt64>)?
    context.forEachRun { replica, run in
      if let last, last.replica == replica {
        XCTAssertGreaterThan(run.lowerBound, last.run.upperBound + 1, what, line: line)
      }
      last = (replica, run)
      listed += run.map { Dot(replica, sequence: $0) }
    }
    XCTAssertEqual(listed, model.sorted(), what, line: line)
    // There is one form of each set of dots, however it came about.
    let fresh = CausalContext(model.sorted())
    XCTAssertEqual(context, fresh, what, line: line)
    XCTAssertEqual(context.hashValue, fresh.hashValue, what, line: line)
    for replica in replicas {
      let mine = model.filter { $0.replica == replica }.map(\.sequence)
      XCTAssertEqual(context.maximum(of: replica), mine.max() ?? 0, what, line: line)
    }
  }

  func testContextsAreSetsOfDots() throws {
    var random = SplitMix(seed: 11)
    for round in 0..<400 {
      var (one, other) = (CausalContext(), CausalContext())
      var (first, second) = (Set<Dot>(), Set<Dot>())
      for dot in dots(round, random: &random) {
        XCTAssertEqual(one.insert(dot), first.insert(dot).inserted, "round \(round)")
      }
      for dot in dots(round, random: &random)
        + (round % 2 == 0 ? dots(round, random: &random) : Array(first))
      {
        XCTAssertEqual(other.insert(dot), second.insert(dot).inserted, "round \(round)")
      }
      check(one, model: first, what: "round \(round), inserted")
      check(other, model: second, what: "round \(round), inserted")
      check(
        one.intersection(other), model: first.intersection(second),
        what: "round \(round), intersection")
      check(
        one.subtracting(other), model: first.subtracting(second), what: "round \(round), difference"
      )
      XCTAssertEqual(one.isCovered(by: other), first.isSubset(of: second), "round \(round)")
      XCTAssertTrue(one.intersection(other).isCovered(by: one), "round \(round)")
      for dot in first.union(second) {
        XCTAssertEqual(one.contains(dot), first.contains(dot), "round \(round)")
      }
      var merged = one
      XCTAssertEqual(merged.merge(other), !second.isSubset(of: first), "round \(round)")
      check(merged, model: first.union(second), what: "round \(round), merged")
      XCTAssertFalse(merged.merge(one), "round \(round)")
      // Entry by entry, and with prefixes that come last.
      var slowly = one
      other.subtracting(CausalContext(other.vector)).forEachRun { replica, run in
        for sequence in run.reversed() { slowly.insert(Dot(replica, sequence: sequence)) }
      }
      slowly.merge(CausalContext(other.vector))
      XCTAssertEqual(slowly, merged, "round \(round)")
      let bytes = merged.binaryEncoded()
      XCTAssertEqual(try CausalContext(binaryEncoded: bytes), merged, "round \(round)")
      let json = try JSONEncoder().encode(merged)
      XCTAssertEqual(
        try JSONDecoder().decode(CausalContext.self, from: json), merged, "round \(round)")
    }
  }

  /// Many chunks of entries, one dot at a time in any order: few pages that fill up, and pages of one
  /// dot.
  func testManyGapsInAnyOrder() {
    var random = SplitMix(seed: 12)
    for step in [UInt64(2), 3, 64, 1000] {
      let dots = (1...3000).map { Dot(replicas[0], sequence: $0 * step) }
      let inOrder = CausalContext(dots)
      var context = CausalContext()
      for dot in dots.shuffled(using: &random) { XCTAssertTrue(context.insert(dot)) }
      #if DEBUG
        XCTAssertNoThrow(try context.checkInvariants())
      #endif
      XCTAssertEqual(context, inOrder)
      for dot in dots { XCTAssertTrue(context.contains(dot)) }
      // The gaps are filled in any order too, and nothing but a prefix is left.
      guard step < 4 else { continue }
      for number in (1...3000 * step).shuffled(using: &random) {
        XCTAssertEqual(context.insert(Dot(replicas[0], sequence: number)), number % step != 0)
      }
      XCTAssertEqual(context.vector[replicas[0]], 3000 * step)
      XCTAssertEqual(context, CausalContext(context.vector))
    }
  }

  /// A run takes the place of all the entries that it covers, over several chunks of them.
  func testARunCoversManyGaps() {
    let dots = (1...600).map { Dot(replicas[0], sequence: $0 * 128) }
    for ends in [300...70_000, 2...76_800] as [ClosedRange<UInt64>] {
      let run = ends.map { Dot(replicas[0], sequence: $0) }
      var context = CausalContext(dots)
      XCTAssertTrue(context.merge(CausalContext(run)))
      check(context, model: Set(dots).union(run), what: "\(ends)")
    }
  }

  /// A page takes about a byte for eight of its dots, runs far apart no more than before.
  func testDotsWithGapsTakeFewBytes() throws {
    var random = SplitMix(seed: 13)
    func bytes(_ numbers: [UInt64]) throws -> Int {
      let context = CausalContext(numbers.map { Dot(replicas[0], sequence: $0) })
      let bytes = context.binaryEncoded()
      XCTAssertEqual(try CausalContext(binaryEncoded: bytes), context)
      return bytes.count
    }
    XCTAssertLessThan(try bytes((1...50_000).map { $0 * 2 }), 3500)
    let half = (1...100_000).filter { _ in Bool.random(using: &random) }.map { UInt64($0) }
    XCTAssertLessThan(try bytes(half), 15_000)
    XCTAssertLessThan(try bytes((1...1000).map { $0 * 100 }), 5100)
    XCTAssertLessThan(try bytes([1, 2, 3, 900_000]), 30)
  }

  /// Both forms are read, but pages only where they are shorter, and in one form.
  func testRunsAreReadWherePagesWouldBeWritten() throws {
    let context = CausalContext((1...100).map { Dot(replicas[0], sequence: $0 * 2) })
    var runs = BinaryEncoder()
    runs.encode(byte: 1)
    runs.encode(replicaTable: [replicas[0]])
    runs.encode(count: 0)
    runs.encode(count: 100)
    for number in UInt64(1)...100 {
      runs.encode(count: 0)
      runs.encode(varint: number * 2)
      runs.encode(varint: 0)
    }
    XCTAssertEqual(try CausalContext(binaryEncoded: runs.bytes), context)
    XCTAssertLessThan(context.binaryEncoded().count, runs.bytes.count)
  }

  func testPagesThatNoEncoderWrites() throws {
    func read(_ words: [UInt64], gaps: [UInt64], more: [UInt64] = [], prefix: UInt64 = 0) throws {
      var encoder = BinaryEncoder()
      encoder.encode(byte: 1)
      encoder.encode(replicaTable: [replicas[0]])
      if prefix > 0 {
        encoder.encode(raw: [1, 0])
        encoder.encode(varint: prefix)
      } else {
        encoder.encode(byte: 0)
      }
      encoder.encode(raw: [0x80, 0, 1, 0])
      encoder.encode(count: words.count)
      UInt64.encodeColumn(gaps, to: &encoder)
      UInt64.encodeColumn(words, to: &encoder)
      UInt64.encodeColumn(more, to: &encoder)
      let context = try CausalContext(binaryEncoded: encoder.bytes)
      XCTAssertEqual(context.binaryEncoded(), encoder.bytes)
    }
    let word: UInt64 = 0x5555_5555_5555_5554
    XCTAssertNoThrow(try read([word, .max, word], gaps: [0, 5, 0], more: [4]))
    XCTAssertNoThrow(try read([word, word], gaps: [1, 0], prefix: 64))
    XCTAssertThrowsError(try read([word | 1, .max], gaps: [0, 5], more: [4]), "a dot 0")
    XCTAssertThrowsError(try read([word | 2, .max], gaps: [0, 5], more: [4]), "a prefix")
    XCTAssertThrowsError(try read([word, 0], gaps: [0, 1]), "a page without a dot")
    XCTAssertThrowsError(
      try read([word, .max, .max], gaps: [0, 1, 0], more: [0, 0]), "adjoining")
    XCTAssertThrowsError(try read([word, word], gaps: [0, 1], prefix: 64), "below the prefix")
    XCTAssertThrowsError(
      try read([word | 2, word], gaps: [1, 0], prefix: 64), "adjoins the prefix")
    XCTAssertThrowsError(
      try read([word, .max], gaps: [0, 1 << 58], more: [0]), "beyond all pages")
    XCTAssertThrowsError(
      try read([word, .max], gaps: [0, 1], more: [1 << 58]), "beyond all pages")
    XCTAssertThrowsError(try read([word, .max], gaps: [0, (1 << 58) - 2], more: [0]), "forged")
    XCTAssertThrowsError(try read([0x5554], gaps: [0]), "runs would be shorter")
  }
}
