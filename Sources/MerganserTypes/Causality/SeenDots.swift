/// What a context has seen of one replica, read page by page in ascending order.
///
/// A page is 64 consecutive sequence numbers; its number is the sequence number divided by 64.
@usableFromInline
struct SeenDots {
  /// All numbers up to here have been seen.
  @usableFromInline let prefix: UInt64
  /// What the whole context has beyond its prefixes.
  @usableFromInline let beyond: ChunkedArray<CausalContext.Stretch>
  /// The replica's first entry there that may still matter, and the end of its entries.
  @usableFromInline var next: ChunkedArray<CausalContext.Stretch>.Index
  @usableFromInline let end: ChunkedArray<CausalContext.Stretch>.Index

  @inlinable
  init(
    prefix: UInt64, beyond: ChunkedArray<CausalContext.Stretch>,
    next: ChunkedArray<CausalContext.Stretch>.Index, end: ChunkedArray<CausalContext.Stretch>.Index
  ) {
    self.prefix = prefix
    self.beyond = beyond
    self.next = next
    self.end = end
  }

  @inlinable
  var isEmpty: Bool { prefix == 0 && next == end }

  /// How many pages at the front the prefix fills; the first of them is full without a dot 0.
  @inlinable
  var fullPages: UInt64 { (prefix >> 6) + (prefix & 63 == 63 ? 1 : 0) }

  /// Passes the entries that end before `page`.
  @inlinable
  mutating func pass(to page: UInt64) {
    while next < end, beyond[next].end <= page { next = beyond.index(after: next) }
  }

  /// The bits of a page whose dots have been seen; pages must be asked for in ascending order.
  @inlinable
  mutating func word(_ page: UInt64) -> UInt64 {
    let low = page << 6
    if prefix >= low | 63 { return page == 0 ? ~1 : .max }
    var word: UInt64 = prefix >= low && prefix > 0 ? Self.bits(from: 0, through: prefix - low) : 0
    if page == 0 { word &= ~1 }
    if next == end { return word }
    pass(to: page)
    if next < end, beyond[next].page <= page { word |= beyond[next].word }
    return word
  }

  /// The bits that have been seen of each page from `page` on up to the page `end`, which is not among
  /// them; pages must be asked for in ascending order.
  @inlinable
  mutating func pages(from page: UInt64) -> (word: UInt64, end: UInt64) {
    // There is no dot 0, so that the first page is like no other; the prefix may end within a page.
    if page == 0 || (page == prefix >> 6 && prefix & 63 != 63) { return (word(page), page + 1) }
    if page < fullPages { return (.max, fullPages) }
    pass(to: page)
    guard next < end else { return (0, CausalContext.pages) }
    let stretch = beyond[next]
    return stretch.page <= page ? (stretch.word, stretch.end) : (0, stretch.page)
  }

  /// The first page from `page` on in which anything has been seen.
  @inlinable
  mutating func firstPage(from page: UInt64) -> UInt64? {
    if prefix > 0, prefix >> 6 >= page { return page }
    pass(to: page)
    return next < end ? max(page, beyond[next].page) : nil
  }

  /// The ones from bit `first` to bit `last`.
  @inlinable
  static func bits(from first: UInt64, through last: UInt64) -> UInt64 {
    (UInt64.max >> (63 - last)) & (UInt64.max << first)
  }
}

extension CausalContext {
  /// What has been seen of `replica`, to be read from `page` on.
  @inlinable
  func seen(of replica: ReplicaID, from page: UInt64 = 0) -> SeenDots {
    let prefix = prefixes[replica]
    if beyond.isEmpty {
      return SeenDots(
        prefix: prefix, beyond: beyond, next: beyond.startIndex, end: beyond.startIndex)
    }
    return SeenDots(
      prefix: prefix, beyond: beyond, next: index(of: replica, page: page),
      end: index(of: replica, page: .max))
  }

  /// The replicas of which anything was seen, in order.
  @inlinable
  var replicas: [ReplicaID] {
    if beyond.isEmpty { return prefixes.replicas }
    var replicas = prefixes.replicas
    var next = beyond.startIndex
    while next < beyond.endIndex {
      let replica = beyond[next].replica
      if prefixes[replica] == 0 { replicas.append(replica) }
      next = index(of: replica, page: .max)
    }
    if replicas.count > prefixes.replicas.count { replicas.sort() }
    return replicas
  }
}
