import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a storage held at one moment, of which a block is damaged.
struct DamagedSnapshot: VersionSnapshot {
  let whole: any VersionSnapshot
  let block: DamagedBlock

  var heads: [ReplicaID: Head] { whole.heads }
  var truncatedTo: [ReplicaID: Head] { whole.truncatedTo }
  var state: any StoredState { DamagedState(whole: whole.state, block: block) }

  func head(of origin: ReplicaID) -> Head? { whole.head(of: origin) }

  func truncation(of origin: ReplicaID) -> Head? { whole.truncation(of: origin) }

  func versions(
    of origin: ReplicaID, after sequence: UInt64
  ) throws(StorageError) -> any VersionReader {
    DamagedVersions(
      whole: try whole.versions(of: origin, after: sequence), block: block)
  }
}

private final class DamagedVersions: VersionReader {
  private let whole: any VersionReader
  private let block: DamagedBlock

  init(whole: any VersionReader, block: DamagedBlock) {
    self.whole = whole
    self.block = block
  }

  func next() throws(StorageError) -> StoredVersion? {
    guard let version = try whole.next() else { return nil }
    try block.checkVersions(of: version.origin, in: version.sequences)
    return version
  }
}

/// Stored rows of which a block is damaged.
private struct DamagedState: StoredState {
  let whole: any StoredState
  let block: DamagedBlock

  var checkpoint: Checkpoint? { whole.checkpoint }

  func value(of key: [UInt8], in space: Keyspace) throws(StorageError) -> [UInt8]? {
    try block.checkEntry(key, in: space)
    return try whole.value(of: key, in: space)
  }

  func entry(before key: [UInt8], in space: Keyspace) throws(StorageError) -> StateEntry? {
    guard let entry = try whole.entry(before: key, in: space) else { return nil }
    try block.checkEntry(entry.key, in: space)
    return entry
  }

  func entries(from key: [UInt8], in space: Keyspace) throws(StorageError) -> any StateReader {
    DamagedEntries(whole: try whole.entries(from: key, in: space), of: space, block: block)
  }
}

private final class DamagedEntries: StateReader {
  private let whole: any StateReader
  private let space: Keyspace
  private let block: DamagedBlock
  /// What was read and not handed over: what is damaged is told of whenever it is its turn.
  private var isBroken = false

  init(whole: any StateReader, of space: Keyspace, block: DamagedBlock) {
    self.whole = whole
    self.space = space
    self.block = block
  }

  func next() throws(StorageError) -> StateEntry? {
    if isBroken { throw block.error }
    guard let entry = try whole.next() else { return nil }
    do throws(StorageError) { try block.checkEntry(entry.key, in: space) } catch {
      isBroken = true
      throw error
    }
    return entry
  }
}
