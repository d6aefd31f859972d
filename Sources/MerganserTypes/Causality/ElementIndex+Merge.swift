/// Where the dots of another store's pages that were added to this one went.
@usableFromInline
struct PageTranslation {
  /// By their page: the dots that were added.
  @usableFromInline var bits: ContiguousArray<UInt64>
  /// By their page: the place of our page's first dot.
  @usableFromInline var places: ContiguousArray<UInt64>

  /// A translation of pages of which nothing was added so far, and of one behind them.
  @inlinable
  init(pages: Int) {
    bits = ContiguousArray(repeating: 0, count: pages + 1)
    places = bits
  }
}

extension ElementIndex {
  /// The entries of the dots that were added from the store of this index, at their new places, as
  /// entries whose place has `placeBits`; equal hashes in any order.
  @usableFromInline
  func entries(
    through translation: PageTranslation, placeBits: UInt64
  ) -> ContiguousArray<UInt64> {
    // Behind the last one there is a place that is written over and over.
    ContiguousArray(unsafeUninitializedCapacity: count + 1) { out, filled in
      slots.withUnsafeBufferPointer { slots in
        translation.bits.withUnsafeBufferPointer { bits in
          translation.places.withUnsafeBufferPointer { places in
            // Which of them are wanted nothing could predict, so that all are written, and those that are
            // not are written over.
            var used = 0
            let last = UInt64(bits.count - 1)
            for slot in slots {
              let place = slot & self.placeBits
              let page = Int(Swift.min(place >> 6, last))
              out[used] = slot & ~placeBits | places[page] | place & 63
              used &+= Int(bits[page] >> (place & 63) & 1)
            }
            filled = used
          }
        }
      }
    }
  }

  /// The entries in order, with places of `placeBits`.
  @usableFromInline
  func entries(placeBits: UInt64) -> ContiguousArray<UInt64> {
    ContiguousArray(unsafeUninitializedCapacity: count + 1) { out, filled in
      slots.withUnsafeBufferPointer { slots in
        var used = 0
        for slot in slots {
          out[used] = slot & ~placeBits | slot & self.placeBits
          // One, unless the slot is empty; a branch could not be predicted.
          let absent = slot &+ 1
          used &+= Int((absent | (0 &- absent)) >> 63)
        }
        filled = used
      }
    }
  }

  /// Takes in entries whose places have `placeBits`, in one pass over both sides, and gives the slots
  /// whose entry has the hash of the one before.
  ///
  /// Entries with the same hash may come in any order; in a slot that is returned, and those after it,
  /// they are still to be ordered.
  @usableFromInline
  mutating func merge(
    _ entries: ContiguousArray<UInt64>, placeBits: UInt64
  ) -> ContiguousArray<Int> {
    let mine = self.entries(placeBits: placeBits)
    count += entries.count
    let homes = Swift.max(32, capacity, count * 4 / 3)
    let total = count
    let reserved = homes + Swift.max(64, homes >> 8)
    var repeated: ContiguousArray<Int> = []
    var overrun: ContiguousArray<UInt64> = []
    slots = []
    slots = ContiguousArray(unsafeUninitializedCapacity: reserved) { fresh, used in
      fresh.initialize(repeating: Self.empty)
      used = reserved
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: total) { merged in
        Self.merge(mine, theirs: entries, by: ~placeBits, into: merged)
        var done = 0
        var next = 0
        var last = Self.empty
        while true {
          done = Self.layOut(
            merged, from: done, into: fresh, homes: homes, placeBits: placeBits, next: &next,
            last: &last)
          if done == total { break }
          // Directly behind the one before: it has the same hash, or the table's end is reached.
          if merged[done] & ~placeBits == last { repeated.append(next) }
          if next < reserved { fresh[next] = merged[done] } else { overrun.append(merged[done]) }
          last = merged[done] & ~placeBits
          next += 1
          done += 1
        }
      }
    }
    if slots.last != Self.empty {
      slots.append(contentsOf: overrun)
      slots.append(contentsOf: repeatElement(Self.empty, count: 64))
    }
    capacity = homes
    self.placeBits = placeBits
    return repeated
  }

  /// Puts ordered entries at their homes or behind others, from the slot `next` on; stops before one
  /// that has the hash of the `last` one, or for which there is no slot, and gives its position.
  static func layOut(
    _ entries: UnsafeMutableBufferPointer<UInt64>, from start: Int,
    into fresh: UnsafeMutableBufferPointer<UInt64>, homes: Int, placeBits: UInt64,
    next: inout Int, last: inout UInt64
  ) -> Int {
    // What changes is held in registers, not behind the references.
    var slot = next
    var previous = last
    var position = start
    defer { (next, last) = (slot, previous) }
    while position < entries.count {
      let entry = entries[position]
      let key = entry & ~placeBits
      slot = Swift.max(slot, Self.home(key, capacity: homes))
      if key == previous || slot >= fresh.count { break }
      fresh[slot] = entry
      previous = key
      slot &+= 1
      position &+= 1
    }
    return position
  }

  /// Whether to take in this many entries in one pass over both indexes, the other of which has them, is
  /// less work than to enter one after another.
  @inlinable
  func prefersMerging(_ added: Int, from other: ElementIndex) -> Bool {
    if added < 64 || other.count < added { return false }
    // In about nanoseconds, as measured.
    let grows = (count + added) * 5 > capacity * 4
    return 16 * added + (grows ? 3 * slots.count : 0)
      > 2 * slots.count + other.slots.count + 3 * (count + added)
  }

  /// Orders entries of the same hash, given the slots of all but the first of each, and tells how many
  /// of them name an element that an earlier one names, as `matches` says.
  @inlinable
  mutating func order(
    _ repeated: ContiguousArray<Int>, where matches: (UInt64, UInt64) -> Bool
  ) -> Int {
    var twins = 0
    var next = 0
    while next < repeated.count {
      let first = repeated[next] - 1
      var end = first + 1
      while next < repeated.count, repeated[next] == end {
        next += 1
        end += 1
      }
      slots[first..<end].sort()
      for slot in first + 1..<end
      where (first..<slot).contains(where: {
        matches(slots[$0] & placeBits, slots[slot] & placeBits)
      }) {
        twins += 1
      }
    }
    return twins
  }

  /// Merges from both ends at once: what comes next on one side is computed from what came before, and
  /// two such chains take hardly longer than one.
  ///
  /// Only the hashes are in order, so that both ends compare these alone, and among equal ones have ours
  /// before theirs.
  static func merge(
    _ mine: ContiguousArray<UInt64>, theirs: ContiguousArray<UInt64>, by mask: UInt64,
    into out: UnsafeMutableBufferPointer<UInt64>
  ) {
    mine.withUnsafeBufferPointer { a in
      theirs.withUnsafeBufferPointer { b in
        var i = 0
        var j = 0
        var m = a.count - 1
        var n = b.count - 1
        var front = 0
        var back = a.count + b.count - 1
        while i <= m, j <= n {
          let first = a[i]
          let other = b[j]
          let last = a[m]
          let another = b[n]
          let isMine = first & mask <= other & mask
          let isTheirs = another & mask >= last & mask
          out[front] = isMine ? first : other
          out[back] = isTheirs ? another : last
          front &+= 1
          back &-= 1
          i &+= isMine ? 1 : 0
          j &+= isMine ? 0 : 1
          m &-= isTheirs ? 0 : 1
          n &-= isTheirs ? 1 : 0
        }
        while i <= m {
          out[front] = a[i]
          front &+= 1
          i &+= 1
        }
        while j <= n {
          out[front] = b[j]
          front &+= 1
          j &+= 1
        }
      }
    }
  }
}
