/// What a merge of dot stores did.
@usableFromInline
struct DotChanges<Payload> {
  /// Pages with the dots of theirs that were added, and the page that they come from.
  @usableFromInline var added: ContiguousArray<(page: UInt64, bits: UInt64, source: Int)> = []
  /// The places and payloads of the dots that were removed.
  @usableFromInline var removed: ContiguousArray<(place: UInt64, payload: Payload)> = []
  /// Whether a payload changed that stayed.
  @usableFromInline var joined = false

  @inlinable
  init() {}

  @inlinable
  var isEmpty: Bool { added.isEmpty && removed.isEmpty && !joined }
}

extension DotPages {
  /// Joins `other` into this store, by the rule of ``DotStore/merge(_:seen:otherSeen:)``, a word at a
  /// time: of dots *a* here and *b* there, under contexts *s* and *t*, those live on that are in
  /// (*a* ∧ *b*) ∨ (*a* ∧ ¬*t*) ∨ (*b* ∧ ¬*s*).
  ///
  /// Payloads are looked at only where a bit changes, and, with `joining`, where both sides have one.
  /// Pages outside of what the other side has seen are not visited at all.
  @inlinable
  mutating func merge(
    _ other: Self, seen: CausalContext, otherSeen: CausalContext,
    joining: ((inout Payload, Payload) -> Bool)? = nil
  ) -> DotChanges<Payload> {
    var changes = DotChanges<Payload>()
    let theirReplicas = other.directory.replicas
    let seenReplicas = otherSeen.replicas
    var theirs = 0
    var next = 0
    while theirs < theirReplicas.count || next < seenReplicas.count {
      let replica: ReplicaID
      var lane: Int?
      if next == seenReplicas.count
        || (theirs < theirReplicas.count && theirReplicas[theirs] <= seenReplicas[next])
      {
        replica = theirReplicas[theirs]
        lane = Int(other.directory.values[theirs])
        if next < seenReplicas.count, seenReplicas[next] == replica { next += 1 }
        theirs += 1
      } else {
        replica = seenReplicas[next]
        next += 1
      }
      if let index = lane, other.lanes[index].pages.isEmpty { lane = nil }
      let (place, found) = directory.position(of: replica)
      if found {
        let mine = Int(directory.values[place])
        if lane == nil, lanes[mine].pages.isEmpty { continue }
        mergeLane(
          mine, with: other, otherLane: lane, seen: seen, otherSeen: otherSeen, joining: joining,
          changes: &changes)
      } else if lane != nil {
        mergeLane(
          self.lane(of: replica), with: other, otherLane: lane, seen: seen, otherSeen: otherSeen,
          joining: joining,
          changes: &changes)
      }
    }
    return changes
  }

  /// Merges one replica's pages.
  @inlinable
  mutating func mergeLane(
    _ lane: Int, with other: Self, otherLane: Int?, seen: CausalContext, otherSeen: CausalContext,
    joining: ((inout Payload, Payload) -> Bool)?, changes: inout DotChanges<Payload>
  ) {
    let replica = lanes[lane].replica
    var mySeen = seen.seen(of: replica)
    var theirSeen = otherSeen.seen(of: replica)
    let theirs = otherLane.map { other.lanes[$0].pages } ?? []
    var mine: ContiguousArray<UInt64> = []
    swap(&mine, &lanes[lane].pages)
    let bothConsecutive =
      lanes[lane].isConsecutive && (otherLane.map { other.lanes[$0].isConsecutive } ?? false)
    var inserted: ContiguousArray<(position: Int, page: UInt64)> = []
    var emptied: ContiguousArray<Int> = []
    var i = 0
    var j = 0
    while true {
      if joining == nil, bothConsecutive {
        let equal = equalPages(mine, i: i, other: other, theirs: theirs, j: j)
        i += equal
        j += equal
      }
      if i == mine.count && j == theirs.count { break }
      let myNumber = i < mine.count ? numbers[Int(mine[i])] : .max
      let theirNumber = j < theirs.count ? other.numbers[Int(theirs[j])] : .max
      if myNumber == theirNumber {
        let page = Int(mine[i])
        let their = Int(theirs[j])
        let a = live[page]
        let b = other.live[their]
        if let joining, a & b != 0 {
          joinPayloads(page, other: other, their: their, joining: joining, changes: &changes)
        }
        if a != b {
          let alive =
            (a & b) | (a & ~theirSeen.word(myNumber)) | (b & ~mySeen.word(myNumber))
          if a & ~alive != 0 { remove(a & ~alive, of: page, changes: &changes) }
          if alive & ~a != 0 {
            add(alive & ~a, to: page, from: other, their: their, changes: &changes)
          }
          if alive == 0 { emptied.append(i) }
        }
        i += 1
        j += 1
      } else if theirNumber < myNumber {
        let their = Int(theirs[j])
        let alive = other.live[their] & ~mySeen.word(theirNumber)
        if alive != 0 {
          let page = makePage(theirNumber, lane: lane)
          inserted.append((i, page))
          add(alive, to: Int(page), from: other, their: their, changes: &changes)
        }
        j += 1
      } else {
        // Only pages in which the other side has seen something can lose a dot.
        guard let next = theirSeen.firstPage(from: myNumber), next <= theirNumber else {
          i = theirNumber == .max ? mine.count : position(of: theirNumber, in: mine, from: i)
          continue
        }
        if next > myNumber {
          i = position(of: next, in: mine, from: i)
          continue
        }
        let page = Int(mine[i])
        let dead = live[page] & theirSeen.word(myNumber)
        if dead != 0 {
          remove(dead, of: page, changes: &changes)
          if live[page] == 0 { emptied.append(i) }
        }
        i += 1
      }
    }
    enter(inserted, dropping: emptied, into: &mine, of: lane)
    swap(&mine, &lanes[lane].pages)
  }

  /// How many pages of two consecutive lanes, from `i` and `j` on, have the same number and live dots.
  ///
  /// Fewer may be counted, never more.
  @inlinable
  func equalPages(
    _ mine: ContiguousArray<UInt64>, i: Int, other: Self, theirs: ContiguousArray<UInt64>,
    j: Int
  ) -> Int {
    let limit = min(mine.count - i, theirs.count - j)
    guard limit >= 8 else { return 0 }
    let first = Int(mine[i])
    let their = Int(theirs[j])
    // Numbers ascend: as many steps as pages means that none is missing.
    guard numbers[first] == other.numbers[their],
      numbers[first + limit - 1] - numbers[first] == UInt64(limit - 1),
      other.numbers[their + limit - 1] == numbers[first + limit - 1]
    else { return 0 }
    return live.withUnsafeBufferPointer { a in
      other.live.withUnsafeBufferPointer { b in
        var equal = 0
        while equal + 8 <= limit {
          var difference: UInt64 = 0
          for k in equal..<equal + 8 { difference |= a[first + k] ^ b[their + k] }
          if difference != 0 { break }
          equal += 8
        }
        return equal
      }
    }
  }

  /// Enters new pages into a lane's order, in front of those at the given positions, and drops the pages
  /// at positions where no dot lives.
  @inlinable
  mutating func enter(
    _ inserted: ContiguousArray<(position: Int, page: UInt64)>,
    dropping emptied: ContiguousArray<Int>, into pages: inout ContiguousArray<UInt64>, of lane: Int
  ) {
    if emptied.isEmpty, inserted.isEmpty { return }
    let first = Swift.min(emptied.first ?? pages.count, inserted.first?.position ?? pages.count)
    if emptied.count + inserted.count <= 4 {
      // From the back, so that positions stay what they are.
      var drop = emptied.count - 1
      var add = inserted.count - 1
      while drop >= 0 || add >= 0 {
        if drop >= 0, add < 0 || emptied[drop] >= inserted[add].position {
          release(Int(pages.remove(at: emptied[drop])))
          drop -= 1
        } else {
          pages.insert(inserted[add].page, at: inserted[add].position)
          add -= 1
        }
      }
    } else {
      let tail = ContiguousArray(pages[first...])
      pages.removeSubrange(first...)
      var next = 0
      for (offset, page) in tail.enumerated() {
        while next < inserted.count, inserted[next].position <= first + offset {
          pages.append(inserted[next].page)
          next += 1
        }
        if live[Int(page)] != 0 { pages.append(page) } else { release(Int(page)) }
      }
      for (_, page) in inserted[next...] { pages.append(page) }
    }
    // What stands in front of the first change is as it was.
    let isConsecutive = lanes[lane].isConsecutive || first == 0
    let start = Swift.max(1, first)
    lanes[lane].isConsecutive =
      isConsecutive
      && (start >= pages.count
        || (start..<pages.count).allSatisfy { pages[$0] == pages[$0 - 1] &+ 1 })
  }

  /// Removes some of a page's live dots; an empty page stays in its lane for now.
  @inlinable
  mutating func remove(_ bits: UInt64, of page: Int, changes: inout DotChanges<Payload>) {
    let word = live[page]
    let left = word & ~bits
    var kept: ContiguousArray<Payload> = []
    if left != 0 { kept.reserveCapacity(left.nonzeroBitCount) }
    var rest = word
    for payload in payloads[page] {
      let bit = UInt64(rest.trailingZeroBitCount)
      if bits >> bit & 1 == 1 {
        changes.removed.append((UInt64(page) << 6 | bit, payload))
      } else {
        kept.append(payload)
      }
      rest &= rest &- 1
    }
    payloads[page] = kept
    live[page] = left
    count -= (word & bits).nonzeroBitCount
  }

  /// Adds some of the dots of another store's page, none of which live here.
  @inlinable
  mutating func add(
    _ bits: UInt64, to page: Int, from other: Self, their: Int,
    changes: inout DotChanges<Payload>
  ) {
    let word = live[page]
    if word == 0, bits == other.live[their] {
      payloads[page] = other.payloads[their]
    } else {
      let both = word | bits
      var merged: ContiguousArray<Payload> = []
      merged.reserveCapacity(both.nonzeroBitCount)
      var rest = both
      var theirRest = other.live[their]
      var mine = 0
      var theirs = 0
      while rest != 0 {
        let bit = rest & (0 &- rest)
        // Their payloads before this bit that are not added are passed over.
        while theirRest != 0, theirRest & (0 &- theirRest) < bit {
          theirRest &= theirRest &- 1
          theirs += 1
        }
        if word & bit != 0 {
          merged.append(payloads[page][mine])
          mine += 1
        } else {
          merged.append(other.payloads[their][theirs])
        }
        rest &= rest &- 1
      }
      payloads[page] = merged
    }
    live[page] = word | bits
    count += bits.nonzeroBitCount
    changes.added.append((UInt64(page), bits, their))
  }

  /// Joins the payloads of the dots that both pages have.
  @inlinable
  mutating func joinPayloads(
    _ page: Int, other: Self, their: Int, joining: (inout Payload, Payload) -> Bool,
    changes: inout DotChanges<Payload>
  ) {
    let isShared = payloads[page].withUnsafeBufferPointer { mine in
      other.payloads[their].withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress }
    }
    if isShared { return }
    var common = live[page] & other.live[their]
    while common != 0 {
      let bit = UInt64(common.trailingZeroBitCount)
      let mine = rank(bit, in: live[page])
      var payload = payloads[page][mine]
      if joining(&payload, other.payloads[their][rank(bit, in: other.live[their])]) {
        payloads[page][mine] = payload
        changes.joined = true
      }
      common &= common &- 1
    }
  }
}
