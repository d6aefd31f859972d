import MerganserModel
import MerganserTypes

extension StorageError {
  /// What is wrong with a log that has a version which cannot be applied.
  init(_ error: ReplicationError, of version: StoredVersion) {
    if case .unreadable(_, _, let row) = error {
      self = .unreadableRow(row)
    } else {
      self = .damaged(
        place: "version \(Dot(version.origin, sequence: version.sequences.lowerBound))",
        reason: "\(error)")
    }
  }
}
