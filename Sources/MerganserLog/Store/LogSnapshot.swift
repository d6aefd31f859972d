public import MerganserDatabase
public import MerganserTypes

/// What a log held at one moment, for as long as this is kept.
///
/// It may be used from any thread. While it is kept, the store cannot reuse what it sees, so the file
/// grows under it: keep it for as long as a read takes. It ends with the store's closing, and by
/// ``LogStore/Options/snapshotAgeLimit``; reading from it then throws ``StorageError/closed(path:)``.
public final class LogSnapshot: VersionSnapshot {
  private let transaction: ReadTransaction
  private let contents: LogContents
  private let checksum: Checksum

  init(_ transaction: ReadTransaction, _ contents: LogContents, _ checksum: Checksum) {
    self.transaction = transaction
    self.contents = contents
    self.checksum = checksum
  }

  /// The last version of each origin.
  public var heads: [ReplicaID: Head] { contents.heads }

  /// Reads `origin`'s versions that have a sequence number greater than `sequence`, in order.
  ///
  /// - Complexity: O(log *n*) to begin; each block, of at most 4,080 bytes, is read when it is needed.
  public func versions(
    of origin: ReplicaID, after sequence: UInt64
  ) throws(StorageError) -> any VersionReader {
    guard let (blocks, entry) = try blocks(of: origin, after: sequence) else {
      return NoVersions()
    }
    return LogVersionReader(blocks, after: sequence, omitted: entry.omitted)
  }

  /// Hands the payloads of `origin`'s versions with sequence numbers greater than `sequence` to
  /// `body`, in order and without copying each, until it returns false.
  ///
  /// Blocks are checked against their checksums and each other; that versions link to each other is
  /// checked by ``versions(of:after:)`` and by verification.
  public func scan(
    _ origin: ReplicaID, after sequence: UInt64, _ body: (RawSpan) -> Bool
  ) throws(StorageError) {
    guard let (blocks, _) = try blocks(of: origin, after: sequence) else { return }
    var isFirst = true
    while try blocks.next() {
      guard blocks.header.kind == .versions else {
        // A large version is put together from its parts, by the reader.
        let reader = try versions(of: origin, after: blocks.key.sequence - 1)
        if let version = try reader.next(), !body(version.payload.span.bytes) { return }
        try skipParts(blocks)
        isFirst = false
        continue
      }
      let (name, skip) = (blocks.name, isFirst ? sequence : 0)
      let count = blocks.header.count
      let result: Result<Bool, StorageError> = blocks.bytes.withUnsafeBytes { block in
        Result { () throws(StorageError) in
          var offset = Block.headerSize
          for _ in 0..<count {
            let place = try Block.payload(in: block, at: offset, name: name)
            offset = place.upperBound
            let payload = UnsafeRawBufferPointer(rebasing: block[place])
            if skip > 0, try !LogSnapshot.isBeyond(skip, payload, name: name) { continue }
            if !body(payload.bytes) { return false }
          }
          return true
        }
      }
      guard try result.get() else { return }
      isFirst = false
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
    _ sequence: UInt64, _ payload: UnsafeRawBufferPointer, name: BlockName
  ) throws(StorageError) -> Bool {
    do {
      return try StoredVersion.lastSequence(of: payload) > sequence
    } catch {
      throw name.damaged("a version in it cannot be read: \(error)")
    }
  }

  private func blocks(
    of origin: ReplicaID, after sequence: UInt64
  ) throws(StorageError) -> (LogBlocks, LogContents.Origin)? {
    guard let entry = contents.origins[origin], let head = contents.heads[origin] else {
      return nil
    }
    let blocks = try LogBlocks(
      of: origin, ordinal: entry.ordinal, head: head, after: sequence, transaction: transaction,
      checksum: checksum)
    return (blocks, entry)
  }

  private final class NoVersions: VersionReader {
    func next() -> StoredVersion? { nil }
  }
}
