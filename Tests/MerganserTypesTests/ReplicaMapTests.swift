import MerganserTypes
import TestSupport
import XCTest

/// Maps of many replicas merge as dictionaries do, whichever replicas are common.
final class ReplicaMapTests: XCTestCase {
  func testMergesEqualThoseOfDictionaries() {
    var random = SplitMix(seed: 21)
    for round in 0..<400 {
      // From no common replica to hardly any other; identities that differ in either half alone.
      let range = UInt64([8, 40, 1000, 1 << 40][round % 4])
      var sides: [[ReplicaID: UInt64]] = []
      for size in [round % 97, Int.random(in: 0..<200, using: &random)] {
        var side: [ReplicaID: UInt64] = [:]
        for _ in 0..<size {
          let (one, other) = (
            UInt64.random(in: 0..<range, using: &random), UInt64.random(in: 0..<4, using: &random)
          )
          let replica =
            round % 3 == 0 ? ReplicaID(high: other, low: one) : .init(high: one, low: other)
          side[replica] = UInt64.random(in: 1..<100, using: &random)
        }
        sides.append(side)
      }
      var merged = map(sides[0])
      let grew = merged.merge(map(sides[1])) { mine, theirs in
        guard mine < theirs else { return false }
        mine = theirs
        return true
      }
      #if DEBUG
        XCTAssertNoThrow(try merged.checkInvariants(), "round \(round)")
      #endif
      let expected = sides[0].merging(sides[1]) { max($0, $1) }
      XCTAssertEqual(merged.replicas, expected.keys.sorted(), "round \(round)")
      XCTAssertEqual(merged.values, expected.keys.sorted().map { expected[$0] })
      XCTAssertEqual(grew, expected != sides[0], "round \(round)")
    }
  }

  /// Vectors list the replicas of which something was seen, and no others.
  func testVectorsListWhatWasSeen() {
    var random = SplitMix(seed: 22)
    var vector = VersionVector()
    var model: [ReplicaID: UInt64] = [:]
    for step in 0..<400 {
      let replica = ReplicaID(high: 0, low: UInt64.random(in: 0..<20, using: &random))
      let last = UInt64.random(in: 0..<4, using: &random)
      vector[replica] = last
      model[replica] = last == 0 ? nil : last
      #if DEBUG
        XCTAssertNoThrow(try vector.checkInvariants(), "step \(step)")
      #endif
      XCTAssertEqual(vector.replicas, model.keys.sorted(), "step \(step)")
      XCTAssertTrue(model.allSatisfy { vector[$0] == $1 }, "step \(step)")
    }
  }

  private func map(_ entries: [ReplicaID: UInt64]) -> ReplicaMap<UInt64> {
    var map = ReplicaMap<UInt64>()
    for (replica, value) in entries { map[replica] = value }
    return map
  }
}
