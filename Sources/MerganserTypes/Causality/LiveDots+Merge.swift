extension LiveDots {
  /// Joins `other` into these dots by the rule of ``DotStore/merge(_:seen:otherSeen:)``.
  ///
  /// - Parameters:
  ///   - other: the dots of the other side.
  ///   - seen: what this side has seen.
  ///   - otherSeen: what the other side has seen.
  ///   - joining: merges payloads where both sides have a dot, and tells whether ours changed; nil
  ///     where payloads never change.
  /// - Returns: whether anything changed here.
  @inlinable
  mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext,
    joining: ((inout Payload, Payload) -> Bool)? = nil
  ) -> Bool {
    if let mine = box, let theirs = other.box, mine === theirs { return false }
    if box == nil, other.box == nil {
      return mergeFew(other, seen: seen, otherSeen: otherSeen, joining: joining)
    }
    if isEmpty, seen.isBottom {
      self = other
      return true
    }
    if joining == nil, other.box == nil, let named = otherSeen.listed {
      return mergeListed(other, named: named, seen: seen) { _ in }
    }
    let wereFew = box == nil
    let changes = mergePages(other, seen: seen, otherSeen: otherSeen, joining: joining)
    // Few that were merged as pages are few again, none of them included.
    if wereFew || !changes.removed.isEmpty { settle() }
    return !changes.isEmpty
  }

  /// Joins `other` into these dots, and calls `changed` with the payload of each dot that comes or goes.
  @inlinable
  mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext, changed: (Payload) -> Void
  ) {
    if let mine = box, let theirs = other.box, mine === theirs { return }
    if box == nil, other.box == nil {
      let before = few
      guard mergeFew(other, seen: seen, otherSeen: otherSeen, joining: nil) else { return }
      var kept = 0
      forEach { dot, payload in
        while kept < before.count, before[kept].dot < dot {
          changed(before[kept].payload)
          kept += 1
        }
        if kept < before.count, before[kept].dot == dot { kept += 1 } else { changed(payload) }
      }
      for entry in before[kept...] { changed(entry.payload) }
      return
    }
    if other.box == nil, let named = otherSeen.listed {
      _ = mergeListed(other, named: named, seen: seen, changed: changed)
      return
    }
    let wereFew = box == nil
    let changes = mergePages(other, seen: seen, otherSeen: otherSeen)
    for (_, payload) in changes.removed { changed(payload) }
    if let box {
      for (page, bits, _) in changes.added {
        var rest = bits
        while rest != 0 {
          changed(box.pages.payload(at: page << 6 | UInt64(rest.trailingZeroBitCount)))
          rest &= rest &- 1
        }
      }
    }
    if wereFew || !changes.removed.isEmpty { settle() }
  }

  /// Merges few dots into many, of which `named` are all that the other side has seen, dot by dot.
  @inlinable
  mutating func mergeListed(
    _ other: Self, named: [Dot], seen: CausalContext, changed: (Payload) -> Void
  ) -> Bool {
    var added = false
    var removed = false
    for dot in named where !other.position(of: dot).found {
      guard let place = box?.pages.place(of: dot) else { continue }
      own()
      if let payload = box?.pages.payload(at: place) { changed(payload) }
      box?.pages.remove(at: place)
      removed = true
    }
    for entry in other.few where !seen.contains(entry.dot) {
      if box?.pages.place(of: entry.dot) != nil { continue }
      own()
      _ = box?.pages.insert(entry.dot, payload: entry.payload)
      changed(entry.payload)
      added = true
    }
    if removed { settle() }
    return added || removed
  }

  /// Merges with both sides in pages, without settling.
  @inlinable
  mutating func mergePages(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext,
    joining: ((inout Payload, Payload) -> Bool)? = nil
  ) -> DotChanges<Payload> {
    spread()
    own()
    var other = other
    other.spread()
    guard let mine = box, let theirs = other.box else { return DotChanges() }
    return mine.pages.merge(theirs.pages, seen: seen, otherSeen: otherSeen, joining: joining)
  }

  /// Merges two sorted arrays.
  @inlinable
  mutating func mergeFew(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext,
    joining: ((inout Payload, Payload) -> Bool)?
  ) -> Bool {
    // What both hold lives on, whatever the contexts say.
    let isShared = few.withUnsafeBufferPointer { mine in
      other.few.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress }
    }
    if isShared { return false }
    var changed = false
    // What dies here, and what both have.
    var i = 0
    var j = 0
    while i < few.count {
      let dot = few[i].dot
      while j < other.few.count, other.few[j].dot < dot { j += 1 }
      if j < other.few.count, other.few[j].dot == dot {
        if let joining, joining(&few[i].payload, other.few[j].payload) { changed = true }
        i += 1
      } else if otherSeen.contains(dot) {
        few.remove(at: i)
        changed = true
      } else {
        i += 1
      }
    }
    // What comes from there.
    for entry in other.few where !seen.contains(entry.dot) {
      let (index, found) = position(of: entry.dot)
      if found { continue }
      few.insert(entry, at: index)
      changed = true
    }
    if few.count > Self.mostFew { spread() }
    return changed
  }
}
