public import MerganserModel
public import MerganserTypes
import Synchronization

/// Versions and rows in memory: what a replica without a disk uses, and every test of one that has.
public final class MemoryStorage: ShadowStorage {
  struct Contents {
    var logs: [ReplicaID: [StoredVersion]] = [:]
    var truncatedTo: [ReplicaID: Head] = [:]
    var state = StateInMemory()
    var peers = KnownPeers()
  }

  /// After how many bytes of versions a checkpoint is due; `nil` for never.
  ///
  /// Rows are in memory anyway: storing them makes recovery faster, and lets the log be truncated.
  public let checkpointInterval: Int?
  /// Whether versions of format 1 are taken from other replicas.
  public let takesUnverifiedVersions: Bool
  /// Whether what is appended has to link to what is there: always, but in simulations.
  private let checksLinks: Bool
  private let retainedVersions: Int?
  /// How many of each origin's versions the log keeps for known peers that lack them.
  private let retainedForPeers: Int
  /// How old a version may be before it is taken out whoever lacks it; `nil` for no limit.
  private let retainedAge: Duration?
  private let retainedSpine: Int
  private let contents = Mutex(Contents())

  /// A storage that holds nothing.
  ///
  /// - Parameters:
  ///   - checkpointInterval: after how many bytes of versions a checkpoint is due; `nil` for never.
  ///   - retainedVersions: how many of each origin's versions the log keeps that a checkpoint covers;
  ///     nothing for all.
  ///   - retainedSpine: how many bytes the numbers and hashes of truncated versions may take before the oldest
  ///     of them are dropped.
  ///   - takesUnverifiedVersions: whether versions of format 1 are taken from other replicas, as
  ///     ``VersionStorage/takesUnverifiedVersions`` says.
  public convenience init(
    checkpointInterval: Int? = nil, retainedVersions: Int? = nil, retainedSpine: Int = 16 << 20,
    takesUnverifiedVersions: Bool = false
  ) {
    self.init(
      checkpointInterval: checkpointInterval, retainedVersions: retainedVersions,
      retainedSpine: retainedSpine, takesUnverifiedVersions: takesUnverifiedVersions,
      checksLinks: true)
  }

  /// As the public form.
  ///
  /// - Parameters:
  ///   - checkpointInterval: after how many bytes of versions a checkpoint is due; `nil` for never.
  ///   - retainedVersions: how many of each origin's versions the log keeps that a checkpoint covers.
  ///   - retainedForPeers: of those that some known peer lacks, how many it keeps at least.
  ///   - retainedAge: how old one may be that is kept; `nil` for no limit.
  ///   - retainedSpine: how many bytes the spine may take.
  ///   - takesUnverifiedVersions: whether versions of format 1 are taken from other replicas.
  ///   - checksLinks: whether what is appended has to link to what is there.
  package init(
    checkpointInterval: Int?, retainedVersions: Int?, retainedForPeers: Int = 0,
    retainedAge: Duration? = nil, retainedSpine: Int,
    takesUnverifiedVersions: Bool, checksLinks: Bool
  ) {
    self.retainedForPeers = retainedForPeers
    self.retainedAge = retainedAge
    self.checksLinks = checksLinks
    self.checkpointInterval = checkpointInterval
    self.retainedVersions = retainedVersions
    self.retainedSpine = retainedSpine
    self.takesUnverifiedVersions = takesUnverifiedVersions
  }

  /// Nothing here waits for a disk.
  public var waitsForDisk: Bool { false }

  /// Appends versions, all of them or none.
  public func append(_ versions: [StoredVersion]) throws(StorageError) {
    try Self.checkSize(versions)
    try contents.withLock { contents throws(StorageError) in
      var heads: [ReplicaID: Head] = [:]
      for version in versions {
        var head = heads[version.origin] ?? contents.head(of: version.origin)
        if !checksLinks { head?.hash = version.previousHash }
        try version.checkFollows(head)
        if versions.count > 1 { heads[version.origin] = version.head }
      }
      for version in versions { contents.logs[version.origin, default: []].append(version) }
    }
  }

  /// Stores a part of a checkpoint.
  public func store(_ step: CheckpointStep) {
    contents.withLock { $0.state.store(step) }
  }

  /// What other replicas are known to hold; the log keeps as many versions whoever lacks them.
  public var peers: KnownPeers { contents.withLock { $0.peers } }

  /// Takes notice of what a peer holds.
  public func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {
    contents.withLock { $0.peers.note(peer, holds: vector, at: time) }
  }

  /// Knows a peer no more.
  public func forget(_ peer: ReplicaID) -> Bool { contents.withLock { $0.peers.forget(peer) } }

  /// Takes the oldest versions out that the last checkpoint covers, but for as many as are retained.
  ///
  /// Their numbers and hashes stay in the spine while there is room.
  public func truncate() throws(StorageError) -> Bool {
    guard let retainedVersions else { return false }
    return try contents.withLock { contents throws(StorageError) in
      guard let checkpoint = contents.state.checkpoint else { return false }
      let oldest = retainedAge.map { checkpoint.time.earlier(by: $0) } ?? .zero
      var spine = SpineMaintenance(contents.state)
      let hasMore = try spine.drop(size: contents.state.spineSize, limit: retainedSpine)
      var truncated = contents
      for (origin, head) in checkpoint.heads {
        let log = contents.logs[origin] ?? []
        let known = log.prefix { $0.sequences.upperBound <= head.sequence }
        // As the log of a store has it: what all peers hold goes first, and what is old whoever lacks it.
        var kept = retainedVersions
        if retainedForPeers > kept {
          let held = contents.peers.held(of: origin, upTo: head.sequence)
          let lacked = known.reversed().prefix { $0.sequences.upperBound > held }.count
          kept = max(kept, min(lacked, retainedForPeers))
        }
        var count = max(0, known.count - kept)
        if retainedAge != nil {
          let old = known.prefix { ((try? $0.decoded())?.time ?? .zero) < oldest }.count
          count = max(count, old)
        }
        try truncated.removeFirst(count, of: origin, spine: &spine)
      }
      truncated.state.store(CheckpointStep(spine.changes))
      contents = truncated
      return hasMore
    }
  }

  /// What has been appended and stored up to now.
  public func snapshot() throws(StorageError) -> any VersionSnapshot {
    contents.withLock { Snapshot(contents: $0) }
  }

  /// A copy, in memory as well.
  public func shadow() throws(StorageError) -> (any ShadowStorage)? {
    let copy = MemoryStorage(
      checkpointInterval: checkpointInterval, retainedVersions: retainedVersions,
      retainedForPeers: retainedForPeers, retainedAge: retainedAge, retainedSpine: retainedSpine,
      takesUnverifiedVersions: takesUnverifiedVersions,
      checksLinks: checksLinks)
    let contents = contents.withLock { $0 }
    copy.contents.withLock { $0 = contents }
    return copy
  }

  /// Takes over what a copy has, and adds what was appended and set aside here meanwhile.
  public func replace(with shadow: any ShadowStorage) throws(StorageError) {
    guard let shadow = shadow as? MemoryStorage else { return }
    let mine = try snapshot()
    let theirs = try shadow.snapshot().heads
    for (origin, head) in mine.heads where head.sequence > theirs[origin]?.sequence ?? 0 {
      let versions = try mine.versions(of: origin, after: theirs[origin]?.sequence ?? 0)
      while let version = try versions.next() { try shadow.append([version]) }
    }
    var contents = shadow.contents.withLock { $0 }
    self.contents.withLock { own in
      contents.peers = own.peers
      contents.state.takeSetAside(from: own.state)
      own = contents
    }
  }

  /// Lets the log begin behind the given versions.
  public func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    try contents.withLock { contents throws(StorageError) in
      var spine = SpineMaintenance(contents.state)
      var advanced = contents
      for (origin, head) in heads {
        let count = contents.logs[origin]?.prefix { $0.sequences.upperBound <= head.sequence }.count
        try advanced.removeFirst(count ?? 0, of: origin, spine: &spine)
        guard advanced.truncatedTo[origin]?.sequence ?? 0 < head.sequence else { continue }
        advanced.truncatedTo[origin] = head
        advanced.state.store(CheckpointStep(spine.changes))
        spine = SpineMaintenance(advanced.state)
        try spine.keep(TruncatedVersions(head), of: origin)
      }
      advanced.state.store(CheckpointStep(spine.changes))
      contents = advanced
    }
  }

  /// Does nothing: memory is given back with the copy.
  public func discard() {}

  /// Takes the last versions of an origin out of the log, which then ends with `end`, or is empty.
  ///
  /// - Throws: ``/MerganserModel/StorageError/checkpointMismatch(origin:sequence:)``, if the log cannot end there.
  package func retract(_ origin: ReplicaID, to end: Head?) throws(StorageError) {
    let end = end ?? Head(sequence: 0, hash: 0)
    try contents.withLock { contents throws(StorageError) in
      let covered = contents.state.checkpoint?.heads[origin]?.sequence ?? 0
      let log = contents.logs[origin] ?? []
      let kept = log.prefix { $0.sequences.upperBound <= end.sequence }
      let last = kept.last?.head ?? contents.truncatedTo[origin] ?? Head(sequence: 0, hash: 0)
      guard covered <= end.sequence, last == end else {
        throw .checkpointMismatch(origin: origin, sequence: end.sequence)
      }
      contents.logs[origin] = kept.isEmpty ? nil : Array(kept)
    }
  }

  private struct Snapshot: VersionSnapshot {
    let contents: Contents

    var heads: [ReplicaID: Head] {
      contents.truncatedTo.merging(contents.logs.compactMapValues { $0.last?.head }) { $1 }
    }

    var truncatedTo: [ReplicaID: Head] { contents.truncatedTo }

    func head(of origin: ReplicaID) -> Head? { contents.head(of: origin) }

    func truncation(of origin: ReplicaID) -> Head? { contents.truncatedTo[origin] }

    var state: any StoredState { contents.state }

    func versions(
      of origin: ReplicaID, after sequence: UInt64
    ) throws(StorageError) -> any VersionReader {
      if let truncatedTo = contents.truncatedTo[origin], sequence < truncatedTo.sequence {
        throw .truncated(origin: origin, sequence: truncatedTo.sequence)
      }
      let log = contents.logs[origin] ?? []
      var low = 0
      var high = log.count
      while low < high {
        let middle = (low + high) / 2
        if log[middle].sequences.upperBound <= sequence { low = middle + 1 } else { high = middle }
      }
      return Reader(log[low...])
    }
  }

  private final class Reader: VersionReader {
    private var rest: ArraySlice<StoredVersion>

    init(_ rest: ArraySlice<StoredVersion>) { self.rest = rest }

    func next() -> StoredVersion? { rest.popFirst() }
  }
}

extension MemoryStorage.Contents {
  /// Takes an origin's oldest versions out of its log.
  fileprivate mutating func removeFirst(
    _ count: Int, of origin: ReplicaID, spine: inout SpineMaintenance
  ) throws(StorageError) {
    guard count > 0, let removed = logs[origin]?.prefix(count), let last = removed.last else {
      return
    }
    var truncated = TruncatedVersions(after: truncatedTo[origin]?.sequence ?? 0)
    truncated.ends = removed.map(\.head)
    truncated.time = (try? last.decoded())?.time ?? .zero
    truncated.format = last.format
    try spine.keep(truncated, of: origin)
    truncatedTo[origin] = last.head
    logs[origin]?.removeFirst(count)
  }

  func head(of origin: ReplicaID) -> Head? {
    logs[origin]?.last?.head ?? truncatedTo[origin]
  }
}

extension StoredVersion {
  /// The head of the origin's log once this version is its last.
  public var head: Head { Head(sequence: sequences.upperBound, hash: hash) }

  /// Checks that this version continues the log of its origin, which ends in `head`.
  public func checkFollows(_ head: Head?) throws(StorageError) {
    let expected = (head?.sequence ?? 0) + 1
    guard sequences.lowerBound == expected else {
      throw .gap(origin: origin, expected: expected, found: sequences.lowerBound)
    }
    guard previousHash == head?.hash ?? 0 else {
      throw .forkedHistory(origin: origin, sequence: sequences.lowerBound)
    }
  }
}
