package import MerganserModel
import MerganserTypes

extension CheckpointStep {
  /// Stores what came of versions besides those that were applied: which are set aside, and how many
  /// dependencies could not be verified; `nil` if there is nothing to store.
  ///
  /// - Parameters:
  ///   - reception: what came of the versions.
  ///   - state: what is stored now.
  /// - Throws: ``/MerganserModel/StorageError``, if what is stored cannot be read.
  package init?(
    keeping reception: Database.Reception, in state: () throws(StorageError) -> any StoredState
  ) throws(StorageError) {
    guard !reception.setAside.isEmpty || reception.unverified > 0 else { return nil }
    self.init([])
    var displaced = reception.displaced[...]
    for (position, version) in reception.setAside.enumerated() {
      while let first = displaced.first, first.position <= position {
        changes.append(Change(.aside, key: first.key, value: nil))
        displaced.removeFirst()
      }
      changes.append(Change(.aside, key: version.key, value: version.binaryEncoded()))
    }
    guard reception.unverified > 0 else { return }
    var encoder = BinaryEncoder(reservingCapacity: 8)
    encoder.encode(fixed64: try state().unverifiedDependencies() &+ UInt64(reception.unverified))
    changes.append(Change(.spine, key: SpineEntry.unverifiedKey, value: encoder.bytes))
  }
}
