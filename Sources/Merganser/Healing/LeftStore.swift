package import MerganserDatabase
import MerganserModel

/// A store that leaves its branch of a fork: it is read only.
package struct LeftStore: Sendable {
  /// Whose store it is.
  let identity: StoreIdentity
  /// Where it is, for errors.
  let path: String
  /// What its log holds.
  let snapshot: @Sendable () throws(StorageError) -> any VersionSnapshot

  /// The store of the given parts.
  package init(
    of identity: StoreIdentity, at path: String,
    snapshot: @escaping @Sendable () throws(StorageError) -> any VersionSnapshot
  ) {
    self.identity = identity
    self.path = path
    self.snapshot = snapshot
  }
}
