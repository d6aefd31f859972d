import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A copy on a simulated disk that can take its place; it fails and crashes with the disk.
///
/// It is used by one thread.
final class SimulatedShadow: ShadowStorage, @unchecked Sendable {
  let kept: any ShadowStorage
  /// The block of the copy that is damaged, as it was in what was copied.
  private(set) var damage: DamagedBlock?
  private let disk: SimulatedDisk
  private let session: Int

  init(_ kept: any ShadowStorage, on disk: SimulatedDisk, session: Int) {
    self.kept = kept
    damage = disk.damage
    self.disk = disk
    self.session = session
  }

  var waitsForDisk: Bool { true }
  var checkpointInterval: Int? { kept.checkpointInterval }

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in
      for version in versions where version.sequences.lowerBound > 1 {
        let before = version.sequences.lowerBound - 1
        try damage?.checkVersions(of: version.origin, in: before...before)
      }
      try kept.append(versions)
    }
  }

  func snapshot() throws(StorageError) -> any VersionSnapshot {
    try disk.check(session)
    let whole = try kept.snapshot()
    guard let damage else { return whole }
    return DamagedSnapshot(whole: whole, block: damage)
  }

  func store(_ step: CheckpointStep) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in
      try kept.store(step)
      damage = damage?.outlasting(step)
    }
  }

  func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    try disk.write(in: session) { () throws(StorageError) in
      for (origin, head) in heads where head.sequence > 0 {
        try damage?.checkVersions(of: origin, in: 1...head.sequence)
      }
      try kept.advance(to: heads)
    }
  }

  func discard() { kept.discard() }
}
