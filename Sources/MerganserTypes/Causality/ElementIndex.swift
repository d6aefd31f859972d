/// From an element to the places of its dots: open addressing with the elements' hashes at hand.
///
/// A slot holds a place and as many bits of the hash, the foremost ones, as the place leaves; where
/// places outgrow their bits, whoever holds the index builds it anew with more. A hash is scaled to the
/// capacity, so that any capacity serves and the table grows by half; entries stand in ascending order,
/// each at its home or directly behind others. A lookup of what is not there reads a cache line and no element, and growth
/// is one pass over both tables in order. Amble, Knuth, *Ordered Hash Tables* (1974).
@usableFromInline
struct ElementIndex: Sendable {
  /// Entries with the hash in front and the place behind.
  ///
  /// The last slot is always empty; nothing wraps around.
  @usableFromInline var slots: ContiguousArray<UInt64>
  /// How many homes there are.
  @usableFromInline var capacity: Int
  @usableFromInline var count: Int
  /// The bits of a slot that hold the place.
  @usableFromInline var placeBits: UInt64

  /// A slot in which nothing is: greater than every entry.
  @inlinable
  static var empty: UInt64 { .max }

  @inlinable
  init() {
    slots = []
    capacity = 0
    count = 0
    placeBits = (1 << 20) - 1
  }

  /// Whether the places of this many pages fit their bits; the greatest of all is left to ``empty``.
  @inlinable
  func holds(pages: Int) -> Bool { UInt64(truncatingIfNeeded: pages) <= placeBits >> 6 }

  /// The bits of a place where there are this many pages, and at least `least`.
  @inlinable
  static func placeBits(atLeast least: UInt64, pages: Int) -> UInt64 {
    var bits = least
    while UInt64(truncatingIfNeeded: pages) > bits >> 6 { bits = bits << 6 | 63 }
    return bits
  }

  /// The part of a hash, or of an entry, that orders entries.
  @inlinable
  func key(_ tag: UInt64) -> UInt64 { tag & ~placeBits }

  @inlinable
  static func home(_ key: UInt64, capacity: Int) -> Int {
    Int(truncatingIfNeeded: key.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity)).high)
  }

  /// Makes room for `additional` more entries, and tells whether that moved those there are.
  @discardableResult
  @inlinable
  mutating func reserve(_ additional: Int) -> Bool {
    let needed = count + additional
    if needed * 5 <= capacity * 4 { return false }
    resize(max(32, max(needed * 5 / 4 + 1, capacity * 3 / 2)))
    return true
  }

  /// Gives the table another number of homes.
  @usableFromInline
  mutating func resize(_ homes: Int) {
    // The entries are in the order of their new homes as well. How far they run over the last home is
    // known only at the end.
    let reserved = homes + max(64, homes >> 8)
    var fresh = ContiguousArray(repeating: Self.empty, count: reserved)
    var overrun: ContiguousArray<UInt64> = []
    let placeBits = placeBits
    slots.withUnsafeBufferPointer { old in
      fresh.withUnsafeMutableBufferPointer { fresh in
        var next = 0
        for slot in old where slot != Self.empty {
          next = max(next, Self.home(slot & ~placeBits, capacity: homes))
          if next < reserved { fresh[next] = slot } else { overrun.append(slot) }
          next += 1
        }
      }
    }
    if fresh.last != Self.empty {
      fresh.append(contentsOf: overrun)
      fresh.append(contentsOf: repeatElement(Self.empty, count: 64))
    }
    slots = fresh
    capacity = homes
  }

  /// Where the entries of a hash begin, or would.
  @inlinable
  func start(of tag: UInt64) -> Int {
    let least = key(tag)
    return slots.withUnsafeBufferPointer { slots in
      var index = Self.home(least, capacity: capacity)
      while slots[index] < least { index += 1 }
      return index
    }
  }

  /// The first place with this hash for which `matches` says so.
  @inlinable
  func place(_ tag: UInt64, where matches: (UInt64) -> Bool) -> UInt64? {
    search(tag, where: matches).place
  }

  /// Where the entries of a hash begin, or would, and the first place among them for which `matches`
  /// says so.
  @inlinable
  func search(
    _ tag: UInt64, where matches: (UInt64) -> Bool
  ) -> (start: Int, place: UInt64?) {
    if capacity == 0 { return (0, nil) }
    let least = key(tag)
    let placeBits = placeBits
    let capacity = capacity
    return slots.withUnsafeBufferPointer { slots in
      var index = Self.home(least, capacity: capacity)
      while slots[index] < least { index &+= 1 }
      let start = index
      while slots[index] & ~placeBits == least, slots[index] != Self.empty {
        let place = slots[index] & placeBits
        if matches(place) { return (start, place) }
        index &+= 1
      }
      return (start, nil)
    }
  }

  /// Entries in about the order of their hashes: sorted by the foremost bits of these.
  @usableFromInline
  static func ordered(_ entries: ContiguousArray<UInt64>) -> ContiguousArray<UInt64> {
    // Each bucket's part of the table fits the fastest memory.
    let bits = UInt64(entries.count > 1 << 17 ? 11 : 8)
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << bits) { ends in
      ends.initialize(repeating: 0)
      for entry in entries { ends[Int(entry >> (64 - bits))] += 1 }
      var sum = 0
      for bucket in ends.indices {
        sum += ends[bucket]
        ends[bucket] = sum - ends[bucket]
      }
      return ContiguousArray(unsafeUninitializedCapacity: entries.count) { ordered, used in
        for entry in entries {
          let bucket = Int(entry >> (64 - bits))
          ordered[ends[bucket]] = entry
          ends[bucket] += 1
        }
        used = entries.count
      }
    }
  }

  /// Adds many entries, for which there must be room, and tells how many of them found one with the
  /// same hash that `matches` theirs.
  @inlinable
  mutating func insert(
    _ entries: ContiguousArray<UInt64>, where matches: (UInt64, UInt64) -> Bool
  ) -> Int {
    var matched = 0
    var next = 0
    while next < entries.count {
      // The end of the table can fill up; the single insertion lengthens it.
      next = slots.withUnsafeMutableBufferPointer { slots in
        let capacity = capacity
        let placeBits = placeBits
        var next = next
        while next < entries.count {
          let entry = entries[next]
          let least = entry & ~placeBits
          var index = Self.home(least, capacity: capacity)
          while slots[index] < least { index &+= 1 }
          if slots[index] & ~placeBits == least { break }
          var moving = entry
          while moving != Self.empty {
            swap(&moving, &slots[index])
            index &+= 1
          }
          next += 1
          if index == slots.count { break }
        }
        return next
      }
      if slots.last != Self.empty {
        slots.append(contentsOf: repeatElement(Self.empty, count: 64))
      } else if next < entries.count {
        let tag = entries[next] & ~placeBits
        let place = entries[next] & placeBits
        if insert(tag, place: place, from: start(of: tag), where: { matches($0, place) }) {
          matched += 1
        }
        next += 1
        count -= 1
      }
    }
    count += entries.count
    return matched
  }

  /// Adds a place, for which there must be room, and tells whether a place that `matches` was there.
  ///
  /// The search begins at `start`, from the hash's home on, but not behind where the hash begins.
  @inlinable
  mutating func insert(
    _ tag: UInt64, place: UInt64, from start: Int, where matches: (UInt64) -> Bool
  ) -> Bool {
    count += 1
    let least = key(tag)
    let placeBits = placeBits
    let entry = least | place
    let (matched, isFull) = slots.withUnsafeMutableBufferPointer { slots in
      var index = start
      while slots[index] < least { index += 1 }
      var matched = false
      var other = index
      while !matched, slots[other] != Self.empty, slots[other] & ~placeBits == least {
        matched = matches(slots[other] & placeBits)
        other += 1
      }
      while slots[index] < entry { index += 1 }
      var moving = entry
      while moving != Self.empty {
        swap(&moving, &slots[index])
        index += 1
      }
      return (matched, index == slots.count)
    }
    if isFull { slots.append(contentsOf: repeatElement(Self.empty, count: 64)) }
    return matched
  }

  /// Removes the entry of a place.
  @inlinable
  mutating func remove(_ tag: UInt64, place: UInt64) {
    if capacity == 0 { return }
    let least = key(tag)
    let placeBits = placeBits
    let entry = least | place
    let found = slots.withUnsafeMutableBufferPointer { slots in
      var index = Self.home(least, capacity: capacity)
      while slots[index] < entry { index += 1 }
      if slots[index] != entry { return false }
      // Those behind that are not at home move up.
      while true {
        let next = slots[index + 1]
        if next == Self.empty
          || Self.home(next & ~placeBits, capacity: capacity) == index + 1
        {
          break
        }
        slots[index] = next
        index += 1
      }
      slots[index] = Self.empty
      return true
    }
    guard found else { return }
    count -= 1
    if count * 8 < capacity, capacity > 64 { resize(max(32, count * 2)) }
  }
}
