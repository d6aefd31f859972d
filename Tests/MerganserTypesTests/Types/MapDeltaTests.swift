import MerganserTypes
import TestSupport
import XCTest

/// Small deltas into large maps do what the states themselves would do.
final class MapDeltaTests: XCTestCase {
  func testDeltasOfUpdatesAndRemovalsEqualStates() {
    var random = SplitMix(seed: 5)
    let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }
    var maps = replicas.map { _ in ORMap<UInt64, ORSet<UInt64>>() }
    for key in UInt64(0)..<200 { maps[0].update(key, as: replicas[0]) { $0.insert(key, as: &$1) } }
    maps[1].merge(maps[0])
    maps[2].merge(maps[0])
    for _ in 0..<300 {
      let (writer, reader) = (
        Int.random(in: 0..<3, using: &random), Int.random(in: 0..<3, using: &random)
      )
      let known = maps[writer].context
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let key = UInt64.random(in: 0..<220, using: &random)
        let element = UInt64.random(in: 0..<4, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: maps[writer].remove(key, as: replicas[writer])
        case 1: maps[writer].update(key, as: replicas[writer]) { $0.remove(element, as: &$1) }
        default: maps[writer].update(key, as: replicas[writer]) { $0.insert(element, as: &$1) }
        }
      }
      let delta = maps[writer].delta(
        since: Bool.random(using: &random) ? maps[reader].context : known)
      let expected = delta.merging(maps[reader])
      let changes = maps[reader] != expected
      XCTAssertEqual(maps[reader].merge(delta), changes)
      XCTAssertEqual(maps[reader], expected)
      XCTAssertEqual(maps[reader].binaryEncoded(), expected.binaryEncoded())
    }
  }
}
