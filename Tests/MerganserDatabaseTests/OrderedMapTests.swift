import MerganserDatabase
import TestSupport
import Testing

/// The ordered map does what a dictionary does that is sorted whenever it is asked.
@Suite struct OrderedMapTests {
  @Test(arguments: [40, 3000]) func aMapIsADictionaryInOrder(keys: Int) throws {
    var generator = SplitMix(seed: UInt64(keys))
    func key() -> [UInt8] { self.key(keys, generator: &generator) }
    var map = OrderedMap<Int>()
    var model: [[UInt8]: Int] = [:]
    var copies: [(OrderedMap<Int>, [[UInt8]: Int])] = []
    for step in 0..<12_000 {
      let key = key()
      // Times of growing and times of shrinking.
      if Int.random(in: 0..<10, using: &generator) < (step / 2000 % 2 == 0 ? 7 : 3) {
        (map[key], model[key]) = (step, step)
      } else {
        (map[key], model[key]) = (nil, nil)
      }
      if step % 5 == 0 {
        // Near the one that is taken out, and far from it.
        let (old, new) = (
          key, step % 2 == 0 ? key + [UInt8(step % 3)] : self.key(keys, generator: &generator)
        )
        old.withUnsafeBytes { old in
          new.withUnsafeBytes { map.move(from: old, to: $0, value: -step) }
        }
        model[old] = nil
        model[new] = -step
      }
      if step % 3000 == 1500 { copies.append((map, model)) }
      #if DEBUG
        // It looks at all keys.
        if step % (keys / 40) == 0 { try map.checkInvariants() }
      #endif
      if step % 500 == 0 { check(map, model: model, from: key) }
    }
    copies.append((map, model))
    for (map, model) in copies { check(map, model: model, from: key()) }
    for key in model.keys { map[key] = nil }
    #expect(map.isEmpty)
    check(map, model: [:], from: key())
  }

  /// A change that throws after it has taken the value leaves a map like any other, and leaves copies alone.
  @Test func aChangeThatThrowsLeavesASoundMap() throws {
    struct Stop: Error {}
    var map = OrderedMap<Int>()
    for number in UInt64(0)..<2000 { map[number.keyEncoded()] = Int(number) }
    let copy = map
    for number in UInt64(0)..<2000 where number % 100 != 7 {
      #expect(throws: Stop.self) {
        try number.keyEncoded().withUnsafeBytes { key in
          try map.update(key) { value throws(Stop) in
            value = nil
            throw Stop()
          }
        }
      }
      #if DEBUG
        try map.checkInvariants()
      #endif
    }
    #expect(sequence(map.entries()) == stride(from: 7, to: 2000, by: 100).map { $0 })
    #expect(sequence(copy.entries()) == Array(0..<2000))
  }

  private func key(_ keys: Int, generator: inout SplitMix) -> [UInt8] {
    let number = Int.random(in: 0..<keys, using: &generator)
    // Keys that differ late, keys that begin with others, keys of zeros.
    return number % 7 == 0
      ? [UInt8](repeating: 0, count: number % 23)
      : Array("a key \(number % 3 == 0 ? "of some length " : "")\(number)".utf8)
  }

  private func check(_ map: OrderedMap<Int>, model: [[UInt8]: Int], from key: [UInt8]) {
    let sorted = model.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    #expect(map.count == model.count)
    #expect(Array(sequence(map.entries())) == sorted.map(\.value))
    let upper = sorted.filter { !$0.key.lexicographicallyPrecedes(key) }
    #expect(Array(sequence(map.entries(from: key))) == upper.map(\.value))
    let before = sorted.last { $0.key.lexicographicallyPrecedes(key) }
    #expect(map.last(before: key)?.value == before?.value)
    let behind = upper.first { $0.key != key }
    let neighbors = key.withUnsafeBytes { map.neighbors(of: $0) }
    #expect(neighbors.before?.key == before?.key && neighbors.after?.key == behind?.key)
    #expect(map[key] == model[key])
    for entry in sorted.prefix(50) { #expect(map[entry.key] == entry.value) }
  }

  private func sequence(_ entries: OrderedMap<Int>.Iterator) -> [Int] {
    var entries = entries
    var values: [Int] = []
    while let (_, value) = entries.next() { values.append(value) }
    return values
  }
}
