extension ORSet.Store {
  /// Inserts `element` under a fresh dot of `author`, in place of its dots so far.
  ///
  /// - Returns: the delta: the new insertion, under the new dot and the ones that it replaces.
  @discardableResult
  @inlinable
  public mutating func insert(
    _ element: Element, as author: inout Author
  ) -> Causal<ORSet.Store> {
    let dot = author.nextDot()
    let replaced = replace(element, under: dot)
    return Causal(inserting: element, under: dot, replacing: replaced)
  }

  /// Removes `element`.
  ///
  /// - Returns: the delta: nothing, under the dots that were removed.
  @discardableResult
  @inlinable
  public mutating func remove(
    _ element: Element, as author: inout Author
  ) -> Causal<ORSet.Store> {
    Causal(ORSet.Store(), context: discard(element).context)
  }

  /// Removes all dots of `element`, and gives them.
  @inlinable
  mutating func discard(_ element: Element) -> DotList {
    if lacksIndex { reindex() }
    guard let tag = tag(of: element) else { return withdrawFromFew(element) }
    let removed = withdraw(element, tag: tag)
    if removed.first != nil, live.settle() { reindex() }
    return removed
  }

  /// Puts `dot` in place of all dots of `element`, which it gives.
  @inlinable
  mutating func replace(_ element: Element, under dot: Dot) -> DotList {
    if lacksIndex { reindex() }
    guard let tag = tag(of: element) else {
      let replaced = withdrawFromFew(element)
      live.set(dot, payload: element)
      if live.box != nil { reindex() }
      return replaced
    }
    let found = search(element, tag: tag)
    if found.place == nil {
      enter(element, tag: tag, dot: dot, from: found.start)
      return DotList()
    }
    let replaced = withdraw(element, tag: tag)
    enter(element, tag: tag, dot: dot)
    return replaced
  }

  /// Removes all dots of `element`, where the dots are few, and gives them.
  @inlinable
  mutating func withdrawFromFew(_ element: Element) -> DotList {
    var removed = DotList()
    live.few.removeAll {
      guard $0.payload == element else { return false }
      removed.append($0.dot)
      return true
    }
    return removed
  }

  /// Adds `dot` to those of `element`, unless it is here already; then it returns false.
  @inlinable
  mutating func add(_ element: Element, under dot: Dot) -> Bool {
    if live[dot] != nil { return false }
    if lacksIndex { reindex() }
    if let tag = tag(of: element) {
      enter(element, tag: tag, dot: dot)
    } else {
      live.set(dot, payload: element)
      if live.box != nil { reindex() }
    }
    return true
  }

  /// Adds a dot that does not live, where the dots are many; the entries of its hash begin at `start`,
  /// if that is known.
  @inlinable
  mutating func enter(_ element: Element, tag: UInt64, dot: Dot, from start: Int? = nil) {
    live.own()
    guard let box = live.box else { return }
    var start = start
    if let old = box.pages.place(of: dot) {
      evict(old)
      start = nil
    }
    let place = box.pages.insert(dot, payload: element)
    guard index.holds(pages: box.pages.live.count) else { return reindex() }
    if index.reserve(1) { start = nil }
    let wasThere = index.insert(tag, place: place, from: start ?? index.start(of: tag)) {
      box.pages.payload(at: $0) == element
    }
    if !wasThere { distinct += 1 }
  }

  /// Removes the dot at a place; only bytes that nobody vouches for hold a dot that is then written again.
  @inlinable
  mutating func evict(_ place: UInt64) {
    guard let box = live.box else { return }
    let element = box.pages.payload(at: place)
    let tag = box.pages.hash.tag(element)
    index.remove(tag, place: place)
    box.pages.remove(at: place)
    if self.place(of: element, tag: tag) == nil { distinct -= 1 }
  }

  /// Removes all dots of `element`, where the dots are many, and gives them.
  @inlinable
  mutating func withdraw(_ element: Element, tag: UInt64) -> DotList {
    var removed = DotList()
    guard var place = place(of: element, tag: tag) else { return removed }
    live.own()
    while true {
      if let box = live.box { removed.append(box.pages.dot(at: place)) }
      index.remove(tag, place: place)
      live.box?.pages.remove(at: place)
      // Only where some element has several dots can this one have more.
      guard distinct <= index.count, let next = self.place(of: element, tag: tag) else { break }
      place = next
    }
    distinct -= 1
    return removed
  }

  /// Builds the index anew.
  @inlinable
  mutating func reindex() {
    index = ElementIndex()
    distinct = 0
    guard let box = live.box else { return }
    index.placeBits = ElementIndex.placeBits(
      atLeast: index.placeBits, pages: box.pages.live.count)
    index.reserve(box.pages.count)
    var added: ContiguousArray<(page: UInt64, bits: UInt64, source: Int)> = []
    for (page, bits) in box.pages.live.enumerated() where bits != 0 {
      added.append((UInt64(page), bits, page))
    }
    enter(added, count: box.pages.count, of: box.pages)
  }

  /// Adds some dots of a page to the index, which must have room.
  @inlinable
  mutating func enter(_ page: UInt64, bits: UInt64, of pages: DotPages<Element>) {
    let hash = pages.hash
    let word = pages.live[Int(page)]
    pages.payloads[Int(page)].withUnsafeBufferPointer { payloads in
      withUnsafeTemporaryAllocation(of: (tag: UInt64, start: Int).self, capacity: 64) { probes in
        // All are looked up before any is entered, so that the waits for memory overlap.
        var rest = word
        var rank = 0
        while rest != 0 {
          if bits & rest & (0 &- rest) != 0 {
            let tag = hash.tag(payloads[rank])
            probes.initializeElement(at: rank, to: (tag, index.start(of: tag)))
          }
          rank += 1
          rest &= rest &- 1
        }
        rest = word
        rank = 0
        while rest != 0 {
          if bits & rest & (0 &- rest) != 0 {
            let place = page << 6 | UInt64(rest.trailingZeroBitCount)
            let wasThere = index.insert(probes[rank].tag, place: place, from: probes[rank].start) {
              pages.payload(at: $0) == payloads[rank]
            }
            if !wasThere { distinct += 1 }
          }
          rank += 1
          rest &= rest &- 1
        }
      }
    }
  }

  /// Adds many dots to the index, which must have room: in the order of their hashes, so that the
  /// index is gone through once from front to back.
  @inlinable
  mutating func enter(
    _ added: ContiguousArray<(page: UInt64, bits: UInt64, source: Int)>, count: Int,
    of pages: DotPages<Element>
  ) {
    let hash = pages.hash
    let placeBits = index.placeBits
    let entries = ContiguousArray<UInt64>(unsafeUninitializedCapacity: count) { entries, used in
      for (page, bits, _) in added {
        var rest = pages.live[Int(page)]
        var rank = 0
        pages.payloads[Int(page)].withUnsafeBufferPointer { payloads in
          while rest != 0 {
            if bits & rest & (0 &- rest) != 0 {
              let place = page << 6 | UInt64(rest.trailingZeroBitCount)
              entries[used] = hash.tag(payloads[rank]) & ~placeBits | place
              used += 1
            }
            rank += 1
            rest &= rest &- 1
          }
        }
      }
    }
    let twins = index.insert(ElementIndex.ordered(entries)) {
      pages.payload(at: $0) == pages.payload(at: $1)
    }
    distinct += count - twins
  }

  /// Joins `other` into this store: a dot lives on if both hold it, or if one does and the other's
  /// context has not seen it.
  ///
  /// - Complexity: that of what differs, and a word for every 64 dots that do not.
  @inlinable
  @discardableResult
  public mutating func merge(
    _ other: ORSet.Store, seen: CausalContext, otherSeen: CausalContext
  ) -> Bool {
    if let mine = live.box, let theirs = other.live.box, mine === theirs { return false }
    if live.isEmpty, seen.isBottom {
      self = other
      return !other.isBottom
    }
    if live.box == nil, other.live.box == nil {
      let changed = live.mergeFew(other.live, seen: seen, otherSeen: otherSeen, joining: nil)
      if live.box != nil { reindex() }
      return changed
    }
    if live.box != nil, other.live.box == nil, let named = otherSeen.listed {
      return mergeListed(other, named: named, seen: seen)
    }
    let wereFew = live.box == nil
    if wereFew { live.spread() }
    if lacksIndex { reindex() }
    let changes = live.mergePages(other.live, seen: seen, otherSeen: otherSeen)
    absorb(changes, from: other)
    if wereFew || !changes.removed.isEmpty, live.settle() { reindex() }
    return !changes.isEmpty
  }

  /// Merges few dots into many, of which `named` are all that the other side has seen, dot by dot.
  @inlinable
  mutating func mergeListed(_ other: ORSet.Store, named: [Dot], seen: CausalContext) -> Bool {
    if lacksIndex { reindex() }
    var added = false
    var removed = false
    for dot in named where !other.live.position(of: dot).found {
      guard let place = live.box?.pages.place(of: dot) else { continue }
      live.own()
      evict(place)
      removed = true
    }
    for entry in other.live.few where !seen.contains(entry.dot) && live[entry.dot] == nil {
      if let tag = tag(of: entry.payload) { enter(entry.payload, tag: tag, dot: entry.dot) }
      added = true
    }
    if removed, live.settle() { reindex() }
    return added || removed
  }

  /// Brings the index in line with what a merge of the pages did.
  @inlinable
  mutating func absorb(_ changes: DotChanges<Element>, from other: ORSet.Store) {
    guard !changes.isEmpty, let box = live.box else { return }
    let hash = box.pages.hash
    if changes.removed.count > index.count / 2 {
      // Few are left, so that to enter them anew is less work.
      live.settle()
      reindex()
      return
    }
    let hadTwins = distinct != index.count
    for (place, element) in changes.removed { index.remove(hash.tag(element), place: place) }
    if hadTwins {
      // An element is gone when the last of its dots is.
      for element in Set(changes.removed.map(\.payload))
      where place(of: element, tag: hash.tag(element)) == nil {
        distinct -= 1
      }
    } else {
      distinct -= changes.removed.count
    }
    let added = changes.added.reduce(0) { $0 + $1.bits.nonzeroBitCount }
    if index.prefersMerging(added, from: other.index) {
      return enter(changes, from: other)
    }
    guard index.holds(pages: box.pages.live.count) else { return reindex() }
    index.reserve(added)
    if added < 512 {
      for (page, bits, _) in changes.added { enter(page, bits: bits, of: box.pages) }
    } else {
      enter(changes.added, count: added, of: box.pages)
    }
  }

  /// Adds many dots to the index through the index of the store that they come from, which has them in
  /// order.
  @inlinable
  mutating func enter(_ changes: DotChanges<Element>, from other: ORSet.Store) {
    guard let box = live.box, let theirs = other.live.box else { return }
    var translation = PageTranslation(pages: theirs.pages.live.count)
    for (page, bits, source) in changes.added {
      translation.bits[source] = bits
      translation.places[source] = page << 6
    }
    let placeBits = ElementIndex.placeBits(
      atLeast: index.placeBits | other.index.placeBits, pages: box.pages.live.count)
    let entries = other.index.entries(through: translation, placeBits: placeBits)
    let twins = index.order(index.merge(entries, placeBits: placeBits)) {
      box.pages.payload(at: $0) == box.pages.payload(at: $1)
    }
    distinct = index.count - twins
  }
}

extension Causal {
  /// The delta of an insertion: the element under its dot, and the dots that it replaces.
  @inlinable
  init<Element>(
    inserting element: Element, under dot: Dot, replacing replaced: DotList
  ) where Store == ORSet<Element>.Store {
    self.init(Store(), context: replaced.context)
    store.live.few = [LiveDots.Entry(dot, payload: element)]
    context.insert(dot)
  }
}

/// The dots that a mutator found: one as a rule, for which no memory is asked.
@usableFromInline
struct DotList: Sendable {
  @usableFromInline var first: Dot?
  @usableFromInline var more: [Dot] = []

  @inlinable
  init() {}

  @inlinable
  mutating func append(_ dot: Dot) {
    if first == nil { first = dot } else { more.append(dot) }
  }

  @inlinable
  var context: CausalContext {
    var context = CausalContext(more)
    if let first { context.insert(first) }
    return context
  }
}

extension ORSet.Store {
  /// Inserts the elements that came as `author`, and removes the dots that went.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    let old = before.dots
    let new = after.dots
    var delta = Causal(Self(), context: author.places(of: old.subtracting(new)))
    merge(Self(), seen: CausalContext(), otherSeen: delta.context)
    for (dot, element) in after.excluding(old).sortedEntries {
      let place = author.nextSequence
      delta.merge(insert(element, as: &author))
      author.repetition?.note(dot, at: Dot(author.replica, sequence: place))
    }
    return delta
  }
}
