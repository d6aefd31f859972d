/// Entries in ascending order between two sentinels, one below and one above all of them, so that what
/// merges them from either end need not ask whether any is left.
@usableFromInline
struct OrderedEntries {
  @usableFromInline var padded: ContiguousArray<UInt64>

  /// How many entries there are.
  @inlinable
  var count: Int { padded.count - 2 }

  /// Takes at most `capacity` entries from what `fill` writes, which says how many it wrote; one place
  /// more may be written to.
  @inlinable
  init(capacity: Int, _ fill: (UnsafeMutablePointer<UInt64>) -> Int) {
    padded = ContiguousArray(unsafeUninitializedCapacity: capacity + 2) { buffer, used in
      guard let base = buffer.baseAddress else { return }
      base[0] = 0
      let count = fill(base + 1)
      base[count + 1] = .max
      used = count + 2
    }
  }
}

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
    _ count: Int, through translation: PageTranslation, placeBits: UInt64
  ) -> OrderedEntries {
    OrderedEntries(capacity: count) { out in
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
            return used
          }
        }
      }
    }
  }

  /// The entries in order, with places of `placeBits`.
  @usableFromInline
  func entries(placeBits: UInt64) -> OrderedEntries {
    OrderedEntries(capacity: count) { out in
      slots.withUnsafeBufferPointer { slots in
        var used = 0
        for slot in slots {
          out[used] = slot & ~placeBits | slot & self.placeBits
          // One, unless the slot is empty; a branch could not be predicted.
          let absent = slot &+ 1
          used &+= Int((absent | (0 &- absent)) >> 63)
        }
        return used
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
    _ entries: OrderedEntries, placeBits: UInt64
  ) -> ContiguousArray<Int> {
    let mine = self.entries(placeBits: placeBits)
    count += entries.count
    let homes = Swift.max(32, capacity, count * 4 / 3)
    let (total, reserved) = (count, homes + Swift.max(64, homes >> 8))
    var repeated: ContiguousArray<Int> = []
    var overrun: ContiguousArray<UInt64> = []
    slots = []
    slots = ContiguousArray(unsafeUninitializedCapacity: reserved) { fresh, used in
      fresh.initialize(repeating: Self.empty)
      used = reserved
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: total) { merged in
        Self.merge(mine, entries, into: merged)
        var (done, next, last) = (0, 0, Self.empty)
        while true {
          done = Self.layOut(merged, from: done, into: fresh, homes, placeBits, &next, &last)
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
    into fresh: UnsafeMutableBufferPointer<UInt64>, _ homes: Int, _ placeBits: UInt64,
    _ next: inout Int, _ last: inout UInt64
  ) -> Int {
    // What changes is held in registers, not behind the references.
    var (slot, previous, position) = (next, last, start)
    defer { (next, last) = (slot, previous) }
    while position < entries.count {
      let entry = entries[position]
      let key = entry & ~placeBits
      slot = Swift.max(slot, Self.home(key, homes))
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
    var (twins, next) = (0, 0)
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
  static func merge(
    _ mine: OrderedEntries, _ theirs: OrderedEntries, into out: UnsafeMutableBufferPointer<UInt64>
  ) {
    let total = mine.count + theirs.count
    mine.padded.withUnsafeBufferPointer { a in
      theirs.padded.withUnsafeBufferPointer { b in
        var (i, j) = (1, 1)
        var (m, n) = (a.count - 2, b.count - 2)
        for k in 0..<total / 2 {
          let (first, other) = (a[i], b[j])
          let isMine = first < other ? 1 : 0
          out[k] = Swift.min(first, other)
          i &+= isMine
          j &+= 1 &- isMine
          let (last, another) = (a[m], b[n])
          let isTheirs = last < another ? 1 : 0
          out[total &- 1 &- k] = Swift.max(last, another)
          m &-= 1 &- isTheirs
          n &-= isTheirs
        }
        if total & 1 == 1 { out[total / 2] = Swift.min(a[i], b[j]) }
      }
    }
  }
}
