extension CausalContext {
  /// Adds the next dot of `replica`; nil if there is none after the greatest number of 64 bits.
  @inlinable
  mutating func addNext(of replica: ReplicaID) -> Dot? {
    if beyond.isEmpty {
      let (index, found) = prefixes.entries.position(of: replica)
      if found, prefixes.entries.values[index] < .max {
        prefixes.entries.values[index] += 1
        return Dot(replica, sequence: prefixes.entries.values[index])
      }
    }
    let dot = Dot(replica, sequence: nextSequence(of: replica))
    return insert(dot) ? dot : nil
  }

  /// Adds one dot, and tells whether it was new.
  ///
  /// - Complexity: O(log *n*), and O(number of replicas) for the first of one, in whatever order dots
  ///   come.
  @discardableResult
  public mutating func insert(_ dot: Dot) -> Bool {
    if dot.sequence == 0 { return false }
    return insert(
      Stretch(dot.replica, page: dot.sequence >> 6, count: 1, word: 1 << (dot.sequence & 63)),
      behind: prefixes[dot.replica])
  }

  /// Adds the dots `first...last`, and tells whether any was new.
  @discardableResult
  mutating func insert(_ replica: ReplicaID, first: UInt64, last: UInt64) -> Bool {
    var grew = false
    Self.forEachStretch(replica, first: first, last: last) {
      if insert($0, behind: prefixes[replica]) { grew = true }
    }
    return grew
  }

  /// Calls `body` with entries that hold the dots `first...last` together: at most three.
  @inlinable
  static func forEachStretch(
    _ replica: ReplicaID, first: UInt64, last: UInt64, body: (Stretch) -> Void
  ) {
    // There is no dot 0.
    let first = Swift.max(first, 1)
    if first > last { return }
    let low = first >> 6
    let high = last >> 6
    if low == high {
      return body(
        Stretch(
          replica, page: low, count: 1, word: SeenDots.bits(from: first & 63, through: last & 63)))
    }
    body(Stretch(replica, page: low, count: 1, word: .max << (first & 63)))
    if high - low > 1 { body(Stretch(replica, page: low + 1, count: high - low - 1, word: .max)) }
    body(Stretch(replica, page: high, count: 1, word: SeenDots.bits(from: 0, through: last & 63)))
  }

  /// Joins by taking the union.
  ///
  /// - Complexity: O(number of replicas of both), and O(*m* log *n*) or O(*n* + *m*) for what lies beyond
  ///   gaps, whichever is less.
  @discardableResult
  public mutating func merge(_ other: CausalContext) -> Bool {
    if isBottom {
      self = other
      return !isBottom
    }
    var grew = false
    if !other.prefixes.isBottom {
      grew = prefixes.merge(other.prefixes)
      if grew, !beyond.isEmpty { for replica in other.prefixes.replicas { absorb(replica) } }
    }
    if other.beyond.isEmpty { return grew }
    if other.beyond.count > 4, other.beyond.count > beyond.count / 8 {
      let union = combining(other) { $0 | $1 }
      defer { self = union }
      return union != self || grew
    }
    for stretch in other.beyond.first where insert(stretch, behind: prefixes[stretch.replica]) {
      grew = true
    }
    for chunk in other.beyond.more {
      for stretch in chunk where insert(stretch, behind: prefixes[stretch.replica]) { grew = true }
    }
    return grew
  }

  /// Adds the dots of an entry, and tells whether any was new; `prefix` is the replica's.
  private mutating func insert(_ stretch: Stretch, behind prefix: UInt64) -> Bool {
    if prefix == .max { return false }
    let next = prefix + 1
    if stretch.end <= next >> 6 { return false }
    if stretch.count > 1 {
      let reachesPrefix = stretch.page <= next >> 6
      let grew = insertFull(stretch)
      if reachesPrefix { absorb(stretch.replica) }
      return grew || reachesPrefix
    }
    var new = stretch
    if stretch.page == next >> 6 {
      new.word &= .max << (next & 63)
      if new.word >> (next & 63) & 1 == 1 {
        // Most dots are the ones behind the prefix.
        let length = UInt64((~(new.word >> (next & 63))).trailingZeroBitCount)
        prefixes[new.replica] = prefix + length
        // Nothing is left of a shift by all bits.
        new.word &= .max << ((next & 63) + length)
        if new.word != 0 { insertWord(new) }
        if !beyond.isEmpty { absorb(new.replica) }
        return true
      }
    }
    return new.word != 0 && insertWord(new)
  }

  /// Adds dots of one page, none of which the prefix has or adjoins, and tells whether any was new.
  @discardableResult
  private mutating func insertWord(_ new: Stretch) -> Bool {
    let index = index(of: new.replica, page: new.page)
    guard index < beyond.endIndex, beyond[index].replica == new.replica,
      beyond[index].page <= new.page
    else {
      if new.word == .max { return insertFull(new) }
      beyond.insert(new, at: index)
      return true
    }
    let word = beyond[index].word | new.word
    if word == beyond[index].word { return false }
    if word == .max {
      return insertFull(Stretch(new.replica, page: new.page, count: 1, word: .max))
    }
    beyond[index].word = word
    return true
  }

  /// Adds pages that have been seen whole, and tells whether any dot was new.
  private mutating func insertFull(_ new: Stretch) -> Bool {
    var low = new.page
    var high = new.end
    var index = index(of: new.replica, page: new.page)
    // One that adjoins in front becomes one with it.
    if index > beyond.startIndex {
      let before = beyond.index(before: index)
      if beyond[before].replica == new.replica, beyond[before].word == .max,
        beyond[before].end == low
      {
        index = before
      }
    }
    while index < beyond.endIndex, beyond[index].replica == new.replica {
      let old = beyond[index]
      if old.word == .max {
        if old.page <= new.page, new.end <= old.end { return false }
        if old.page > high { break }
        low = Swift.min(low, old.page)
        high = Swift.max(high, old.end)
      } else if old.page >= high {
        break
      }
      index = beyond.remove(at: index)
    }
    beyond.insert(Stretch(new.replica, page: low, count: high - low, word: .max), at: index)
    return true
  }

  /// Drops what the prefix of `replica` has reached, and lengthens the prefix by what it adjoins.
  private mutating func absorb(_ replica: ReplicaID) {
    let reached = prefixes[replica]
    var prefix = reached
    var index = index(of: replica, page: 0)
    while index < beyond.endIndex, beyond[index].replica == replica {
      let stretch = beyond[index]
      if stretch.maximum <= prefix {
        index = beyond.remove(at: index)
        continue
      }
      let next = prefix + 1
      if stretch.page > next >> 6 { break }
      if stretch.word == .max {
        prefix = stretch.maximum
        index = beyond.remove(at: index)
        continue
      }
      let length = UInt64((~(stretch.word >> (next & 63))).trailingZeroBitCount)
      prefix += length
      if stretch.maximum > prefix {
        if prefix >> 6 == stretch.page { beyond[index].word &= .max << ((prefix & 63) + 1) }
        break
      }
    }
    if prefix > reached { prefixes[replica] = prefix }
  }
}
