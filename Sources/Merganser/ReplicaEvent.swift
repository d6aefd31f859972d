public import MerganserDatabase
public import MerganserModel
public import MerganserSync

/// Something that a replica did, for whoever counts, measures or logs it.
public enum ReplicaEvent: Sendable {
  /// What waited at the same time was stored together.
  case stored(StoredGroup)
  /// A group could not be stored; whoever wrote in it was told.
  case storingFailed(StorageError)
  /// A part of a checkpoint was stored.
  case checkpointed(CheckpointPart)
  /// The oldest versions were taken out of the log, which had `from` bytes and has `to`.
  case truncated(from: Int, to: Int)
  /// A part of a checkpoint, or of a truncation, failed; it is tried again after the next group.
  case maintenanceFailed(StorageError)
  /// A request is known now to have committed more than once, at several replicas.
  case executedTwice(DoubleExecution)
  /// Rows are void now that were not, or for another row: by what was written here or has come, or as what they lost to before is
  /// void itself or gone; told again where one is touched again.
  case voided([VoidRow])
  /// What was taken for a request could not be used or given back, now that it has ended; it is tried again behind each
  /// group.
  case holdStuck(RequestID, any Error)
  /// The replica synced with a peer.
  case synced(SyncReport)
  /// Versions came or went by a link since that was told last: at once where something was refused, and otherwise about once a second.
  case linked(SyncReport)
  /// A sync ended before its end.
  case syncFailed(any Error)
  /// How the replica is: about once a second while it works, and after a sync, or when the log was truncated.
  case status(ReplicaStatus)

  /// What was stored together: one append, and one wait for the disk where the storage waits for it.
  public struct StoredGroup: Hashable, Sendable {
    /// How many callers waited for it.
    public var callers: Int
    /// How many versions it has.
    public var versions: Int
    /// How many bytes these have.
    public var bytes: Int
    /// How long the storage took.
    public var duration: Duration
    /// How many bytes of versions no checkpoint has begun to store.
    public var lag: Int
  }

  /// A part of a checkpoint: one transaction of the storage.
  public struct CheckpointPart: Hashable, Sendable {
    /// How many rows and entries were stored or removed.
    public var changes: Int
    /// Whether the checkpoint is complete with it.
    public var isLast: Bool
    /// How long it took, to make and to store.
    public var duration: Duration
  }
}

extension Replica {
  /// Calls `observer` with all that the replica does from now on.
  ///
  /// It is called where it happens, on the writer for what the writer does: it should return at once, and
  /// must not wait for the replica. Where nobody observes, nothing is measured.
  ///
  /// - Parameter observer: what is done with an event.
  public func observe(_ observer: @escaping @Sendable (ReplicaEvent) -> Void) {
    writer.observers.add(observer)
  }
}
