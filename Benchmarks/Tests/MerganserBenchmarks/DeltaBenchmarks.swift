import MerganserTypes
import XCTest

/// What a change costs, and how that grows: one at a time, many in any order, and without knowing what the
/// other side lacks.
final class DeltaBenchmarks: Benchmark {
  typealias Map = ORMap<String, MVRegister<UInt64>>

  /// A thousand sets of random keys at one replica, each brought to another by itself.
  func remoteSets(_ size: Int) {
    var generator = SplitMix64(20)
    var map = Map()
    for number in 0..<size { map.update("key \(number)", as: Self.a) { $0.set(1, as: &$1) } }
    var other = Map()
    other.merge(map)
    other.update("key 0", as: Self.b) { $0.set(2, as: &$1) }
    map.merge(other)
    var buffer = DeltaBuffer<Map>()
    buffer.add(Self.b, isInStep: true)
    let keys = (0..<1000).map { _ in "key \(Int.random(in: 0..<size, using: &generator))" }
    var (bytes, sets) = (0, 0)
    measure("one remote set", .ours, size: size, repeats: 1000, prepare: { $0 }) { round in
      buffer.record(map.update(keys[round % 1000], as: Self.a) { $0.set(UInt64(round), as: &$1) })
      guard case .delta(let delta, let number) = buffer.message(for: Self.b) else { return }
      let message = delta.binaryEncoded()
      if let received = try? Map(binaryEncoded: message) { other.merge(received) }
      buffer.acknowledge(number, by: Self.b)
      bytes += message.count
      sets += 1
    }
    XCTAssertEqual(map, other)
    report(
      "bytes of one remote set", .ours, size: size, unit: "B", Double(bytes) / Double(sets))
  }

  /// Of a set half of whose elements were removed, one element is new to a peer that has all others.
  func deltaSinceContext(_ size: Int) {
    var set = ORSet<UInt64>()
    for element in UInt64(0)..<UInt64(size) { set.insert(element, as: Self.a) }
    for element in UInt64(0)..<UInt64(size / 2) { set.remove(element * 2, as: Self.a) }
    let known = set.context
    set.insert(1, as: Self.b)
    let work = "delta since a context, half removed"
    measure(work, .ours, size: size, repeats: 10, prepare: { _ in }) { _ in
      sink += set.delta(since: known).count
    }
    report(
      "bytes of a " + work, .ours, size: size, unit: "B",
      Double(set.delta(since: known).binaryEncoded().count))
  }

  /// The deltas of insertions, joined one by one in random order.
  func joined(_ size: Int) {
    var (generator, set) = (SplitMix64(21), ORSet<UInt64>())
    let deltas = (0..<size).map { set.insert(UInt64($0), as: Self.a) }.shuffled(using: &generator)
    measure("one-element deltas joined into one", .ours, size: size, repeats: 1) { _ in
      ORSet<UInt64>()
    } _: { joined in
      for delta in deltas { joined.merge(delta) }
    }
  }

  /// Dots with a gap behind each, one by one in random order.
  func dots(_ size: Int) {
    var generator = SplitMix64(22)
    let dots = (1...size).map { Dot(Self.a, UInt64($0) * 2) }.shuffled(using: &generator)
    measure("context of dots in any order", .ours, size: size, repeats: 1) { _ in
      CausalContext()
    } _: { context in
      for dot in dots { context.insert(dot) }
    }
  }

  /// Counters of one replica each, merged into one.
  func folded(_ side: Side, size: Int) {
    var generator = SplitMix64(23)
    let replicas = (0..<size).map { _ in ReplicaID.random(using: &generator) }
    let work = "one-entry G-counters folded"
    if side == .ours {
      let ones = replicas.map { replica in
        var counter = GCounter()
        _ = try? counter.increment(as: replica)
        return counter
      }
      measure(work, side, size: size, repeats: 10, prepare: { _ in GCounter() }) { counter in
        for one in ones { counter.merge(one) }
      }
    } else {
      measure(work, side, size: size, repeats: 10, prepare: { _ in [ReplicaID: UInt64]() }) {
        counter in
        for replica in replicas { counter.merge([replica: 1]) { max($0, $1) } }
      }
    }
  }

  func testRemoteSets1000() { remoteSets(1000) }
  func testRemoteSets10000() { remoteSets(10_000) }
  func testRemoteSets100000() { remoteSets(100_000) }
  func testDeltaSinceContext1000() { deltaSinceContext(1000) }
  func testDeltaSinceContext10000() { deltaSinceContext(10_000) }
  func testDeltaSinceContext100000() { deltaSinceContext(100_000) }
  func testJoined1000() { joined(1000) }
  func testJoined10000() { joined(10_000) }
  func testJoined100000() { joined(100_000) }
  func testDots1000() { dots(1000) }
  func testDots10000() { dots(10_000) }
  func testDots100000() { dots(100_000) }
  func testFolded100() { folded(.ours, 100) }
  func testFolded1000() { folded(.ours, 1000) }
  func testFolded10000() { folded(.ours, 10_000) }
  func testFoldedBaseline100() { folded(.baseline, 100) }
  func testFoldedBaseline1000() { folded(.baseline, 1000) }
  func testFoldedBaseline10000() { folded(.baseline, 10_000) }
}
