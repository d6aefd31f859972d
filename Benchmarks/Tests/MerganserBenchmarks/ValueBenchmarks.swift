import Foundation
import MerganserTypes
import XCTest

/// Counters, registers, maps, and what values cost as bytes.
final class ValueBenchmarks: Benchmark {
  /// A thousand replicas' counts on each side, the same replicas or none in common.
  func counters(common: Bool, side: Side) {
    var generator = SplitMix64(9)
    var (one, two) = (GCounter(), GCounter())
    var (first, second) = ([ReplicaID: UInt64](), [ReplicaID: UInt64]())
    var writer = Self.a
    for _ in 0..<1000 {
      let mine = ReplicaID.random(using: &generator)
      writer = mine
      let theirs = common ? mine : ReplicaID.random(using: &generator)
      let (a, b) = (generator.next() % 1000 + 1, generator.next() % 1000 + 1)
      (first[mine], second[theirs]) = (a, b)
      _ = try? one.increment(by: Int64(a), as: mine)
      _ = try? two.increment(by: Int64(b), as: theirs)
    }
    let work = "G-counter merge, \(common ? "the same" : "other") 1000 replicas"
    if side == .ours {
      measure(
        work, side, size: 1000, repeats: 100,
        prepare: { (_: Int) -> GCounter in
          var copy = one
          _ = try? copy.increment(as: writer)
          return copy
        }
      ) { $0.merge(two) }
    } else {
      measure(
        work, side, size: 1000, repeats: 100,
        prepare: { (index: Int) -> [ReplicaID: UInt64] in
          var copy = first
          copy[writer, default: 0] += UInt64(index)
          return copy
        }
      ) { $0.merge(second) { max($0, $1) } }
    }
  }

  func testCountersSame() { counters(common: true, .ours) }
  func testCountersOther() { counters(common: false, .ours) }
  func testCountersSameBaseline() { counters(common: true, .baseline) }
  func testCountersOtherBaseline() { counters(common: false, .baseline) }

  /// A register with four concurrent values meets one with four others.
  func testRegister() {
    func register(_ replicas: Range<UInt64>) -> MVRegister<Int> {
      var merged = MVRegister<Int>()
      for number in replicas {
        var register = MVRegister<Int>()
        register.set(Int(number), as: ReplicaID(high: 0, low: number))
        merged.merge(register)
      }
      return merged
    }
    let (one, two) = (register(0..<4), register(4..<8))
    measure("MV-register merge", .ours, size: 8, repeats: 1000, prepare: { _ in one }) {
      $0.merge(two)
    }
  }

  /// A register with four concurrent values meets one with four others: values by their dots.
  func testRegisterBaseline() {
    let (one, two) = (BaselineRegister(1...4), BaselineRegister(5...8))
    measure("MV-register merge", .baseline, size: 8, repeats: 1000, prepare: { _ in one }) {
      $0.merge(two)
    }
  }

  /// A map of 10,000 registers takes in a hundred changed ones, from a whole state or from a delta.
  func maps(delta: Bool) {
    var map = ORMap<UInt64, MVRegister<UInt64>>()
    for key in UInt64(0)..<10_000 { map.update(key, as: Self.a) { $0.set(key, as: &$1) } }
    var other = map
    for key in UInt64(0)..<100 { other.update(key * 97, as: Self.b) { $0.set(key, as: &$1) } }
    if delta { other = other.delta(since: map.context) }
    let work = "map merge, 100 of 10,000 keys changed"
    measure(
      delta ? work + ", delta" : work, .ours, size: 10_000, repeats: 1,
      prepare: { (_: Int) -> ORMap<UInt64, MVRegister<UInt64>> in
        var copy = map
        copy.update(0, as: Self.a) { $0.set(1, as: &$1) }
        return copy
      }
    ) { $0.merge(other) }
  }

  /// A map of 10,000 registers takes in the delta of the removal of one.
  func testMapRemoval() {
    var map = ORMap<UInt64, MVRegister<UInt64>>()
    for key in UInt64(0)..<10_000 { map.update(key, as: Self.a) { $0.set(key, as: &$1) } }
    var other = map
    other.remove(77, as: Self.b)
    let delta = other.delta(since: map.context)
    measure(
      "map merge, 1 of 10,000 keys removed, delta", .ours, size: 10_000, repeats: 10,
      prepare: { (_: Int) -> ORMap<UInt64, MVRegister<UInt64>> in
        var copy = map
        copy.update(0, as: Self.a) { $0.set(1, as: &$1) }
        return copy
      }
    ) { $0.merge(delta) }
  }

  func testMap() { maps(delta: false) }
  func testMapDelta() { maps(delta: true) }

  /// The obvious map: a dictionary of registers.
  func testMapBaseline() {
    var map: [UInt64: BaselineRegister] = [:]
    for key in UInt64(0)..<10_000 { map[key] = BaselineRegister((key + 1)...(key + 1)) }
    var other = map
    for key in UInt64(0)..<100 { other[key * 97]?.merge(BaselineRegister(20_000...20_000)) }
    measure(
      "map merge, 100 of 10,000 keys changed", .baseline, size: 10_000, repeats: 1,
      prepare: { (index: Int) -> [UInt64: BaselineRegister] in
        var copy = map
        copy[0] = BaselineRegister(UInt64(30_000 + index)...UInt64(30_000 + index))
        return copy
      }
    ) {
      (mine: inout [UInt64: BaselineRegister]) in
      for (key, register) in other { mine[key, default: BaselineRegister()].merge(register) }
    }
  }

  static func hundredThousand() -> ORSet<UInt64> {
    var generator = SplitMix64(10)
    return SetMergeBenchmarks.filled(Integers(), 100_000, by: a, &generator).value
  }

  func testEncode() {
    let set = Self.hundredThousand()
    let bytes = set.binaryEncoded().count
    report("encoded size", .ours, size: 100_000, unit: "B/element", Double(bytes) / 100_000)
    measure("encode", .ours, size: 100_000, repeats: 1, prepare: { _ in }) { _ in
      sink += set.binaryEncoded().count
    }
  }

  func testDecode() {
    let bytes = Self.hundredThousand().binaryEncoded()
    measure("decode", .ours, size: 100_000, repeats: 1, prepare: { _ in }) { _ in
      sink += (try? ORSet<UInt64>(binaryEncoded: bytes))?.count ?? 0
    }
  }

  /// JSON through `Codable`, which the obvious Swift would use.
  func testEncodeBaseline() throws {
    let entries = Self.baselineEntries()
    report(
      "encoded size", .baseline, size: 100_000, unit: "B/element",
      Double(try JSONEncoder().encode(entries).count) / 100_000)
    measureByClock("encode", .baseline, size: 100_000, prepare: {}) { _ in
      sink += (try? JSONEncoder().encode(entries).count) ?? 0
    }
  }

  func testDecodeBaseline() throws {
    let data = try JSONEncoder().encode(Self.baselineEntries())
    measureByClock("decode", .baseline, size: 100_000, prepare: {}) { _ in
      sink += (try? JSONDecoder().decode([UInt64: Set<Dot>].self, from: data))?.count ?? 0
    }
  }

  static func baselineEntries() -> [UInt64: Set<Dot>] {
    var generator = SplitMix64(10)
    return SetMergeBenchmarks.filled(BaselineIntegers(), 100_000, by: a, &generator).value.entries
  }
}

/// The obvious register: the concurrent values by their dots, and the vector of what was seen.
struct BaselineRegister {
  var values: [Dot: UInt64] = [:]
  var vector: [ReplicaID: UInt64] = [:]

  init() {}

  init(_ numbers: ClosedRange<UInt64>) {
    for number in numbers {
      let replica = ReplicaID(high: 0, low: number)
      values[Dot(replica, 1)] = number
      vector[replica] = 1
    }
  }

  mutating func merge(_ other: BaselineRegister) {
    values = values.filter {
      other.values[$0.key] != nil || $0.key.sequence > other.vector[$0.key.replica, default: 0]
    }
    for (dot, value) in other.values where dot.sequence > vector[dot.replica, default: 0] {
      values[dot] = value
    }
    vector.merge(other.vector) { max($0, $1) }
  }
}
