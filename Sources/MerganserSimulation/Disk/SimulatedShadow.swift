import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A copy on a simulated disk that can take its place; it fails and crashes with the disk.
final class SimulatedShadow: ShadowStorage {
  let kept: any ShadowStorage
  private let disk: SimulatedDisk
  private let session: Int

  init(_ kept: any ShadowStorage, on disk: SimulatedDisk, session: Int) {
    self.kept = kept
    self.disk = disk
    self.session = session
  }

  var waitsForDisk: Bool { true }
  var checkpointInterval: Int? { kept.checkpointInterval }

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in try kept.append(versions) }
  }

  func snapshot() throws(StorageError) -> any VersionSnapshot {
    try disk.check(session)
    return try kept.snapshot()
  }

  func store(_ step: CheckpointStep) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in try kept.store(step) }
  }

  func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in try kept.advance(to: heads) }
  }

  func discard() { kept.discard() }
}
