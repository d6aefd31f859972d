extension LiveDots {
  /// What a side that has seen `known` lacks of these dots, which live under `context`: the dots that it
  /// has not seen; and a context that names these and all dead ones.
  ///
  /// - Complexity: that of what the delta holds, and a word for every 64 dots that it does not.
  @inlinable
  func delta(
    under context: CausalContext, since known: CausalContext
  ) -> (dots: LiveDots, context: CausalContext) {
    guard let box else {
      var carried = LiveDots()
      var settled = CausalContext()
      for entry in few {
        if known.contains(entry.dot) {
          settled.append(entry.dot.replica, first: entry.dot.sequence, last: entry.dot.sequence)
        } else {
          carried.few.append(entry)
        }
      }
      return (carried, settled.isBottom ? context : context.subtracting(settled))
    }
    let delta = box.pages.delta(under: context, since: known)
    var carried = LiveDots()
    carried.box = Box(delta.pages)
    carried.settle()
    return (carried, delta.context)
  }
}

extension DotPages {
  @inlinable
  func delta(
    under context: CausalContext, since known: CausalContext
  ) -> (pages: DotPages, context: CausalContext) {
    var carried = DotPages()
    var named = CausalContext()
    for replica in context.replicas {
      var seen = context.seen(of: replica)
      var theirs = known.seen(of: replica)
      let lane = directory[replica].map { lanes[Int($0)] } ?? Lane(replica)
      let settled = Swift.min(seen.prefix, theirs.prefix)
      var position = 0
      // Pages below this one have been dealt with.
      var from: UInt64 = 0
      while position < lane.pages.count {
        let full = fullPages(lane, position: position, from: from, below: (settled &+ 1) >> 6)
        position += full
        from += UInt64(full)
        if position == lane.pages.count { break }
        let page = Int(lane.pages[position])
        let number = numbers[page]
        named.append(&seen, of: replica, pages: from..<number)
        let alive = live[page]
        let known = theirs.word(number)
        let new = alive & ~known
        if new != 0 {
          let index = carried.lane(of: replica)
          let fresh = carried.makePage(number, lane: index)
          carried.lanes[index].append(fresh)
          var changes = DotChanges<Payload>()
          carried.add(new, to: Int(fresh), from: self, their: page, changes: &changes)
        }
        named.append(
          replica, pages: number..<number + 1, word: seen.word(number) & ~(alive & known))
        from = number + 1
        position += 1
      }
      named.append(&seen, of: replica, pages: from..<CausalContext.pages)
    }
    return (carried, named)
  }

  /// How many of a lane's pages, from a position on, are full, have consecutive numbers from `from` on,
  /// and lie below `limit`; where pages were not allocated in order, fewer are counted.
  @inlinable
  func fullPages(_ lane: Lane, position: Int, from: UInt64, below limit: UInt64) -> Int {
    guard from < limit else { return 0 }
    let first = Int(lane.pages[position])
    guard numbers[first] == from else { return 0 }
    // There is no dot 0: the first page is full without it.
    if from == 0 { return live[first] | 1 == .max ? 1 : 0 }
    let most = Swift.min(lane.pages.count - position, Int(clamping: limit - from))
    guard lane.isConsecutive, numbers[first + most - 1] - from == UInt64(most - 1) else {
      return live[first] == .max ? 1 : 0
    }
    return live.withUnsafeBufferPointer { live in
      var full = 0
      while full + 8 <= most {
        var all = UInt64.max
        for k in full..<full + 8 { all &= live[first + k] }
        if all != .max { break }
        full += 8
      }
      return full
    }
  }
}
