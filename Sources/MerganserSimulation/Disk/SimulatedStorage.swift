import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A disk as one process uses it: a storage that can fail, and crash at any of its writes.
final class SimulatedStorage: RecoverableStorage {
  private let disk: SimulatedDisk
  private let session: Int

  /// How long requests are kept; `nil` for ever.
  let requestLifetime: Duration?

  init(_ disk: SimulatedDisk, session: Int, requestLifetime: Duration?) {
    self.disk = disk
    self.session = session
    self.requestLifetime = requestLifetime
  }

  var identity: StoreIdentity { disk.identity }
  var waitsForDisk: Bool { true }
  var checkpointInterval: Int? { disk.kept.checkpointInterval }
  var acceptedTime: HybridTime { disk.acceptedTime }
  var peers: KnownPeers { disk.kept.peers }

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in try disk.append(versions) }
  }

  func snapshot() throws(StorageError) -> any VersionSnapshot {
    try disk.check(session)
    return try disk.snapshot()
  }

  func store(_ step: CheckpointStep) throws(StorageError) {
    try disk.store(step, in: session)
  }

  func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {
    disk.kept.note(peer, holds: vector, at: time)
  }

  func forget(_ peer: ReplicaID) throws(StorageError) -> Bool {
    try disk.write(in: session) { disk.kept.forget(peer) }
  }

  func truncate() throws(StorageError) -> Bool {
    try disk.write(in: session) { () throws(StorageError) in try disk.truncate() }
  }

  func retract(_ origin: ReplicaID, to end: Head?) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in
      try disk.retract(origin, to: end)
    }
  }

  func updateSchema(_ schema: SchemaDescription) throws(StorageError) {
    try disk.write(in: session) { disk.updateSchema(schema) }
  }

  func acceptTimes(upTo time: HybridTime) throws(StorageError) {
    try disk.write(in: session) { disk.acceptTimes(upTo: time) }
  }

  func shadow() throws(StorageError) -> (any ShadowStorage)? {
    try disk.write(in: session) { () throws(StorageError) in
      try disk.damage?.checkRecords()
      guard let shadow = try disk.kept.shadow() else { return nil }
      return SimulatedShadow(shadow, on: disk, session: session)
    }
  }

  func replace(with shadow: any ShadowStorage) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in
      guard let shadow = shadow as? SimulatedShadow else { return }
      try disk.replace(with: shadow)
    }
  }
}
