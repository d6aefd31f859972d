import MerganserDatabase
import MerganserModel

extension RecoverableStorage {
  /// Reads back what the storage holds into a database, before anything is written to it.
  ///
  /// Versions that cannot be applied, and what rests on them, are set aside and leave the log: an earlier program
  /// took them, or a store that no program had open and that knew less of its types.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; a crash or a failure leaves a storage that can be read back anew.
  func recover(_ database: inout Database) throws(StorageError) {
    let recovery = try database.recover(judging: try snapshot())
    if recovery.isWhole { return }
    var step: [SetAsideVersion] = []
    var size = 0
    for version in recovery.setAside {
      if size > 0, size + version.version.payload.count > 4 << 20 {
        try store(CheckpointStep(settingAside: step))
        step = []
        size = 0
      }
      step.append(version)
      size += version.version.payload.count
    }
    if !step.isEmpty { try store(CheckpointStep(settingAside: step)) }
    for (origin, head) in recovery.ends { try retract(origin, to: head) }
    database.rest(on: try snapshot().state)
  }
}
