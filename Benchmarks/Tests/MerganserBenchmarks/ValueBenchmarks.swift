import Foundation
import MerganserTypes
import XCTest

/// Counters, registers, maps, and what values cost as bytes.
final class ValueBenchmarks: Benchmark {
  /// A thousand replicas' counts on each side, the same replicas or none in common.
  func counters(common: Bool, _ side: Side) {
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
      try? one.increment(Int64(a), by: mine)
      try? two.increment(Int64(b), by: theirs)
    }
    let work = "G-counter merge, \(common ? "the same" : "other") 1000 replicas"
    if side == .ours {
      measure(
        work, side, size: 1000, repeats: 100,
        prepare: { (_: Int) -> GCounter in
          var copy = one
          try? copy.increment(by: writer)
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
        register.set(Int(number), by: ReplicaID(high: 0, low: number))
        merged.merge(register)
      }
      return merged
    }
    let (one, two) = (register(0..<4), register(4..<8))
    measure("MV-register merge", .ours, size: 8, repeats: 1000, prepare: { _ in one }) {
      $0.merge(two)
    }
  }

  /// A map of 10,000 registers takes in a hundred changed ones.
  func testMap() {
    var map = ORMap<UInt64, MVRegister<UInt64>>()
    for key in UInt64(0)..<10_000 { map.update(key, by: Self.a) { $0.set(key, as: &$1) } }
    var other = map
    for key in UInt64(0)..<100 { other.update(key * 97, by: Self.b) { $0.set(key, as: &$1) } }
    measure("map merge, 100 of 10,000 keys changed", .ours, size: 10_000, repeats: 1) { _ in
      map
    } _: {
      $0.merge(other)
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
    measureLong("encode", .baseline, size: 100_000, prepare: {}) { _ in
      sink += (try? JSONEncoder().encode(entries).count) ?? 0
    }
  }

  func testDecodeBaseline() throws {
    let data = try JSONEncoder().encode(Self.baselineEntries())
    measureLong("decode", .baseline, size: 100_000, prepare: {}) { _ in
      sink += (try? JSONDecoder().decode([UInt64: Set<Dot>].self, from: data))?.count ?? 0
    }
  }

  static func baselineEntries() -> [UInt64: Set<Dot>] {
    var generator = SplitMix64(10)
    return SetMergeBenchmarks.filled(BaselineIntegers(), 100_000, by: a, &generator).value.entries
  }
}
