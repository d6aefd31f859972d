/// From an element to the places of its dots: open addressing with the elements' hashes at hand.
///
/// A slot holds 32 bits of the hash and 32 bits of place. It probes linearly, so that a lookup of what
/// is not there reads a cache line or two and no element; growth and removal need no element either.
/// Any capacity serves, since the hash is scaled to it: it grows by half.
@usableFromInline
struct ElementIndex: Sendable {
  /// Hash in the upper half, place in the lower; 0 where nothing is.
  @usableFromInline var slots: ContiguousArray<UInt64>
  @usableFromInline var count: Int

  @inlinable
  init() {
    slots = []
    count = 0
  }

  @inlinable
  static func home(_ tag: UInt32, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(tag) &* UInt64(truncatingIfNeeded: capacity)) >> 32)
  }

  /// Makes room for `additional` more entries.
  @inlinable
  mutating func reserve(_ additional: Int) {
    let needed = count + additional
    if needed * 5 <= slots.count * 4 { return }
    resize(max(32, max(needed * 3 / 2, slots.count * 3 / 2)))
  }

  @inlinable
  mutating func resize(_ capacity: Int) {
    var fresh = ContiguousArray<UInt64>(repeating: 0, count: capacity)
    fresh.withUnsafeMutableBufferPointer { fresh in
      for slot in slots where slot != 0 {
        var index = Self.home(UInt32(slot >> 32), capacity)
        while fresh[index] != 0 {
          index += 1
          if index == capacity { index = 0 }
        }
        fresh[index] = slot
      }
    }
    slots = fresh
  }

  /// The first place with this hash for which `matches` says so.
  @inlinable
  func place(_ tag: UInt32, where matches: (UInt32) -> Bool) -> UInt32? {
    if slots.isEmpty { return nil }
    return slots.withUnsafeBufferPointer { slots in
      var index = Self.home(tag, slots.count)
      while true {
        let slot = slots[index]
        if slot == 0 { return nil }
        if UInt32(truncatingIfNeeded: slot >> 32) == tag {
          let place = UInt32(truncatingIfNeeded: slot)
          if matches(place) { return place }
        }
        index += 1
        if index == slots.count { index = 0 }
      }
    }
  }

  /// Adds a place, for which there must be room, and tells whether a place that `matches` was there.
  @inlinable
  mutating func insert(_ tag: UInt32, _ place: UInt32, where matches: (UInt32) -> Bool) -> Bool {
    count += 1
    return slots.withUnsafeMutableBufferPointer { slots in
      var index = Self.home(tag, slots.count)
      var matched = false
      while true {
        let slot = slots[index]
        if slot == 0 { break }
        if UInt32(truncatingIfNeeded: slot >> 32) == tag, !matched {
          matched = matches(UInt32(truncatingIfNeeded: slot))
        }
        index += 1
        if index == slots.count { index = 0 }
      }
      slots[index] = UInt64(tag) << 32 | UInt64(place)
      return matched
    }
  }

  /// Removes the entry of a place.
  @inlinable
  mutating func remove(_ tag: UInt32, _ place: UInt32) {
    if slots.isEmpty { return }
    let entry = UInt64(tag) << 32 | UInt64(place)
    let found = slots.withUnsafeMutableBufferPointer { slots in
      let capacity = slots.count
      var hole = Self.home(tag, capacity)
      while slots[hole] != entry {
        if slots[hole] == 0 { return false }
        hole += 1
        if hole == capacity { hole = 0 }
      }
      // Whatever follows and would no longer be found moves up.
      var index = hole
      while true {
        index += 1
        if index == capacity { index = 0 }
        let slot = slots[index]
        if slot == 0 { break }
        let home = Self.home(UInt32(truncatingIfNeeded: slot >> 32), capacity)
        let staysBehind =
          hole <= index ? hole < home && home <= index : hole < home || home <= index
        if staysBehind { continue }
        slots[hole] = slot
        hole = index
      }
      slots[hole] = 0
      return true
    }
    guard found else { return }
    count -= 1
    if count * 8 < slots.count, slots.count > 64 { resize(max(32, count * 2)) }
  }
}
