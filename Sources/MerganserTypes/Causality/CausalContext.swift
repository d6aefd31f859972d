/// The set of all dots seen: of every replica a prefix without gaps, and runs beyond it.
///
/// Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.2: a context that
/// came about by causal delivery is a version vector; a delta's own context, and one that takes in
/// deltas out of order, has gaps.
public struct CausalContext: BoundedJoinSemilattice, Hashable {
  /// The dots `first...last` of one replica, none of them adjoining another run or the prefix.
  @usableFromInline
  struct Run: Hashable, Sendable {
    @usableFromInline var replica: ReplicaID
    @usableFromInline var first: UInt64
    @usableFromInline var last: UInt64

    @usableFromInline
    init(_ replica: ReplicaID, _ first: UInt64, _ last: UInt64) {
      self.replica = replica
      self.first = first
      self.last = last
    }
  }

  /// What has been seen without gaps from each replica's first write.
  @inlinable
  public var vector: VersionVector { prefixes }

  @usableFromInline var prefixes: VersionVector

  /// What has been seen beyond gaps, in order of replica and number.
  @usableFromInline var runs: [Run]

  /// The context that has seen nothing.
  public init() {
    prefixes = VersionVector()
    runs = []
  }

  /// The context that has seen what `vector` says, and nothing beyond gaps.
  public init(_ vector: VersionVector) {
    prefixes = vector
    runs = []
  }

  /// The context of the given dots.
  public init(_ dots: some Sequence<Dot>) {
    self.init()
    // What comes out of order is ordered first: to enter it one by one would move what stands behind.
    var late: [Dot] = []
    var last: Dot?
    for dot in dots {
      if let last, dot < last {
        late.append(dot)
      } else {
        insert(dot)
        last = dot
      }
    }
    if late.isEmpty { return }
    late.sort()
    merge(CausalContext(late))
  }

  /// Whether this is bottom: nothing is in it.
  @inlinable
  public var isBottom: Bool { prefixes.entries.isEmpty && runs.isEmpty }

  /// Whether `other` has seen every dot of this context.
  ///
  /// - Complexity: O(log *m*) for each of this context's runs.
  public func isCovered(by other: CausalContext) -> Bool {
    var covered = true
    forEachRun { replica, run in
      if covered, !other.contains(replica, run) { covered = false }
    }
    return covered
  }

  /// Whether all of a run has been seen; its bounds lie in one run of this context then.
  private func contains(_ replica: ReplicaID, _ run: ClosedRange<UInt64>) -> Bool {
    if run.upperBound <= prefixes[replica] { return true }
    let index = runIndex(endingAtOrAfter: Dot(replica, run.upperBound))
    return index < runs.count && runs[index].replica == replica
      && runs[index].first <= run.lowerBound
  }

  /// Whether the write named `dot` has been seen.
  ///
  /// - Complexity: O(log of the number of replicas and runs).
  public func contains(_ dot: Dot) -> Bool {
    if prefixes.contains(dot) { return true }
    if runs.isEmpty { return false }
    let index = runIndex(endingAtOrAfter: dot)
    return index < runs.count && runs[index].replica == dot.replica
      && runs[index].first <= dot.sequence
  }

  /// The greatest sequence number seen of `replica`, gaps or not; 0 where nothing was.
  public func maximum(of replica: ReplicaID) -> UInt64 {
    let end = runIndex(endingAtOrAfter: Dot(replica, .max))
    // A run that ends at the greatest number of all is found itself; any other lies just before.
    if end < runs.count, runs[end].replica == replica { return runs[end].last }
    if end > 0, runs[end - 1].replica == replica { return runs[end - 1].last }
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

  /// Adds the next dot of `replica`; nil if there is none after the greatest number of 64 bits.
  @inlinable
  mutating func addNext(of replica: ReplicaID) -> Dot? {
    if runs.isEmpty {
      let (index, found) = prefixes.entries.position(of: replica)
      if found, prefixes.entries.values[index] < .max {
        prefixes.entries.values[index] += 1
        return Dot(replica, prefixes.entries.values[index])
      }
    }
    let dot = Dot(replica, nextSequence(of: replica))
    return insert(dot) ? dot : nil
  }

  /// Adds one dot, and tells whether it was new.
  @discardableResult
  public mutating func insert(_ dot: Dot) -> Bool {
    insert(dot.replica, dot.sequence, dot.sequence)
  }

  /// Joins by taking the union.
  @discardableResult
  public mutating func merge(_ other: CausalContext) -> Bool {
    var grew = false
    if !other.prefixes.isBottom {
      grew = prefixes.merge(other.prefixes)
      if grew, !runs.isEmpty { absorbRuns() }
    }
    if other.runs.count > 4 { return mergeRuns(other.runs) || grew }
    for run in other.runs where insert(run.replica, run.first, run.last) { grew = true }
    return grew
  }

  /// Calls `body` with each maximal run of consecutive dots, in order of replica and number.
  public func forEachRun(_ body: (ReplicaID, ClosedRange<UInt64>) -> Void) {
    var next = 0
    for (replica, last) in prefixes {
      while next < runs.count, runs[next].replica < replica {
        body(runs[next].replica, runs[next].first...runs[next].last)
        next += 1
      }
      body(replica, 1...last)
    }
    for run in runs[next...] { body(run.replica, run.first...run.last) }
  }

  /// Adds the dots `first...last`, and tells whether any was new.
  @discardableResult
  private mutating func insert(_ replica: ReplicaID, _ first: UInt64, _ last: UInt64) -> Bool {
    let prefix = prefixes[replica]
    if last <= prefix { return false }
    if runs.isEmpty, first <= prefix + 1 {
      prefixes[replica] = last
      return true
    }
    // The runs that overlap or adjoin first...last become one with it.
    var (low, high) = (first, last)
    let start = runIndex(endingAtOrAfter: Dot(replica, first == 0 ? 0 : first - 1))
    var end = start
    while end < runs.count, runs[end].replica == replica, runs[end].first - 1 <= last {
      if runs[end].first <= first, last <= runs[end].last { return false }
      low = Swift.min(low, runs[end].first)
      high = Swift.max(high, runs[end].last)
      end += 1
    }
    if low <= prefix + 1 {
      prefixes[replica] = high
      runs.removeSubrange(start..<end)
    } else if start < end {
      runs[start] = Run(replica, low, high)
      if end > start + 1 { runs.removeSubrange(start + 1..<end) }
    } else {
      runs.insert(Run(replica, low, high), at: start)
    }
    return true
  }

  /// Takes in many runs, in order, in one pass over both sides, and tells whether any dot was new.
  private mutating func mergeRuns(_ others: [Run]) -> Bool {
    var union: [Run] = []
    union.reserveCapacity(runs.count + others.count)
    var (mine, theirs) = (0, 0)
    while mine < runs.count || theirs < others.count {
      let run: Run
      if theirs == others.count
        || (mine < runs.count
          && Dot(runs[mine].replica, runs[mine].first)
            <= Dot(others[theirs].replica, others[theirs].first))
      {
        run = runs[mine]
        mine += 1
      } else {
        run = others[theirs]
        theirs += 1
      }
      if let last = union.indices.last, union[last].replica == run.replica,
        run.first - 1 <= union[last].last
      {
        union[last].last = Swift.max(union[last].last, run.last)
      } else {
        union.append(run)
      }
    }
    let before = self
    runs = union
    absorbRuns()
    return self != before
  }

  /// Drops the runs that the prefixes have reached, and lengthens the prefixes by those they adjoin.
  private mutating func absorbRuns() {
    var kept: [Run] = []
    for run in runs {
      let prefix = prefixes[run.replica]
      if run.last <= prefix { continue }
      if run.first <= prefix + 1 { prefixes[run.replica] = run.last } else { kept.append(run) }
    }
    runs = kept
  }

  /// The first run of a greater replica, or of the same one with an end at or after the dot.
  @usableFromInline
  func runIndex(endingAtOrAfter dot: Dot) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      let run = runs[middle]
      if run.replica < dot.replica || (run.replica == dot.replica && run.last < dot.sequence) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

extension CausalContext {
  /// The dots that are in both contexts.
  ///
  /// - Complexity: O(*n* + *m*) in the number of runs.
  public func intersection(_ other: CausalContext) -> CausalContext {
    combining(other) { $0 && $1 }
  }

  /// The dots of this context that are not in `other`.
  ///
  /// - Complexity: O(*n* + *m*) in the number of runs.
  public func subtracting(_ other: CausalContext) -> CausalContext {
    combining(other) { $0 && !$1 }
  }

  /// Removes the dots that are in `other`.
  ///
  /// A set of dots that names what was added and removed can shrink; what a replica has seen cannot.
  public mutating func subtract(_ other: CausalContext) {
    self = subtracting(other)
  }

  /// The dots at which `keep` says so, given whether each side has the dot; never asked for neither.
  private func combining(
    _ other: CausalContext, keeping keep: (Bool, Bool) -> Bool
  ) -> CausalContext {
    // The places where a side begins or ends: after the dot before a run's first, and after its last.
    typealias Edge = (replica: ReplicaID, after: UInt64, mine: Bool, begins: Bool)
    var edges: [Edge] = []
    forEachRun { replica, run in
      edges.append((replica, run.lowerBound - 1, true, true))
      edges.append((replica, run.upperBound, true, false))
    }
    other.forEachRun { replica, run in
      edges.append((replica, run.lowerBound - 1, false, true))
      edges.append((replica, run.upperBound, false, false))
    }
    edges.sort { ($0.replica, $0.after) < ($1.replica, $1.after) }
    var result = CausalContext()
    var (mine, theirs) = (false, false)
    for (index, edge) in edges.enumerated() {
      if edge.mine { mine = edge.begins } else { theirs = edge.begins }
      guard index + 1 < edges.count, mine || theirs, keep(mine, theirs) else { continue }
      let next = edges[index + 1]
      if next.after > edge.after { result.insert(edge.replica, edge.after + 1, next.after) }
    }
    return result
  }
}

extension CausalContext: Codable {
  private struct Stretch: Codable {
    var replica: ReplicaID
    var first: UInt64
    var last: UInt64
  }

  /// Appends this value's bytes, or writes it for interchange.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    var stretches: [Stretch] = []
    forEachRun { stretches.append(Stretch(replica: $0, first: $1.lowerBound, last: $1.upperBound)) }
    for stretch in stretches { try container.encode(stretch) }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  public init(from decoder: any Decoder) throws {
    self.init()
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd {
      let stretch = try container.decode(Stretch.self)
      guard 1 <= stretch.first, stretch.first <= stretch.last,
        stretch.last <= Dot.maximumSequence
      else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "expected 1 <= first <= last <= \(Dot.maximumSequence)")
      }
      insert(stretch.replica, stretch.first, stretch.last)
    }
  }
}

extension CausalContext: ExpressibleByArrayLiteral {
  /// The value that the decoder reads, or an error that says what was wrong.
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

extension CausalContext: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  public func encode(to encoder: inout BinaryEncoder) {
    prefixes.encode(to: &encoder)
    encoder.encode(count: runs.count)
    for run in runs {
      run.replica.encode(to: &encoder)
      encoder.encode(varint: run.first)
      encoder.encode(varint: run.last - run.first)
    }
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    // That of a delta has none, as a rule.
    prefixes = try decoder.isAtZero() ? VersionVector() : VersionVector(from: &decoder)
    let count = try decoder.decodeCount(minimumSize: 3)
    runs = []
    runs.reserveCapacity(count)
    for _ in 0..<count {
      let start = decoder.offset
      let replica = try ReplicaID(from: &decoder)
      let first = try decoder.decodeSequence()
      let (last, overflow) = first.addingReportingOverflow(try decoder.decodeVarint())
      let before = runs.last.flatMap { $0.replica == replica ? $0.last : nil } ?? prefixes[replica]
      guard !overflow, last <= Dot.maximumSequence, first > before + 1,
        (runs.last.map { $0.replica <= replica } ?? true)
      else {
        throw .invalidValue(
          offset: start, expected: "runs of dots in order, with gaps between them")
      }
      runs.append(Run(replica, first, last))
    }
  }
}
