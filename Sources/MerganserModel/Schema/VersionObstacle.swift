package import MerganserTypes

/// What keeps a version of another replica from being applied.
///
/// A refusal is for good, so it follows from the version and from what never changes. What can become true later
/// is waited for: other replicas may have what makes it true.
package enum VersionObstacle: Error, Equatable {
  /// It is refused for good.
  case refused(ReplicationError)
  /// It comes before what it names.
  case early(VersionVector)
  /// It waits until something else comes.
  case held(ReplicationError, until: HeldReason)
}

/// What a version is waiting for that no number names.
package enum HeldReason: Equatable, Sendable {
  /// A change in a row.
  case row(table: Int, key: [UInt8])
  /// The end of an identity.
  case cut
}
