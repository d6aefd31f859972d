extension DotPages {
  /// Adds the dots `first...last` of a lane, which must lie after all of the lane's, with payloads
  /// from the front of `source`.
  @inlinable
  mutating func append(
    lane: Int, first: UInt64, last: UInt64, from source: inout ArraySlice<Payload>
  ) {
    var next = first
    while true {
      let number = next >> 6
      let end = Swift.min(last, next | 63)
      let page: Int
      if let last = lanes[lane].pages.last, numbers[Int(last)] == number {
        page = Int(last)
      } else {
        let fresh = makePage(number, lane: lane)
        lanes[lane].append(fresh)
        page = Int(fresh)
      }
      let length = Int(end - next) + 1
      live[page] |= SeenDots.bits(from: next & 63, through: end & 63)
      if payloads[page].isEmpty {
        payloads[page] = ContiguousArray(source.prefix(length))
      } else {
        payloads[page].append(contentsOf: source.prefix(length))
      }
      source = source.dropFirst(length)
      count += length
      if end == last { return }
      next = end + 1
    }
  }

  /// Makes room for about this many more dots.
  @inlinable
  mutating func reserve(_ dots: Int) {
    let pages = live.count + dots / 64 + 1
    live.reserveCapacity(pages)
    numbers.reserveCapacity(pages)
    owners.reserveCapacity(pages)
    payloads.reserveCapacity(pages)
  }
}

extension LiveDots {
  /// Takes in runs in ascending order, and their payloads.
  @inlinable
  mutating func fill(
    _ runs: [(replica: ReplicaID, run: ClosedRange<UInt64>)], payloads: ArraySlice<Payload>,
    count: Int
  ) {
    var payloads = payloads
    if count <= Self.mostFew {
      for (replica, run) in runs {
        for sequence in run {
          if let payload = payloads.popFirst() {
            few.append(Entry(Dot(replica, sequence: sequence), payload: payload))
          }
        }
      }
      return
    }
    var pages = DotPages<Payload>()
    pages.reserve(count)
    for (replica, run) in runs {
      pages.append(
        lane: pages.lane(of: replica), first: run.lowerBound, last: run.upperBound, from: &payloads)
    }
    box = Box(pages)
  }
}
