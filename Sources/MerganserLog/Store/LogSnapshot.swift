public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// What a log held at one moment, for as long as this is kept.
///
/// It may be used from any thread. While it is kept, the store cannot reuse what it sees, so the file
/// grows under it: keep it for as long as a read takes. It ends with the store's closing, and by
/// ``/MerganserModel/ReplicaOptions/snapshotAgeLimit``; reading from it then throws ``/MerganserModel/StorageError/closed(path:)``
/// or ``/MerganserModel/StorageError/snapshotTooOld(path:)``.
public final class LogSnapshot: VersionSnapshot {
  private let transaction: ReadTransaction
  private let contents: LogContents
  private let checksum: Checksum

  init(_ transaction: ReadTransaction, contents: LogContents, checksum: Checksum) {
    self.transaction = transaction
    self.contents = contents
    self.checksum = checksum
  }

  /// The last version of each origin.
  ///
  /// - Complexity: O(*n*) in the number of origins; ``head(of:)`` takes O(1).
  public var heads: [ReplicaID: Head] { contents.heads.all }

  /// The last version of an origin; `nil` if there is none.
  public func head(of origin: ReplicaID) -> Head? { contents.heads[origin] }

  /// The last version of an origin that is in the log no more; `nil` if all are.
  public func truncation(of origin: ReplicaID) -> Head? {
    contents.origins[origin].flatMap { $0.truncatedTo.sequence > 0 ? $0.truncatedTo : nil }
  }

  /// The last version of each origin that is in the log no more; of an origin that is not named, all
  /// are.
  public var truncatedTo: [ReplicaID: Head] {
    contents.origins.compactMapValues { $0.truncatedTo.sequence > 0 ? $0.truncatedTo : nil }
  }

  /// How many bytes the log takes in the file, without the stored rows.
  ///
  /// - Complexity: O(1).
  public var logBytes: Int {
    get throws(StorageError) { try transaction.size(of: .log) }
  }

  /// What the store's bytes are used for.
  ///
  /// - Complexity: O(1).
  public var usage: StoreUsage {
    get throws(StorageError) { try StoreUsage(transaction) }
  }

  /// The rows that checkpoints have stored.
  ///
  /// Its values are read when they are asked for, each checked against its checksum: what is damaged
  /// is an error that names the place.
  public var state: any StoredState {
    LogState(transaction, checkpoint: contents.checkpoint, checksum: checksum)
  }

  /// Reads `origin`'s versions that have a sequence number greater than `sequence`, in order.
  ///
  /// - Throws: ``/MerganserModel/StorageError/truncated(origin:sequence:)``, if the log has not all of them.
  /// - Complexity: O(log *n*) to begin; each block, of at most 4,080 bytes, is read when it is needed.
  public func versions(
    of origin: ReplicaID, after sequence: UInt64
  ) throws(StorageError) -> any VersionReader {
    guard let (blocks, entry) = try blocks(of: origin, after: sequence, borrows: false) else {
      return NoVersions()
    }
    return LogVersionReader(blocks, after: sequence, truncatedTo: entry.truncatedTo)
  }

  /// Hands the payloads of `origin`'s versions with sequence numbers greater than `sequence` to
  /// `body`, in order and without copying them, until it returns false.
  ///
  /// Blocks are checked against their checksums and each other; that versions link to each other is
  /// checked by ``versions(of:after:)`` and by verification. `body` must not close the store.
  public func scan(
    _ origin: ReplicaID, after sequence: UInt64, body: (RawSpan) -> Bool
  ) throws(StorageError) {
    guard let (blocks, _) = try blocks(of: origin, after: sequence, borrows: true) else { return }
    var skip = sequence
    // Pinned for a block at a time, so that an old snapshot can still be ended.
    while try transaction.pinned({ () throws(StorageError) in
      try scanBlock(blocks, after: skip, body: body)
    }) {
      // Only the first block may begin before what was asked for.
      skip = 0
    }
  }

  private func scanBlock(
    _ blocks: LogBlocks, after skip: UInt64, body: (RawSpan) -> Bool
  ) throws(StorageError) -> Bool {
    guard try blocks.next() else { return false }
    guard blocks.header.kind == .versions else {
      // A large version is put together from its parts, by the reader.
      let reader = try versions(of: blocks.origin, after: blocks.key.sequence - 1)
      if let version = try reader.next(), !body(version.payload.span.bytes) { return false }
      try skipParts(blocks)
      return true
    }
    let frames = Block.Frames(count: blocks.header.count)
    if skip == 0 {
      return try frames.forEach(in: blocks.bytes, name: blocks.name) { body($0.bytes) }
    }
    let name = blocks.name
    return try frames.forEach(in: blocks.bytes, name: name) { payload throws(StorageError) in
      guard try LogSnapshot.isBeyond(skip, payload: payload, name: name) else { return true }
      return body(payload.bytes)
    }
  }

  private func skipParts(_ blocks: LogBlocks) throws(StorageError) {
    var rest = blocks.header.total - Block.partCapacity
    var part: UInt32 = 0
    while rest > 0 {
      part += 1
      try blocks.nextPart(part)
      rest -= Block.partCapacity
    }
  }

  private static func isBeyond(
    _ sequence: UInt64, payload: UnsafeRawBufferPointer, name: BlockName
  ) throws(StorageError) -> Bool {
    do {
      return try StoredVersion.lastSequence(of: payload) > sequence
    } catch {
      throw name.damaged("a version in it cannot be read: \(error)")
    }
  }

  private func blocks(
    of origin: ReplicaID, after sequence: UInt64, borrows: Bool
  ) throws(StorageError) -> (LogBlocks, LogContents.Origin)? {
    guard let entry = contents.origins[origin], let head = contents.heads[origin] else {
      return nil
    }
    guard sequence >= entry.truncatedTo.sequence else {
      throw .truncated(origin: origin, sequence: entry.truncatedTo.sequence)
    }
    let blocks = try LogBlocks(
      of: origin, ordinal: entry.ordinal, head: head, after: sequence, transaction: transaction,
      checksum: checksum, borrows: borrows)
    return (blocks, entry)
  }

  private final class NoVersions: VersionReader {
    func next() -> StoredVersion? { nil }
  }
}
