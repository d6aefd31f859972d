public import MerganserModel
public import MerganserTypes

/// Where a replica's versions are kept: a log by origin, each origin's part without gaps.
///
/// The log is what replicates. Everything else that a replica holds follows from it. One caller at a
/// time appends; snapshots are read from anywhere.
public protocol VersionStorage: AnyObject, Sendable, VersionHistory {
  /// Appends versions, all of them or none, and returns when they are as safe as the storage promises
  /// to make them.
  ///
  /// Each version follows its origin's head: its sequence numbers and its link are checked. No
  /// version is longer than ``StoredVersion/maximumSize``, and all of them together no longer than
  /// ``maximumBatchSize``.
  func append(_ versions: [StoredVersion]) throws(StorageError)

  /// Whether appending waits for a disk; where it does not, a transaction runs on the thread that brings it.
  var waitsForDisk: Bool { get }

  /// What has been appended and stored up to now; what comes later does not show in it.
  func snapshot() throws(StorageError) -> any VersionSnapshot

  /// The stored rows as they are now, for the one who writes.
  ///
  /// A storage that has only so many snapshots keeps one in reserve for this.
  func stateForWriter() throws(StorageError) -> any StoredState

  /// After how many bytes of versions a checkpoint is due; `nil` if no rows are stored, and all
  /// versions are read when the replica is opened.
  var checkpointInterval: Int? { get }

  /// How long what became of a request is kept, counted from its birth; `nil` for no limit.
  var requestLifetime: Duration? { get }

  /// Stores a part of a checkpoint, all of it or nothing.
  func store(_ step: CheckpointStep) throws(StorageError)

  /// What other replicas are known to hold, which the log keeps for them.
  var peers: KnownPeers { get }

  /// Whether versions of format 1 are taken from other replicas.
  ///
  /// These do not name the hashes of what they depend on, so forks cannot be told by them. They are needed
  /// while some replica is still written to by a program that knows format 1 alone, or while
  /// versions that only such a replica holds have to be handed on. They are counted as
  /// unverified, and are never taken behind a version of a later format by the same origin.
  var takesUnverifiedVersions: Bool { get }

  /// Takes notice of what a peer holds of the history that is here, and was met at the given time.
  ///
  /// Numbers alone do not tell that a peer holds this history and not another branch of it: the vector is one
  /// that was verified by hashes (``VersionSnapshot/verifiedVector(of:)``).
  /// It returns at once. What is known is stored with whatever is stored next of checkpoints or truncations, and
  /// when the storage is closed: should it be lost, the log keeps less, and nothing else.
  func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime)

  /// Keeps nothing for a peer any more, and returns when that is as safe as the storage makes it.
  ///
  /// Returns whether the peer was known.
  func forget(_ peer: ReplicaID) throws(StorageError) -> Bool

  /// Takes a bounded number of the oldest versions out of the log that the last checkpoint covers
  /// and that the storage is not asked to retain.
  ///
  /// Returns whether there are more.
  func truncate() throws(StorageError) -> Bool

  /// A copy that can be written to and take this storage's place, while this one goes on; `nil` if
  /// there is no such thing.
  func shadow() throws(StorageError) -> (any ShadowStorage)?

  /// Lets a shadow of this storage take its place, with what was appended here meanwhile; all at once.
  ///
  /// No checkpoint is stored here between ``shadow()`` and this.
  func replace(with shadow: any ShadowStorage) throws(StorageError)

  /// The time up to which the replica was told to accept times of others.
  var acceptedTime: HybridTime { get }

  /// Records that times up to the given one are accepted, and returns when that is as safe as versions are.
  func acceptTimes(upTo time: HybridTime) throws(StorageError)

  /// Records the schema, which has grown, and returns when that is as safe as versions are.
  func updateSchema(_ schema: SchemaDescription) throws(StorageError)
}

/// A copy of a storage that can take its place.
public protocol ShadowStorage: VersionStorage {
  /// Declares that the rows have all versions up to the given ones: the log begins behind them, and goes
  /// on from where it goes further.
  func advance(to heads: [ReplicaID: Head]) throws(StorageError)

  /// Does away with the copy, unless it has taken the storage's place.
  func discard()
}

extension VersionStorage {
  /// The rows of a snapshot.
  public func stateForWriter() throws(StorageError) -> any StoredState { try snapshot().state }

  /// None: no rows are stored.
  public var checkpointInterval: Int? { nil }

  /// No limit.
  public var requestLifetime: Duration? { nil }

  /// Does nothing.
  public func store(_ step: CheckpointStep) throws(StorageError) {}

  /// They are not.
  public var takesUnverifiedVersions: Bool { false }

  /// Nobody is known: nothing is kept for anyone.
  public var peers: KnownPeers { KnownPeers() }

  /// Does nothing: the log keeps all, or nothing for anyone.
  public func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {}

  /// Takes notice of what a peer says that it holds, as far as it is of the history that is here.
  ///
  /// If the log cannot be read, the peer is known, and nothing that it holds.
  public func note(_ peer: ReplicaID, holds heads: [ReplicaID: Head], at time: HybridTime) {
    let verified = try? snapshot().verifiedVector(of: heads)
    note(peer, holds: verified ?? VersionVector(), at: time)
  }

  /// Does nothing, as nobody is known.
  public func forget(_ peer: ReplicaID) throws(StorageError) -> Bool { false }

  /// Does nothing; there is no more.
  public func truncate() throws(StorageError) -> Bool { false }

  /// Nothing: it has none.
  public func shadow() throws(StorageError) -> (any ShadowStorage)? { nil }

  /// None: it records none.
  public var acceptedTime: HybridTime { .zero }

  /// Does nothing: it records none.
  public func acceptTimes(upTo time: HybridTime) throws(StorageError) {}

  /// Does nothing: it records no schema.
  public func updateSchema(_ schema: SchemaDescription) throws(StorageError) {}

  /// Does nothing, as there is no shadow.
  public func replace(with shadow: any ShadowStorage) throws(StorageError) {}

  /// How many bytes of payload one append takes.
  public static var maximumBatchSize: Int { 64 << 20 }

  /// Checks that `versions` are not more than one append takes.
  public static func checkSize(_ versions: [StoredVersion]) throws(StorageError) {
    var total = 0
    for version in versions {
      let size = version.payload.count
      guard size <= StoredVersion.maximumSize else {
        throw .tooLarge(size: size, limit: StoredVersion.maximumSize)
      }
      total += size
    }
    guard total <= maximumBatchSize else {
      throw .tooLarge(size: total, limit: maximumBatchSize)
    }
  }
}

/// What a storage held at one moment.
public protocol VersionSnapshot: Sendable, VersionHistory {
  /// The last version of each origin.
  var heads: [ReplicaID: Head] { get }

  /// The last version of each origin that is in the log no more; of an origin that is not named, all are.
  var truncatedTo: [ReplicaID: Head] { get }

  /// The last version of an origin; `nil` if there is none.
  func head(of origin: ReplicaID) -> Head?

  /// The last version of an origin that is in the log no more; `nil` if all are.
  func truncation(of origin: ReplicaID) -> Head?

  /// The rows that checkpoints have stored.
  var state: any StoredState { get }

  /// Reads `origin`'s versions that have a sequence number greater than `sequence`, in order.
  ///
  /// - Throws: ``/MerganserModel/StorageError/truncated(origin:sequence:)``, if the log has not all of them.
  func versions(of origin: ReplicaID, after sequence: UInt64) throws(StorageError)
    -> any VersionReader
}

/// Reads versions of one origin, one after the other.
public protocol VersionReader: AnyObject {
  /// The next version; `nil` behind the last.
  func next() throws(StorageError) -> StoredVersion?
}

extension VersionSnapshot {
  /// None: the log has all.
  public var truncatedTo: [ReplicaID: Head] { [:] }

  /// The last version of an origin; `nil` if there is none.
  ///
  /// - Complexity: that of ``heads``.
  public func head(of origin: ReplicaID) -> Head? { heads[origin] }

  /// The last version of an origin that is in the log no more; `nil` if all are.
  ///
  /// - Complexity: that of ``truncatedTo``.
  public func truncation(of origin: ReplicaID) -> Head? { truncatedTo[origin] }

  /// Nothing is stored.
  public var state: any StoredState { NoStoredState() }

  /// How far the log goes for each origin.
  public var vector: VersionVector { VersionVector(heads) }
}
