public import MerganserModel
public import MerganserTypes

/// The rows of a database as its checkpoints have stored them, at one moment.
///
/// They are bytes under keys, in the order of the keys. What has been committed since the checkpoint
/// before is not in them, or in part: whoever reads them looks into memory first.
public protocol StoredState: Sendable {
  /// What the last complete checkpoint had taken in; `nil` before the first.
  var checkpoint: Checkpoint? { get }

  /// The value of a key; `nil` if there is none.
  func value(of key: [UInt8], in space: Keyspace) throws(StorageError) -> [UInt8]?

  /// The last entry before `key`; `nil` if there is none.
  func entry(before key: [UInt8], in space: Keyspace) throws(StorageError) -> StateEntry?

  /// The last entry before `key` and the first behind it, whether it is there itself or not.
  func neighbors(
    of key: [UInt8], in space: Keyspace
  ) throws(StorageError) -> (before: StateEntry?, after: StateEntry?)

  /// Reads the entries from `key` on, in the order of their keys.
  func entries(from key: [UInt8], in space: Keyspace) throws(StorageError) -> any StateReader
}

extension StoredState {
  /// The entries on both sides of a key, one after the other.
  public func neighbors(
    of key: [UInt8], in space: Keyspace
  ) throws(StorageError) -> (before: StateEntry?, after: StateEntry?) {
    (try entry(before: key, in: space), try entries(from: key + [0], in: space).next())
  }
}

/// Reads stored entries one after the other.
public protocol StateReader: AnyObject {
  /// The next entry; `nil` behind the last.
  func next() throws(StorageError) -> StateEntry?

  /// Puts the next entries in the place of those in `entries`, a bounded number at a time; none behind the last.
  func read(into entries: inout StateEntries) throws(StorageError)
}

extension StateReader {
  /// Reads one entry.
  public func read(into entries: inout StateEntries) throws(StorageError) {
    entries.removeAll()
    guard let entry = try next() else { return }
    entry.key.withUnsafeBytes { key in
      entry.value.withUnsafeBytes { entries.append(key, value: $0) }
    }
  }
}

/// The kinds of what a checkpoint stores; each has keys of its own.
public enum Keyspace: UInt8, Sendable, CaseIterable {
  /// Rows, under their table's name, a zero and their key.
  case rows
  /// What invariants look up.
  case index
  /// How many rows each table has, under its name.
  case counts
  /// Versions that are set aside, under their names.
  case aside
  /// The ends of versions that the log no longer has, by origin and first sequence number.
  case spine
}

/// A stored key and its value.
public struct StateEntry: Equatable, Sendable {
  /// The key.
  public var key: [UInt8]
  /// The value.
  public var value: [UInt8]

  /// The entry of the given parts.
  public init(key: [UInt8], value: [UInt8]) {
    self.key = key
    self.value = value
  }
}

/// Which versions stored rows are the join of, and what else a replica has to remember of them.
///
/// Stored rows may be ahead of it: a checkpoint that a crash cut short has stored some rows. Taking in
/// once more what they hold already changes nothing.
public struct Checkpoint: Equatable, Sendable {
  /// The last version of each origin that is in the rows.
  public var heads: [ReplicaID: Head]
  /// What of other replicas this one's own last version had seen.
  public var declared: VersionVector
  /// A time that no later version may be before.
  public var time: HybridTime

  /// The checkpoint with the given parts.
  public init(
    heads: [ReplicaID: Head] = [:], declared: VersionVector = VersionVector(),
    time: HybridTime = HybridTime(bits: 0)
  ) {
    self.heads = heads
    self.declared = declared
    self.time = time
  }

  /// How far each origin's versions are in the rows.
  public var vector: VersionVector { VersionVector(heads) }
}

/// A bounded part of a checkpoint, to be stored as a whole or not at all.
public struct CheckpointStep: Equatable, Sendable {
  /// A key's new value, or that it has none any more.
  public struct Change: Equatable, Sendable {
    /// Which kind of key it is.
    public var space: Keyspace
    /// The key.
    public var key: [UInt8]
    /// Its value; nothing to take the key out.
    public var value: [UInt8]?

    /// The change of a key to a value, or to none.
    public init(_ space: Keyspace, key: [UInt8], value: [UInt8]?) {
      self.space = space
      self.key = key
      self.value = value
    }
  }

  /// What is to be stored.
  public var changes: [Change]
  /// In the last step: what the checkpoint has taken in.
  public var completes: Checkpoint?

  /// The step with the given parts.
  public init(_ changes: [Change] = [], completes: Checkpoint? = nil) {
    self.changes = changes
    self.completes = completes
  }
}

/// The stored state of a storage that keeps none.
public struct NoStoredState: StoredState {
  private final class Nothing: StateReader {
    func next() -> StateEntry? { nil }
  }

  /// The state in which nothing is stored.
  public init() {}

  /// Nothing.
  public var checkpoint: Checkpoint? { nil }

  /// Nothing.
  public func value(of key: [UInt8], in space: Keyspace) -> [UInt8]? { nil }

  /// Nothing.
  public func entry(before key: [UInt8], in space: Keyspace) -> StateEntry? { nil }

  /// Reads nothing.
  public func entries(from key: [UInt8], in space: Keyspace) -> any StateReader { Nothing() }
}
