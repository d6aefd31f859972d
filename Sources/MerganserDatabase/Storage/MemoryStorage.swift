import MerganserTypes
import Synchronization

/// Versions in memory: what a replica without a disk uses, and every test of one that has.
public final class MemoryStorage: VersionStorage {
  private let logs = Mutex<[ReplicaID: [StoredVersion]]>([:])

  /// A storage that holds nothing.
  public init() {}

  /// Appends versions, all of them or none.
  public func append(_ versions: [StoredVersion]) throws(StorageError) {
    try Self.checkSize(versions)
    try logs.withLock { logs throws(StorageError) in
      var heads: [ReplicaID: Head] = [:]
      for version in versions {
        try version.checkFollows(heads[version.origin] ?? logs[version.origin]?.last?.head)
        heads[version.origin] = version.head
      }
      for version in versions { logs[version.origin, default: []].append(version) }
    }
  }

  /// What has been appended up to now.
  public func snapshot() throws(StorageError) -> any VersionSnapshot {
    Snapshot(logs: logs.withLock { $0 })
  }

  private struct Snapshot: VersionSnapshot {
    let logs: [ReplicaID: [StoredVersion]]

    var heads: [ReplicaID: Head] {
      logs.compactMapValues { $0.last?.head }
    }

    func versions(of origin: ReplicaID, after sequence: UInt64) -> any VersionReader {
      let log = logs[origin] ?? []
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
