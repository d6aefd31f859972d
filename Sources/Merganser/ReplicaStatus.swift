import MerganserLog
import MerganserModel
import Synchronization

/// How a replica and its store are at one moment, for whoever watches them.
public struct ReplicaStatus: Hashable, Sendable {
  /// How many snapshots of the store this process keeps, the replica's own among them; 0 in memory.
  public var snapshots = 0
  /// How old the oldest of them is that does not show the last commit; `nil` if all show it.
  ///
  /// For so long the store cannot use the room again that has become free since.
  public var oldestSnapshot: Duration?
  /// How many bytes the log takes; 0 in memory.
  public var logBytes = 0
  /// How many bytes of versions no checkpoint has begun to store.
  public var checkpointLag = 0
  /// How many other replicas are known, for which the log is kept.
  public var peers = 0
  /// How many writes the one of them that is furthest behind is not known to hold.
  public var furthestBehind: UInt64 = 0
  /// How many stored rows were found in memory since the replica was opened, where they had been kept.
  public var cacheHits = 0
  /// How many had to be looked for on the disk, or in the system's memory of it, and decoded.
  public var cacheMisses = 0
  /// How many bytes of stored rows are kept in memory now.
  public var cacheBytes = 0

  /// The status of a replica that has done nothing yet.
  public init() {}
}

extension Replica {
  /// How the replica and its store are now.
  ///
  /// - Complexity: O(*n* · *m*) for *n* known peers and *m* origins.
  /// - Throws: ``/MerganserModel/StorageError``.
  public func status() async throws -> ReplicaStatus {
    try await writer.onWriter { writer in try writer.status() }
  }
}

extension Writer {
  /// How often observers are told the status at most, but for what changes it much.
  private static let statusInterval = Duration.seconds(1)

  /// How the replica and its store are now.
  func status() throws(StorageError) -> ReplicaStatus {
    var status = ReplicaStatus()
    if let store = storage as? LogStore {
      // Measured before a snapshot is taken for it.
      let snapshots = store.openSnapshots
      status.snapshots = snapshots.count
      status.oldestSnapshot = snapshots.oldestStale
      status.logBytes = try store.logBytes
    }
    let database = database.withLock { $0 }
    status.checkpointLag = database.bytesSinceCheckpoint
    let lags = storage.peers.lags(behind: database.snapshot.vector)
    status.peers = lags.count
    status.furthestBehind = lags.values.max() ?? 0
    if let use = database.cache?.use {
      status.cacheHits = use.hits
      status.cacheMisses = use.misses
      status.cacheBytes = use.bytes
    }
    return status
  }

  /// Tells observers the status, on the writer: if it was told just now, only if it `isDue` all the same.
  func tellStatus(isDue: Bool) {
    guard !observers.isEmpty else { return }
    let now = ContinuousClock.now
    let tells = maintenance.withLock { maintenance in
      guard isDue || maintenance.lastStatus.map({ now - $0 >= Self.statusInterval }) ?? true else {
        return false
      }
      maintenance.lastStatus = now
      return true
    }
    // Where it cannot be told, something else has failed, and that is told.
    if tells, let status = try? status() { observers.tell(.status(status)) }
  }
}
