import MerganserDatabase
import MerganserModel

extension SteppedReplica {
  /// Whether a session may go on here: a ``Replica`` that does not say so waits.
  ///
  /// - Throws: ``SessionError``, if it never will; ``/MerganserModel/StorageError``.
  package func hasReached(_ token: SessionToken) throws -> Bool {
    guard database.guarantees.contains(.reachedSessions) else { return true }
    let snapshot = snapshot
    guard snapshot.missing(of: token).isEmpty else { return false }
    try snapshot.compare(token) { try writer.storage.snapshot() }
    return true
  }
}
