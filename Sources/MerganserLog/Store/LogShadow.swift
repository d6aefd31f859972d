public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// A copy of a store in the same folder, beside it, that can take the store's place.
///
/// It is made without the store's free pages, while the store goes on
/// (``LogStore/beginShadow()``). It can be written to like a store, and nobody sees it until
/// `LogStore.replace(with:)`: then, from one moment to the next, it is the store. Until then
/// the store is what it was; a crash at any moment leaves exactly one of the two, and what is left of
/// the other is removed when the store is opened next.
///
/// Two things rest on it. A store is made smaller (``LogStore/compact()``): nothing but what was
/// written meanwhile is added to the copy. And the rows of another replica are taken in, all of them or
/// none: they are merged into the copy's rows, ``advance(to:)`` tells up to which versions, and the rest
/// of the log stays.
public final class LogShadow: ShadowStorage {
  let store: LogStore
  /// The store that it is a copy of.
  private let original: LogStore

  init(_ store: LogStore, of original: LogStore) {
    self.store = store
    self.original = original
  }

  /// Appends versions, as ``LogStore/append(_:)`` does, without waiting for the disk.
  public func append(_ versions: [StoredVersion]) throws(StorageError) {
    try store.append(versions)
  }

  /// Appending waits for a disk.
  public var waitsForDisk: Bool { true }

  /// After how many bytes of versions a checkpoint is due, as in the store.
  public var checkpointInterval: Int? { store.checkpointInterval }

  /// Stores rows, as ``LogStore/store(_:)`` does, without waiting for the disk.
  public func store(_ step: CheckpointStep) throws(StorageError) {
    try store.store(step)
  }

  /// What the shadow holds now.
  public func snapshot() throws(StorageError) -> any VersionSnapshot {
    try store.snapshot()
  }

  /// Declares that the shadow's rows have all versions up to the given ones, so that none of them are
  /// needed in its log.
  ///
  /// The log then begins behind them, and goes on from where it goes further. A checkpoint that
  /// has taken them in is to be stored next.
  ///
  /// - Complexity: O(*b* log *n*) for the *b* blocks that are taken out.
  /// - Throws: ``/MerganserModel/StorageError/forkedHistory(origin:sequence:)``, if the log has another version as one
  ///   of these.
  public func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    try store.advance(to: heads)
  }

  /// Removes the shadow; the store that it is a copy of can then begin another.
  ///
  /// A shadow that is released is discarded too. One that has become the store stays as it is.
  public func discard() {
    store.remove()
    original.forget(self)
  }

  deinit { discard() }
}

/// What a store notes for its shadow.
struct ShadowNotes {
  /// How much of the steps is kept for a shadow, and at least one, however large its row is; with more, the
  /// shadow has to be begun anew.
  static let limit = 64 << 20

  /// The shadow's store, once its copy is made.
  var store: LogStore?
  /// What was stored since the copy was begun.
  private(set) var steps: [CheckpointStep] = []
  /// Whether rows were stored, which are as they were in the copy.
  private(set) var hasRows = false
  private var bytes = 0

  /// Notes a step that was stored.
  mutating func note(_ step: CheckpointStep, size: Int) {
    hasRows =
      hasRows || step.completes != nil
      || step.changes.contains { $0.space != .aside && $0.space != .spine }
    bytes += min(size, Self.limit)
    if isOverfull { steps = [] } else { steps.append(step) }
  }

  /// Whether more was stored than is kept.
  var isOverfull: Bool { bytes > Self.limit }

  /// The steps that were noted and not yet taken.
  mutating func takeSteps() -> [CheckpointStep] {
    defer {
      steps = []
      bytes = 0
    }
    return steps
  }
}
