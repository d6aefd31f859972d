public import MerganserModel

// Checkpoints: storing what memory holds, behind the writers' backs.
extension Database {
  /// How many bytes of versions have been taken in since the last checkpoint began.
  public var bytesSinceCheckpoint: Int { uncheckpointed }

  /// Whether a checkpoint is under way.
  public var isCheckpointing: Bool { checkpoint != nil }

  /// Begins a checkpoint of all that has been taken in, unless one is under way.
  ///
  /// A database that rests on nothing stored, neither by ``recover(from:)`` nor by ``rest(on:)``, has
  /// nowhere to store it, and begins none.
  public mutating func beginCheckpoint() {
    guard checkpoint == nil, state.restsOnStored else { return }
    checkpoint = CheckpointProgress(
      result: Checkpoint(heads: state.heads, declared: declared, time: clock.latest))
    state.freeze()
    uncheckpointed = 0
  }

  /// The next step of the checkpoint under way, of about `limit` bytes; `nil` if none is.
  ///
  /// Once it has been stored, ``rest(on:)`` follows with what is stored then. If storing it fails, the
  /// database is to be taken back to what it was before.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public mutating func nextCheckpointStep(
    limit: Int = 1 << 18
  ) throws(StorageError) -> CheckpointStep? {
    guard var progress = checkpoint else { return nil }
    let step = try state.step(&progress, limit: limit, catalog: catalog)
    checkpoint = progress
    return step
  }

  /// Reads rows that are not in memory from `stored` from now on.
  ///
  /// It holds what this database's checkpoint steps have stored and nothing else. If it holds the last
  /// of them, what it stored is let go of in memory.
  public mutating func rest(on stored: any StoredState) {
    let isComplete = checkpoint.map { $0.hasEnded && stored.checkpoint == $0.result } ?? false
    state.rest(on: stored, isComplete: isComplete)
    if isComplete { checkpoint = nil }
  }
}
