import Merganser
import MerganserDatabase
import Synchronization

/// A storage that fails when it is told so.
final class FailingStorage: VersionStorage {
  /// Which calls fail.
  private struct Plan {
    /// Whether the disk has no room for anything.
    var isFull = false
    /// How many calls go well before one fails; `nil` if none is to fail.
    var callsLeft: Int?
  }

  private let plan = Mutex(Plan())
  /// What keeps everything.
  let kept: any VersionStorage

  init(_ kept: any VersionStorage = MemoryStorage()) {
    self.kept = kept
  }

  /// Has nothing that is written any room from now on, or again.
  func isFull(_ isFull: Bool) { plan.withLock { $0.isFull = isFull } }

  /// Lets one call fail, after as many others.
  func fail(after calls: Int) { plan.withLock { $0.callsLeft = calls } }

  /// Lets no call fail any more, and tells whether one has failed.
  func disarm() -> Bool {
    plan.withLock { plan in
      defer { plan.callsLeft = nil }
      return plan.callsLeft == nil
    }
  }

  private func call(writes: Bool) throws(StorageError) {
    try plan.withLock { plan throws(StorageError) in
      if plan.isFull, writes { throw .diskFull(path: "here") }
      guard let left = plan.callsLeft else { return }
      plan.callsLeft = left > 0 ? left - 1 : nil
      if left == 0 { throw .unusable(path: "here", reason: "this call was to fail") }
    }
  }

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    try call(writes: true)
    try kept.append(versions)
  }

  func updateSchema(_ schema: SchemaDescription) throws(StorageError) {
    try call(writes: true)
    try kept.updateSchema(schema)
  }

  func snapshot() throws(StorageError) -> any VersionSnapshot {
    try call(writes: false)
    return try kept.snapshot()
  }

  func stateForWriter() throws(StorageError) -> any StoredState {
    try call(writes: false)
    return try kept.stateForWriter()
  }

  var waitsForDisk: Bool { kept.waitsForDisk }
  var checkpointInterval: Int? { kept.checkpointInterval }

  func store(_ step: CheckpointStep) throws(StorageError) {
    try call(writes: true)
    try kept.store(step)
  }

  var peers: KnownPeers { kept.peers }

  func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {
    kept.note(peer, holds: vector, at: time)
  }

  func forget(_ peer: ReplicaID) throws(StorageError) -> Bool {
    try call(writes: true)
    return try kept.forget(peer)
  }

  func truncate() throws(StorageError) -> Bool {
    try call(writes: true)
    return try kept.truncate()
  }

  func shadow() throws(StorageError) -> (any ShadowStorage)? {
    try call(writes: true)
    return try kept.shadow()
  }

  func replace(with shadow: any ShadowStorage) throws(StorageError) {
    try call(writes: true)
    try kept.replace(with: shadow)
  }
}
