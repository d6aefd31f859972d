/// A hash table from words to places, with open addressing: what a search looks up millions of times.
struct WordTable {
  static let absent = UInt32.max

  private var keys: [UInt64]
  private var values: [UInt32]
  private(set) var count = 0

  init(capacity: Int = 1 << 12) {
    keys = Array(repeating: 0, count: capacity)
    values = Array(repeating: Self.absent, count: capacity)
  }

  /// The value under a key, or ``absent``.
  subscript(key: UInt64) -> UInt32 { values[slot(of: key)] }

  /// Gives a key that may be new its value; returns the value that it had, or ``absent``.
  mutating func insert(_ key: UInt64, value: UInt32) -> UInt32 {
    let slot = slot(of: key)
    let found = values[slot]
    if found != Self.absent { return found }
    keys[slot] = key
    values[slot] = value
    count += 1
    if count * 2 > keys.count { grow() }
    return Self.absent
  }

  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    var mixed = key &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 29
    var slot = Int(truncatingIfNeeded: mixed) & mask
    while values[slot] != Self.absent, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    var larger = WordTable(capacity: keys.count * 2)
    for slot in keys.indices where values[slot] != Self.absent {
      _ = larger.insert(keys[slot], value: values[slot])
    }
    self = larger
  }
}
