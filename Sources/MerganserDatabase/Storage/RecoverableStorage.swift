package import MerganserModel
package import MerganserTypes

/// A storage that is somebody's, and that is read back before anything is written to it: what a replica is opened on.
package protocol RecoverableStorage: VersionStorage {
  /// Whose storage it is.
  var identity: StoreIdentity { get }

  /// Takes the last versions of an origin out of the log, which then ends with `end`, or is empty.
  ///
  /// No row has what they wrote: no checkpoint has taken them in.
  func retract(_ origin: ReplicaID, to end: Head?) throws(StorageError)
}
