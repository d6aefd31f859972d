public import MerganserTypes

/// What a log knows of the version of an origin that ends at a sequence number.
public enum HistoryEntry: Hashable, Sendable {
  /// The version's hash.
  case hash(UInt64)
  /// The log has the origin's history there, and no version ends at the number.
  case noVersionEnds
  /// The log does not reach so far, or no longer has the version, nor its hash.
  case unknown
}

/// Tells the hashes of versions, by which two histories of one origin are told apart.
public protocol VersionHistory {
  /// What is known of `origin`'s version that ends at `sequence`.
  func entry(of origin: ReplicaID, endingAt sequence: UInt64) throws(StorageError) -> HistoryEntry

  /// The format of `origin`'s last version; `nil` if it is not known.
  func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8?
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
  /// What the log knows of `origin`'s version that ends at `sequence`.
  ///
  /// - Complexity: as ``versions(of:after:)``, and one version read.
  public func entry(
    of origin: ReplicaID, endingAt sequence: UInt64
  ) throws(StorageError) -> HistoryEntry {
    guard let head = head(of: origin), sequence <= head.sequence else { return .unknown }
    if head.sequence == sequence { return .hash(head.hash) }
    if let end = truncation(of: origin) {
      if end.sequence == sequence { return .hash(end.hash) }
      if sequence < end.sequence { return .unknown }
    }
    if sequence == 0 { return .hash(0) }
    guard let next = try versions(of: origin, after: sequence).next() else { return .unknown }
    return next.sequences.lowerBound == sequence + 1 ? .hash(next.previousHash) : .noVersionEnds
  }

  /// Where the log's history of some origin parts from one that goes through the given versions; `nil` if
  /// it does not, as far as the log knows.
  ///
  /// - Complexity: O(*n*) in the number of origins, and a version read for each whose log goes further.
  public func fork(from heads: [ReplicaID: Head]) throws(StorageError) -> ReplicationError? {
    for (origin, head) in heads {
      guard let own = self.head(of: origin), own != head, head.sequence <= own.sequence else {
        continue
      }
      switch try entry(of: origin, endingAt: head.sequence) {
      case .hash(head.hash), .unknown: continue
      case .hash, .noVersionEnds:
        return .forkedHistory(origin: origin, sequence: head.sequence)
      }
    }
    return nil
  }

  /// The format of `origin`'s last version; `nil` if the log has none.
  public func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8? {
    guard let head = head(of: origin), head.sequence > truncation(of: origin)?.sequence ?? 0 else {
      return nil
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

  /// The format of `origin`'s last version; `nil` if the log has none.
  public func formatOfLastVersion(of origin: ReplicaID) throws(StorageError) -> UInt8? {
    try snapshot().formatOfLastVersion(of: origin)
  }
}

/// The ends of versions that were applied lately, and may not be in the log yet.
package struct RecentEnds: Sendable {
  /// By origin, in ascending order.
  private var ends: [ReplicaID: [Head]] = [:]
  /// How many there are.
  private var count = 0
  /// How many are kept at most where nobody says that they are stored.
  private static let limit = 1 << 14

  /// Nothing was applied lately.
  package init() {}

  /// Notes that a version of an origin ends so.
  package mutating func append(_ head: Head, of origin: ReplicaID) {
    if count >= Self.limit { removeAll() }
    ends[origin, default: []].append(head)
    count += 1
  }

  /// Takes notice that all of them are in the log.
  package mutating func removeAll() {
    if count == 0 { return }
    ends.removeAll(keepingCapacity: true)
    count = 0
  }

  /// What is known of `origin`'s version that ends at `sequence`; `nil` if it is not among these.
  package func entry(of origin: ReplicaID, endingAt sequence: UInt64) -> HistoryEntry? {
    guard let known = ends[origin], let first = known.first, first.sequence <= sequence else {
      return nil
    }
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    guard low < known.count else { return nil }
    return known[low].sequence == sequence ? .hash(known[low].hash) : .noVersionEnds
  }
}
