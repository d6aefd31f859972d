extension CausalContext {
  /// The dots that are in both contexts.
  ///
  /// - Complexity: O(*n* + *m*) in the number of replicas and of pages with gaps.
  public func intersection(_ other: CausalContext) -> CausalContext {
    combining(other) { $0 & $1 }
  }

  /// The dots of this context that are not in `other`.
  ///
  /// - Complexity: O(*n* + *m*) in the number of replicas and of pages with gaps.
  public func subtracting(_ other: CausalContext) -> CausalContext {
    combining(other) { $0 & ~$1 }
  }

  /// Removes the dots that are in `other`.
  ///
  /// A set of dots that names what was added and removed can shrink; what a replica has seen cannot.
  public mutating func subtract(_ other: CausalContext) {
    self = subtracting(other)
  }

  /// The dots that `combine` leaves of each page's words; nothing of a page that neither side has.
  func combining(
    _ other: CausalContext, combine: (UInt64, UInt64) -> UInt64
  ) -> CausalContext {
    var result = CausalContext()
    let mine = replicas
    let theirs = other.replicas
    var i = 0
    var j = 0
    while i < mine.count || j < theirs.count {
      let isMine = j == theirs.count || (i < mine.count && mine[i] <= theirs[j])
      let replica = isMine ? mine[i] : theirs[j]
      if j < theirs.count, theirs[j] == replica { j += 1 }
      if isMine { i += 1 }
      var seen = seen(of: replica)
      var otherSeen = other.seen(of: replica)
      var page: UInt64 = 0
      while page < Self.pages {
        let a = seen.pages(from: page)
        let b = otherSeen.pages(from: page)
        let end = Swift.min(a.end, b.end)
        result.append(replica, pages: page..<end, word: combine(a.word, b.word))
        page = end
      }
    }
    return result
  }
}

// Contexts made from front to back.
extension CausalContext {
  /// Adds the dots `first...last` of `replica`, which must lie after everything in this context, in
  /// order; there is no dot 0.
  @inlinable
  mutating func append(_ replica: ReplicaID, first: UInt64, last: UInt64) {
    Self.forEachStretch(replica, first: first, last: last) {
      append(replica, pages: $0.page..<$0.end, word: $0.word)
    }
  }

  /// Adds the dots that `word` has of each of some pages, which must lie after everything in this
  /// context; several pages are seen whole, or not at all.
  @inlinable
  mutating func append(_ replica: ReplicaID, pages: Range<UInt64>, word: UInt64) {
    var word = pages.lowerBound == 0 ? word & ~1 : word
    if word == 0 || pages.isEmpty { return }
    guard let last = beyond.last, last.replica == replica else {
      let isLast = prefixes.entries.replicas.last == replica
      let prefix = isLast ? prefixes.entries.values[prefixes.entries.count - 1] : 0
      let next = prefix &+ 1
      if next >> 6 == pages.lowerBound, word >> (next & 63) & 1 == 1 {
        let length = UInt64((~(word >> (next & 63))).trailingZeroBitCount)
        let reached = prefix + length + (UInt64(pages.count) - 1) << 6
        if isLast {
          prefixes.entries.values[prefixes.entries.count - 1] = reached
        } else {
          prefixes.entries.append(replica, value: reached)
        }
        word &= .max << ((next & 63) + length)
        if word == 0 { return }
      }
      return beyond.append(
        Stretch(replica, page: pages.lowerBound, count: UInt64(pages.count), word: word))
    }
    let index = beyond.index(before: beyond.endIndex)
    if last.page == pages.lowerBound {
      // The page of which some dots are there already.
      word |= last.word
      guard word == .max else {
        beyond[index].word = word
        return
      }
      beyond.remove(at: index)
      return append(replica, pages: pages, word: .max)
    }
    if word == .max, last.word == .max, last.end == pages.lowerBound {
      beyond[index].count += UInt64(pages.count)
    } else {
      beyond.append(
        Stretch(replica, page: pages.lowerBound, count: UInt64(pages.count), word: word))
    }
  }

  /// Adds what has been seen of some pages of `replica`, which must lie after everything in this context.
  @inlinable
  mutating func append(_ seen: inout SeenDots, of replica: ReplicaID, pages: Range<UInt64>) {
    var page = pages.lowerBound
    while page < pages.upperBound {
      let (word, end) = seen.pages(from: page)
      append(replica, pages: page..<Swift.min(end, pages.upperBound), word: word)
      page = end
    }
  }
}
