/// What a context has seen of one replica, read page by page in ascending order.
///
/// A page is 64 consecutive sequence numbers; its number is the sequence number divided by 64.
@usableFromInline
struct SeenDots {
  /// All numbers up to here have been seen.
  @usableFromInline let prefix: UInt64
  /// The runs of the whole context.
  @usableFromInline let runs: [CausalContext.Run]
  /// The replica's first run that may still matter, and the end of its runs.
  @usableFromInline var next: Int
  @usableFromInline let end: Int

  @inlinable
  init(prefix: UInt64, runs: [CausalContext.Run], next: Int, end: Int) {
    self.prefix = prefix
    self.runs = runs
    self.next = next
    self.end = end
  }

  @inlinable
  var isEmpty: Bool { prefix == 0 && next == end }

  /// The bits of a page whose dots have been seen; pages must be asked for in ascending order.
  @inlinable
  mutating func word(_ page: UInt64) -> UInt64 {
    let low = page << 6
    let high = low | 63
    if prefix >= high { return .max }
    var word: UInt64 = prefix >= low && prefix > 0 ? Self.bits(0, prefix - low) : 0
    if next == end { return word }
    while next < end, runs[next].last < low { next += 1 }
    var index = next
    while index < end, runs[index].first <= high {
      let first = max(runs[index].first, low)
      let last = min(runs[index].last, high)
      word |= Self.bits(first - low, last - low)
      index += 1
    }
    return word
  }

  /// The first page from `page` on in which anything has been seen.
  @inlinable
  mutating func firstPage(from page: UInt64) -> UInt64? {
    if prefix > 0, prefix >> 6 >= page { return page }
    while next < end, runs[next].last >> 6 < page { next += 1 }
    return next < end ? max(page, runs[next].first >> 6) : nil
  }

  /// The ones from bit `first` to bit `last`.
  @inlinable
  static func bits(_ first: UInt64, _ last: UInt64) -> UInt64 {
    (UInt64.max >> (63 - last)) & (UInt64.max << first)
  }
}

extension CausalContext {
  /// What has been seen of `replica`.
  @inlinable
  func seen(of replica: ReplicaID) -> SeenDots {
    let prefix = prefixes[replica]
    if runs.isEmpty { return SeenDots(prefix: prefix, runs: runs, next: 0, end: 0) }
    let start = runIndex(endingAtOrAfter: Dot(replica, 0))
    var end = runIndex(endingAtOrAfter: Dot(replica, .max))
    if end < runs.count, runs[end].replica == replica { end += 1 }
    return SeenDots(prefix: prefix, runs: runs, next: start, end: end)
  }

  /// The replicas of which anything was seen, in order.
  @inlinable
  var replicas: [ReplicaID] {
    if runs.isEmpty { return prefixes.replicas }
    var replicas = prefixes.replicas
    var last: ReplicaID?
    var missing = false
    for run in runs where run.replica != last {
      last = run.replica
      if prefixes[run.replica] == 0 {
        replicas.append(run.replica)
        missing = true
      }
    }
    if missing { replicas.sort() }
    return replicas
  }

  /// Adds `first...last` of `replica`, which must lie after everything in this context, in order; there
  /// is no dot 0.
  @inlinable
  mutating func append(_ replica: ReplicaID, _ first: UInt64, _ last: UInt64) {
    if last == 0 { return }
    if let index = runs.indices.last, runs[index].replica == replica, runs[index].last &+ 1 == first
    {
      runs[index].last = last
    } else if first <= 1 {
      prefixes.entries.append(replica, last)
    } else if runs.last?.replica != replica, prefixes.entries.replicas.last == replica,
      prefixes.entries.values[prefixes.entries.count - 1] &+ 1 == first
    {
      prefixes.entries.values[prefixes.entries.count - 1] = last
    } else {
      runs.append(Run(replica, first, last))
    }
  }

  /// Adds the dots of one page that `word` has, which must lie after everything in this context.
  @inlinable
  mutating func append(_ replica: ReplicaID, page: UInt64, _ word: UInt64) {
    var rest = word
    let low = page << 6
    while rest != 0 {
      let first = UInt64(rest.trailingZeroBitCount)
      let length = UInt64((~(rest >> first)).trailingZeroBitCount)
      append(replica, low | first, low | (first + length - 1))
      if first + length == 64 { break }
      rest &= UInt64.max << (first + length)
    }
  }
}
