public import MerganserTypes

/// What went wrong where versions are kept.
public enum StorageError: MerganserError, Equatable {
  /// A version does not continue its origin's log: it should begin at `expected`.
  case gap(origin: ReplicaID, expected: UInt64, found: UInt64)
  /// A version's link does not name the version before it: two histories of one identity exist.
  case forkedHistory(origin: ReplicaID, sequence: UInt64)
  /// A version, or all versions of one append together, are larger than a storage takes at once.
  case tooLarge(size: Int, limit: Int)
  /// The log no longer has an origin's versions up to `sequence`; its state has what they wrote.
  case truncated(origin: ReplicaID, sequence: UInt64)
  /// A checkpoint names, as an origin's last version in the rows, one that the log does not have there.
  case checkpointMismatch(origin: ReplicaID, sequence: UInt64)
  /// Stored bytes are not what was written; `place` says which, `reason` what is wrong with them.
  case damaged(place: String, reason: String)
  /// The bytes of one row are not what its table holds; the other rows are as they were.
  case unreadableRow(UnreadableRow)
  /// The path holds no store, or holds one that cannot be used as asked.
  case unusable(path: String, reason: String)
  /// The store is open already, here or in another process.
  case inUse(path: String)
  /// The store was written in a format that this version of the program does not read.
  case unsupportedFormat(path: String, found: UInt64, supported: ClosedRange<UInt64>)
  /// The disk has no room for what was to be written; nothing of it was kept.
  case diskFull(path: String)
  /// The disk failed in the one write that makes a commit valid: it is there, as a whole, or it is not. The
  /// store takes nothing more until it is opened again, which tells.
  case inDoubt(path: String, reason: String)
  /// The operating system or LMDB refused an operation.
  case system(operation: String, path: String, code: Int32, message: String)
  /// A snapshot was kept for longer than the store allows once newer ones are there; take a new one.
  case snapshotTooOld(path: String)
  /// The store was closed, or was opened before this process forked off.
  case closed(path: String)
  /// An option is out of its range.
  case invalidOption(OptionError)
}

extension StorageError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .gap(let origin, let expected, let found):
      "a version of replica \(origin.shortDescription) begins at \(found), where \(expected) follows"
    case .forkedHistory(let origin, let sequence):
      """
      replica \(origin.shortDescription) has two histories that part at \(sequence): a copy of it \
      has been written to; give the copy an identity of its own
      """
    case .tooLarge(let size, let limit):
      "\(size) bytes are more than the \(limit) that can be written at once; write less in one transaction"
    case .truncated(let origin, let sequence):
      """
      the log has the versions of replica \(origin.shortDescription) beyond \(sequence) only; \
      what came before is in the stored rows
      """
    case .checkpointMismatch(let origin, let sequence):
      """
      a checkpoint cannot reach to version \(sequence) of replica \(origin.shortDescription), \
      which is not where the log has it
      """
    case .damaged(let place, let reason): "\(place) is damaged: \(reason)"
    case .unreadableRow(let row):
      "\(row); use the program that wrote it, or delete the row with that program"
    case .unusable(let path, let reason): "\(path): \(reason)"
    case .inUse(let path): "\(path) is in use; close it there first"
    case .unsupportedFormat(let path, let found, let supported):
      """
      \(path) has format \(found), and this program reads \(supported.lowerBound) to \
      \(supported.upperBound); use the version of the program that wrote it, or a newer one
      """
    case .diskFull(let path): "no room is left on the disk of \(path); nothing was lost, make room"
    case .inDoubt(let path, let reason):
      """
      \(path): the disk failed at the end of a write, which is there or not (\(reason)); close the store \
      and open it again to see
      """
    case .system(let operation, let path, let code, let message):
      "\(operation) \(path): \(message) (\(code))"
    case .snapshotTooOld(let path):
      "this snapshot of \(path) has grown older than its store allows; take a new one"
    case .closed(let path):
      "\(path) has been closed, or was opened by a process before it forked; open it again"
    case .invalidOption(let error): error.description
    }
  }
}
