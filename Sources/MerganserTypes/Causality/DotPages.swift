/// Live dots with a payload each, for many dots: 64 consecutive dots of a replica make a page, whose
/// liveness is one word.
///
/// A page that has no live dot does not exist. A page's payloads stand packed in the order of their
/// dots, in an array of their own, which copies of the store share until one of them changes it. The
/// place of a dot (its page and its bit) stays the same for as long as the dot lives.
@usableFromInline
struct DotPages<Payload: Sendable>: Sendable {
  /// One replica's pages, in order.
  @usableFromInline
  struct Lane: Sendable {
    @usableFromInline let replica: ReplicaID
    @usableFromInline var pages: ContiguousArray<UInt64>
    /// Whether each page was allocated directly after the one before.
    @usableFromInline var isConsecutive: Bool

    @inlinable
    init(_ replica: ReplicaID) {
      self.replica = replica
      pages = []
      isConsecutive = true
    }

    @inlinable
    mutating func append(_ page: UInt64) {
      if let last = pages.last, last &+ 1 != page { isConsecutive = false }
      pages.append(page)
    }
  }

  /// By page: which of its dots live; none where the page is free.
  @usableFromInline var live: ContiguousArray<UInt64>
  /// By page: its number, the sequence numbers of its dots divided by 64.
  @usableFromInline var numbers: ContiguousArray<UInt64>
  /// By page: the lane that it belongs to.
  @usableFromInline var owners: ContiguousArray<UInt64>
  /// By page: the payloads of its live dots, in order.
  @usableFromInline var payloads: ContiguousArray<ContiguousArray<Payload>>
  /// Pages that can be used again.
  @usableFromInline var free: ContiguousArray<UInt64>
  /// The lanes, in the order in which their replicas came.
  @usableFromInline var lanes: ContiguousArray<Lane>
  /// The place of each replica's lane.
  @usableFromInline var directory: ReplicaMap<UInt64>
  /// How many dots live.
  @usableFromInline var count: Int
  /// What an index of the payloads hashes with: at hand here, where the process's own would have to be
  /// looked whether it is there yet.
  @usableFromInline let hash: SeededHash

  @inlinable
  init() {
    hash = .process
    live = []
    numbers = []
    owners = []
    payloads = []
    free = []
    lanes = []
    directory = ReplicaMap()
    count = 0
  }

  /// The dot at a place.
  @inlinable
  func dot(at place: UInt64) -> Dot {
    let page = Int(place >> 6)
    return Dot(lanes[Int(owners[page])].replica, sequence: numbers[page] << 6 | place & 63)
  }

  /// The payload at the place of a live dot.
  @inlinable
  func payload(at place: UInt64) -> Payload {
    let page = Int(place >> 6)
    let rank = rank(place & 63, in: live[page])
    // The place of a live dot needs no check, which would read another cache line.
    return payloads[page].withUnsafeBufferPointer { $0[rank] }
  }

  /// The place of a dot whose payload `matches`; looks at all of them.
  @inlinable
  func place(where matches: (Payload) -> Bool) -> UInt64? {
    for (page, payloads) in payloads.enumerated() {
      var rest = live[page]
      for payload in payloads {
        if matches(payload) { return UInt64(page) << 6 | UInt64(rest.trailingZeroBitCount) }
        rest &= rest &- 1
      }
    }
    return nil
  }

  /// How many of the word's bits stand before `bit`.
  @inlinable
  func rank(_ bit: UInt64, in word: UInt64) -> Int {
    let below = (UInt64(1) << bit) &- 1
    // Most pages are full up to the bit.
    return word & below == below ? Int(bit) : (word & below).nonzeroBitCount
  }

  /// The position of the first of a lane's pages with a number of at least `number`, from `start` on.
  @inlinable
  func position(of number: UInt64, in pages: ContiguousArray<UInt64>, from start: Int = 0) -> Int {
    guard start < pages.count else { return start }
    let first = numbers[Int(pages[start])]
    if first >= number { return start }
    // Where no page is missing, the place follows from the number.
    let distance = number - first
    if distance < UInt64(pages.count - start) {
      let guess = start + Int(distance)
      if numbers[Int(pages[guess])] == number { return guess }
    } else if numbers[Int(pages[pages.count - 1])] < number {
      return pages.count
    }
    var low = start
    var high = pages.count
    while low < high {
      let middle = (low + high) / 2
      if numbers[Int(pages[middle])] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The place of a dot, if it lives.
  @inlinable
  func place(of dot: Dot) -> UInt64? {
    let (index, found) = directory.position(of: dot.replica)
    guard found else { return nil }
    let pages = lanes[Int(directory.values[index])].pages
    let number = dot.sequence >> 6
    // A new dot comes after all others, mostly.
    guard let last = pages.last, numbers[Int(last)] >= number else { return nil }
    let position = position(of: number, in: pages)
    guard position < pages.count, numbers[Int(pages[position])] == number else { return nil }
    let bit = dot.sequence & 63
    return live[Int(pages[position])] >> bit & 1 == 1 ? pages[position] << 6 | bit : nil
  }

  /// The lane of `replica`, made if there was none.
  @inlinable
  mutating func lane(of replica: ReplicaID) -> Int {
    if let index = directory[replica] { return Int(index) }
    lanes.append(Lane(replica))
    directory[replica] = UInt64(lanes.count - 1)
    return lanes.count - 1
  }

  /// A page of `lane` without a live dot, which the caller enters into the lane.
  @inlinable
  mutating func makePage(_ number: UInt64, lane: Int) -> UInt64 {
    if let page = free.popLast() {
      numbers[Int(page)] = number
      owners[Int(page)] = UInt64(lane)
      return page
    }
    live.append(0)
    numbers.append(number)
    owners.append(UInt64(lane))
    payloads.append([])
    return UInt64(live.count - 1)
  }

  /// Adds a dot that does not live here, and gives its place.
  @inlinable
  mutating func insert(_ dot: Dot, payload: Payload) -> UInt64 {
    let lane = lane(of: dot.replica)
    let number = dot.sequence >> 6
    let position: Int
    if let last = lanes[lane].pages.last, numbers[Int(last)] <= number {
      position =
        numbers[Int(last)] == number ? lanes[lane].pages.count - 1 : lanes[lane].pages.count
    } else {
      position = self.position(of: number, in: lanes[lane].pages)
    }
    let page: UInt64
    if position < lanes[lane].pages.count, numbers[Int(lanes[lane].pages[position])] == number {
      page = lanes[lane].pages[position]
    } else {
      page = makePage(number, lane: lane)
      if position == lanes[lane].pages.count {
        // After a full page comes another full one, as a rule.
        if let last = lanes[lane].pages.last, live[Int(last)].leadingZeroBitCount == 0,
          payloads[Int(last)].count > 32
        {
          payloads[Int(page)].reserveCapacity(64)
        }
        lanes[lane].append(page)
      } else {
        lanes[lane].pages.insert(page, at: position)
        lanes[lane].isConsecutive = false
      }
    }
    let bit = dot.sequence & 63
    let rank = rank(bit, in: live[Int(page)])
    if rank == payloads[Int(page)].count {
      payloads[Int(page)].append(payload)
    } else {
      payloads[Int(page)].insert(payload, at: rank)
    }
    live[Int(page)] |= 1 << bit
    count += 1
    return page << 6 | bit
  }

  /// Removes the dot at a place, which must live.
  @inlinable
  mutating func remove(at place: UInt64) {
    let page = Int(place >> 6)
    let bit = place & 63
    let rank = rank(bit, in: live[page])
    live[page] &= ~(1 << bit)
    count -= 1
    if live[page] == 0 {
      let lane = Int(owners[page])
      lanes[lane].pages.remove(at: position(of: numbers[page], in: lanes[lane].pages))
      if lanes[lane].pages.isEmpty {
        lanes[lane].isConsecutive = true
      } else {
        lanes[lane].isConsecutive = false
      }
      release(page)
    } else {
      payloads[page].remove(at: rank)
      if payloads[page].capacity > 4 * payloads[page].count {
        payloads[page] = ContiguousArray(payloads[page].map { $0 })
      }
    }
  }

  /// Frees a page that has no live dot and has left its lane.
  @inlinable
  mutating func release(_ page: Int) {
    payloads[page] = []
    free.append(UInt64(page))
  }

  /// Whether so many pages and lanes are free that the store should be built anew.
  @inlinable
  var isSparse: Bool { free.count > 64 && free.count > live.count / 4 * 3 }

  /// Calls `body` with every live dot, its place and its payload, in the order of the dots.
  @inlinable
  func forEach(_ body: (Dot, UInt64, Payload) -> Void) {
    for lane in directory.values {
      let replica = lanes[Int(lane)].replica
      for page in lanes[Int(lane)].pages {
        var rest = live[Int(page)]
        let base = numbers[Int(page)] << 6
        for payload in payloads[Int(page)] {
          let bit = rest.trailingZeroBitCount
          body(Dot(replica, sequence: base | UInt64(bit)), page << 6 | UInt64(bit), payload)
          rest &= rest &- 1
        }
      }
    }
  }

  /// The live dots, as a context.
  @inlinable
  var dots: CausalContext {
    var context = CausalContext()
    for lane in directory.values {
      for page in lanes[Int(lane)].pages {
        let number = numbers[Int(page)]
        context.append(lanes[Int(lane)].replica, pages: number..<number + 1, word: live[Int(page)])
      }
    }
    return context
  }
}

extension DotPages: Equatable where Payload: Equatable {
  @inlinable
  static func == (a: Self, b: Self) -> Bool {
    guard a.count == b.count else { return false }
    for (replica, lane) in a.directory {
      let mine = a.lanes[Int(lane)].pages
      if mine.isEmpty { continue }
      guard let other = b.directory[replica] else { return false }
      let theirs = b.lanes[Int(other)].pages
      guard mine.count == theirs.count else { return false }
      for (page, their) in zip(mine, theirs) {
        guard a.live[Int(page)] == b.live[Int(their)],
          a.numbers[Int(page)] == b.numbers[Int(their)],
          a.payloads[Int(page)] == b.payloads[Int(their)]
        else { return false }
      }
    }
    return true
  }
}
