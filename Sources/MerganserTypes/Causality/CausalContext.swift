/// The set of all dots seen: of every replica a prefix without gaps, and what lies beyond it.
///
/// Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.2: a context that
/// came about by causal delivery is a version vector; a delta's own context, and one that takes in
/// deltas out of order, has gaps.
///
/// Beyond a gap, 64 consecutive dots of a replica are a page, of which a word says which have been
/// seen; many pages in a row that have been seen whole are one entry. A context so takes about a bit
/// for each dot between its gaps, and no more than an entry for a dot.
public struct CausalContext: BoundedJoinSemilattice, Hashable {
  /// Pages of one replica in a row that have the same word.
  @usableFromInline
  struct Stretch: Hashable, Sendable {
    @usableFromInline var replica: ReplicaID
    /// The number of the first page: its sequence numbers divided by 64.
    @usableFromInline var page: UInt64
    /// How many pages there are: 1, unless all of their dots have been seen.
    @usableFromInline var count: UInt64
    /// Which dots of each page have been seen.
    @usableFromInline var word: UInt64

    @inlinable
    init(_ replica: ReplicaID, page: UInt64, count: UInt64, word: UInt64) {
      self.replica = replica
      self.page = page
      self.count = count
      self.word = word
    }

    /// The number of the page behind the last.
    @inlinable
    var end: UInt64 { page + count }

    /// The greatest dot that has been seen.
    @inlinable
    var maximum: UInt64 { (end - 1) << 6 | UInt64(63 - word.leadingZeroBitCount) }
  }

  /// What has been seen without gaps from each replica's first write.
  @inlinable
  public var vector: VersionVector { prefixes }

  @usableFromInline var prefixes: VersionVector

  /// What has been seen beyond gaps, in order of replica and page.
  ///
  /// No entry is without a dot; none has a dot of the prefix or the dot behind it; entries that have been
  /// seen whole do not adjoin.
  @usableFromInline var beyond: ChunkedArray<Stretch>

  /// The number of pages that a replica's dots can have.
  @inlinable
  static var pages: UInt64 { 1 << 58 }

  /// The context that has seen nothing.
  @inlinable
  public init() {
    prefixes = VersionVector()
    beyond = ChunkedArray()
  }

  /// The context that has seen what `vector` says, and nothing beyond gaps.
  public init(_ vector: VersionVector) {
    prefixes = vector
    beyond = ChunkedArray()
  }

  /// The context of the given dots.
  ///
  /// - Complexity: O(*n* log *n*), in whatever order they come.
  public init(_ dots: some Sequence<Dot>) {
    self.init()
    for dot in dots { insert(dot) }
  }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { prefixes.entries.isEmpty && beyond.isEmpty }

  /// Whether `other` has seen every dot of this context.
  ///
  /// - Complexity: O(log *m*) for each replica and each page with gaps of this context.
  public func isCovered(by other: CausalContext) -> Bool {
    // What lies behind a prefix has not been seen, so that a longer one is no part of beyond.
    guard prefixes.isCovered(by: other.prefixes) else { return false }
    return beyond.allSatisfy { stretch in
      if stretch.count == 1 {
        return stretch.word & ~other.word(of: stretch.replica, page: stretch.page) == 0
      }
      var seen = other.seen(of: stretch.replica, from: stretch.page)
      var page = stretch.page
      while page < stretch.end {
        let (word, end) = seen.pages(from: page)
        if stretch.word & ~word != 0 { return false }
        page = end
      }
      return true
    }
  }

  /// Whether the write named `dot` has been seen.
  ///
  /// - Complexity: O(log of the number of replicas and of pages with gaps).
  public func contains(_ dot: Dot) -> Bool {
    if !prefixes.entries.isEmpty, prefixes.contains(dot) { return true }
    if beyond.isEmpty { return false }
    return wordBeyond(of: dot.replica, page: dot.sequence >> 6) >> (dot.sequence & 63) & 1 == 1
  }

  /// Which dots of a page have been seen.
  func word(of replica: ReplicaID, page: UInt64) -> UInt64 {
    let prefix = prefixes[replica]
    let low = page << 6
    if prefix >= low | 63 { return page == 0 ? ~1 : .max }
    var word = beyond.isEmpty ? 0 : wordBeyond(of: replica, page: page)
    if prefix >= low, prefix > 0 {
      word |= SeenDots.bits(from: page == 0 ? 1 : 0, through: prefix - low)
    }
    return word
  }

  /// Which dots of a page have been seen beyond the prefix.
  private func wordBeyond(of replica: ReplicaID, page: UInt64) -> UInt64 {
    if beyond.more.isEmpty, beyond.first.count <= 4 {
      // That of a delta: to look at all is less work than to search.
      for stretch in beyond.first
      where stretch.page <= page && page < stretch.end && stretch.replica == replica {
        return stretch.word
      }
      return 0
    }
    let index = index(of: replica, page: page)
    guard index < beyond.endIndex, beyond[index].replica == replica, beyond[index].page <= page
    else {
      return 0
    }
    return beyond[index].word
  }

  /// The greatest sequence number seen of `replica`, gaps or not; 0 where nothing was.
  public func maximum(of replica: ReplicaID) -> UInt64 {
    if !beyond.isEmpty {
      let end = index(of: replica, page: .max)
      if end > beyond.startIndex {
        let last = beyond[beyond.index(before: end)]
        if last.replica == replica { return last.maximum }
      }
    }
    return prefixes[replica]
  }

  /// The number of the next write of `replica`: one more than the greatest seen of it.
  ///
  /// After the greatest of 64 bits comes that one again; no replica gets there by writing, see
  /// ``Dot/maximumSequence``.
  public func nextSequence(of replica: ReplicaID) -> UInt64 {
    let (next, overflow) = maximum(of: replica).addingReportingOverflow(1)
    return overflow ? .max : next
  }

  /// The dots of this context, as those of a small delta; nil if there are many.
  @usableFromInline
  var listed: [Dot]? {
    guard beyond.more.isEmpty, beyond.first.count <= 8, prefixes.entries.count <= 8 else {
      return nil
    }
    var count: UInt64 = 0
    for last in prefixes.entries.values { count += Swift.min(last, 32) }
    for stretch in beyond.first {
      count += UInt64(stretch.word.nonzeroBitCount) * Swift.min(stretch.count, 32)
    }
    guard count <= 16 else { return nil }
    var dots: [Dot] = []
    dots.reserveCapacity(Int(count))
    for (replica, last) in prefixes {
      for sequence in 1...last { dots.append(Dot(replica, sequence: sequence)) }
    }
    for stretch in beyond.first {
      var rest = stretch.word
      while rest != 0 {
        let bit = UInt64(rest.trailingZeroBitCount)
        dots.append(Dot(stretch.replica, sequence: stretch.page << 6 | bit))
        rest &= rest &- 1
      }
    }
    return dots
  }

  /// Calls `body` with each maximal run of consecutive dots, in order of replica and number.
  public func forEachRun(_ body: (ReplicaID, ClosedRange<UInt64>) -> Void) {
    var index = beyond.startIndex
    for (replica, last) in prefixes {
      forEachRunBeyond(from: &index, before: replica, body: body)
      body(replica, 1...last)
    }
    forEachRunBeyond(from: &index, before: nil, body: body)
  }

  /// Calls `body` with numbers of each replica that has been seen, the greatest of which is its
  /// ``maximum(of:)``.
  ///
  /// - Complexity: O(number of stretches), which is less than that of runs.
  @inlinable
  package func forEachLast(_ body: (ReplicaID, UInt64) -> Void) {
    for (replica, last) in prefixes { body(replica, last) }
    for stretch in beyond { body(stretch.replica, stretch.maximum) }
  }

  /// Calls `body` with each run beyond the prefixes, in order.
  func forEachRunBeyond(_ body: (ReplicaID, ClosedRange<UInt64>) -> Void) {
    var index = beyond.startIndex
    forEachRunBeyond(from: &index, before: nil, body: body)
  }

  /// Calls `body` with each run beyond the prefixes, from `index` on, of the replicas before `replica`.
  private func forEachRunBeyond(
    from index: inout ChunkedArray<Stretch>.Index, before replica: ReplicaID?,
    body: (ReplicaID, ClosedRange<UInt64>) -> Void
  ) {
    var open: (replica: ReplicaID, run: ClosedRange<UInt64>)?
    func add(_ replica: ReplicaID, first: UInt64, last: UInt64) {
      if let (before, run) = open {
        if before == replica, run.upperBound + 1 == first {
          open = (replica, run.lowerBound...last)
          return
        }
        body(before, run)
      }
      open = (replica, first...last)
    }
    while index < beyond.endIndex {
      let stretch = beyond[index]
      if let replica, stretch.replica >= replica { break }
      if stretch.word == .max {
        add(stretch.replica, first: stretch.page << 6, last: stretch.maximum)
      } else {
        var rest = stretch.word
        while rest != 0 {
          let first = UInt64(rest.trailingZeroBitCount)
          let length = UInt64((~(rest >> first)).trailingZeroBitCount)
          let low = stretch.page << 6 | first
          add(stretch.replica, first: low, last: low + (length - 1))
          if first + length == 64 { break }
          rest &= UInt64.max << (first + length)
        }
      }
      index = beyond.index(after: index)
    }
    if let (replica, run) = open { body(replica, run) }
  }

  /// The first entry of a greater replica, or of `replica` with a page at or after `page`.
  @usableFromInline
  func index(of replica: ReplicaID, page: UInt64) -> ChunkedArray<Stretch>.Index {
    func isBefore(_ stretch: Stretch) -> Bool {
      stretch.replica == replica ? stretch.end <= page : stretch.replica < replica
    }
    guard beyond.more.isEmpty else { return beyond.partitioningIndex(where: isBefore) }
    // Most are short, and the last is what most look for.
    return beyond.first.withUnsafeBufferPointer { first in
      var low = 0
      var high = first.count
      while low < high {
        let middle = (low + high) / 2
        if isBefore(first[middle]) { low = middle + 1 } else { high = middle }
      }
      return low == first.count ? beyond.endIndex : ChunkedArray.Index(0, offset: low)
    }
  }
}

extension CausalContext: ExpressibleByArrayLiteral {
  /// The context of the dots listed.
  public init(arrayLiteral dots: Dot...) { self.init(dots) }
}

extension CausalContext: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String {
    var parts: [String] = []
    forEachRun { parts.append("\($0.shortDescription):\($1)") }
    return "{" + parts.joined(separator: " ") + "}"
  }
}
