public import MerganserModel
public import MerganserTypes

/// What a log knows of the version of an origin that ends at a sequence number.
public enum HistoryEntry: Hashable, Sendable {
  /// The version's hash.
  case hash(UInt64)
  /// The log has the origin's history there, and no version ends at the number.
  case noVersionEnds
  /// The log does not reach so far, or no longer has the version, and its spine has no hash of it.
  case unknown
}

/// Tells the hashes of versions, by which two histories of one origin are told apart.
public protocol VersionHistory {
  /// What is known of `origin`'s version that ends at `sequence`.
  func entry(of origin: ReplicaID, endingAt sequence: UInt64) throws(StorageError) -> HistoryEntry

  /// The format of `origin`'s last version; `nil` if it is not known.
  func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8?
}

/// How histories compare with those of another replica.
public struct HistoryComparison: Hashable, Sendable {
  /// Where a history here parts from the other replica's; `nil` if none does, as far as is known here.
  public var fork: ReplicationError?
  /// The origins whose versions cannot be compared: the history here goes further, and neither the log nor the
  /// spine has the version with which the other replica's history ends.
  public var unknown: Set<ReplicaID> = []

  /// The comparison of histories that agree.
  public init() {}
}

/// The history of which nothing is known.
public struct NoHistory: VersionHistory {
  /// The history of which nothing is known.
  public init() {}

  /// Nothing is known.
  public func entry(of origin: ReplicaID, endingAt sequence: UInt64) -> HistoryEntry { .unknown }

  /// It is not known.
  public func formatOfLastVersion(of origin: ReplicaID) -> UInt8? { nil }
}

extension VersionSnapshot {
  /// What the log, or the spine below its truncation, knows of `origin`'s version that ends at `sequence`.
  ///
  /// - Complexity: as ``versions(of:after:)``, and one version read, or a block of the spine.
  public func entry(
    of origin: ReplicaID, endingAt sequence: UInt64
  ) throws(StorageError) -> HistoryEntry {
    guard let head = head(of: origin), sequence <= head.sequence else { return .unknown }
    if head.sequence == sequence { return .hash(head.hash) }
    if let end = truncation(of: origin) {
      if end.sequence == sequence { return .hash(end.hash) }
      if sequence < end.sequence { return try state.spineEntry(of: origin, endingAt: sequence) }
    }
    if sequence == 0 { return .hash(0) }
    guard let next = try versions(of: origin, after: sequence).next() else { return .unknown }
    return next.sequences.lowerBound == sequence + 1 ? .hash(next.previousHash) : .noVersionEnds
  }

  /// Compares the histories here with those that go through the given versions.
  ///
  /// - Complexity: O(*n*) in the number of origins, and a version or a block of the spine read for each whose
  ///   log goes further.
  public func comparison(
    with heads: [ReplicaID: Head]
  ) throws(StorageError) -> HistoryComparison {
    var comparison = HistoryComparison()
    for (origin, head) in heads.sorted(by: { $0.key < $1.key }) {
      guard let own = self.head(of: origin), own != head, head.sequence <= own.sequence else {
        continue
      }
      switch try entry(of: origin, endingAt: head.sequence) {
      case .hash(head.hash): continue
      case .unknown: comparison.unknown.insert(origin)
      case .hash, .noVersionEnds:
        comparison.fork =
          comparison.fork ?? .forkedHistory(origin: origin, sequence: head.sequence)
      }
    }
    return comparison
  }

  /// How far the histories here are known to go through the given versions: of each origin the version's
  /// number, or 0 where another version, or none that is known, ends there.
  ///
  /// What another replica says that it holds is told by numbers and hashes. A number without the hash could
  /// be that of another branch of the origin's history.
  ///
  /// - Complexity: as ``comparison(with:)``.
  public func verifiedVector(of heads: [ReplicaID: Head]) throws(StorageError) -> VersionVector {
    var vector = VersionVector()
    // In their order each origin is entered at the end, and moves no other.
    for (origin, head) in heads.sorted(by: { $0.key < $1.key })
    where try entry(of: origin, endingAt: head.sequence) == .hash(head.hash) {
      vector[origin] = head.sequence
    }
    return vector
  }

  /// The format of `origin`'s last version; `nil` if it is not known.
  public func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8? {
    guard let head = head(of: origin) else { return nil }
    guard head.sequence > truncation(of: origin)?.sequence ?? 0 else {
      return try state.truncatedFormat(of: origin)
    }
    return try versions(of: origin, after: head.sequence - 1).next()?.format
  }
}

extension VersionStorage {
  /// What the log knows of `origin`'s version that ends at `sequence`.
  public func entry(
    of origin: ReplicaID, endingAt sequence: UInt64
  ) throws(StorageError) -> HistoryEntry {
    try snapshot().entry(of: origin, endingAt: sequence)
  }

  /// The format of `origin`'s last version; `nil` if it is not known.
  public func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8? {
    try snapshot().formatOfLastVersion(of: origin)
  }
}

/// The ends of versions that were applied lately, and may not be in the log yet.
///
/// - Complexity: O(1) to add one, on average also where a copy is kept of what was there before; O(log *n*) to
///   look one up.
package struct RecentEnds: Sendable {
  private struct End {
    let head: Head
    /// The number behind which the version begins.
    let before: UInt64

    /// What the version tells of a number; `nil` if it does not have that.
    func entry(endingAt sequence: UInt64) -> HistoryEntry? {
      if sequence == head.sequence { return .hash(head.hash) }
      return before < sequence && sequence < head.sequence ? .noVersionEnds : nil
    }
  }

  /// The last ones, in the order in which they came: few, so that a change of a copy copies little.
  private var last: [(origin: ReplicaID, end: End)] = []
  /// Those before, by origin, in ascending order.
  private var earlier: [ReplicaID: [End]] = [:]
  /// How many stand in `earlier`.
  private var count = 0
  /// How many are kept at most where nobody says that they are stored.
  private static let limit = 1 << 14
  /// How many the last ones are at most.
  private static let lastLimit = 64

  /// Nothing was applied lately.
  package init() {}

  /// Notes that a version of an origin ends so, which begins behind the given number.
  package mutating func append(_ head: Head, behind before: UInt64, of origin: ReplicaID) {
    if last.count >= Self.lastLimit { settle() }
    last.append((origin, End(head: head, before: before)))
  }

  /// Puts the last ones among those before.
  private mutating func settle() {
    if count + last.count > Self.limit {
      earlier.removeAll(keepingCapacity: true)
      count = 0
    }
    // Most follow others of their origin.
    var open = last[...]
    while let origin = open.first?.origin {
      let run = open.prefix { $0.origin == origin }
      earlier[origin, default: []] += run.lazy.map(\.end)
      open = open.dropFirst(run.count)
    }
    count += last.count
    last.removeAll(keepingCapacity: true)
  }

  /// Takes notice that all of them are in the log.
  package mutating func removeAll() {
    last.removeAll(keepingCapacity: true)
    if count == 0 { return }
    earlier.removeAll(keepingCapacity: true)
    count = 0
  }

  /// What is known of `origin`'s version that ends at `sequence`; `nil` if it is not among these.
  package func entry(of origin: ReplicaID, endingAt sequence: UInt64) -> HistoryEntry? {
    for (other, end) in last where other == origin {
      if let entry = end.entry(endingAt: sequence) { return entry }
    }
    guard let known = earlier[origin] else { return nil }
    var low = 0
    var high = known.count
    while low < high {
      let middle = (low + high) / 2
      if known[middle].head.sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low < known.count ? known[low].entry(endingAt: sequence) : nil
  }
}
