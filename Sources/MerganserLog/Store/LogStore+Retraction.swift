import MerganserDatabase
package import MerganserModel
package import MerganserTypes

extension LogStore: RecoverableStorage {}

extension LogStore {
  /// Takes the last versions of an origin out of the log, which then ends with the given one.
  ///
  /// It is for versions that no row has: of those that a checkpoint has taken in, or the log no longer has, none
  /// can be taken out. About a thousand blocks go in one transaction, the last first, so that a crash in between
  /// leaves a log that ends later.
  ///
  /// - Parameters:
  ///   - origin: whose versions.
  ///   - end: the last version that stays; `nil` if none does.
  /// - Throws: ``/MerganserModel/StorageError/checkpointMismatch(origin:sequence:)``, if the log cannot end there;
  ///   ``/MerganserModel/StorageError/damaged(place:reason:)``; others about the disk.
  package func retract(_ origin: ReplicaID, to end: Head?) throws(StorageError) {
    let end = end ?? Head(sequence: 0, hash: 0)
    try writer.withLock { writer throws(StorageError) in
      while try retract(origin, to: end, writer: &writer) {}
    }
  }

  /// How many blocks are taken out in one transaction.
  private static let blocksAtOnce = 1000

  /// Takes some of the versions out; tells whether there are more.
  private func retract(
    _ origin: ReplicaID, to end: Head, writer: inout Writer
  ) throws(StorageError) -> Bool {
    guard !writer.isClosed else { throw .closed(path: path) }
    guard writer.shadow == nil else {
      throw .unusable(
        path: path, reason: "a copy of it is being made; replace or discard that first")
    }
    var contents = writer.contents
    guard let entry = contents.origins[origin], let head = contents.heads[origin], head != end
    else { return false }
    let kept = max(
      entry.truncatedTo.sequence, contents.checkpoint?.heads[origin]?.sequence ?? 0)
    guard (kept..<head.sequence).contains(end.sequence) else {
      throw .checkpointMismatch(origin: origin, sequence: end.sequence)
    }
    let pages = 2 * Self.blocksAtOnce + 64
    let last = try writer.environment.write(reserving: pages) { transaction throws(StorageError) in
      var last = head
      var count = 0
      while last.sequence > end.sequence, count < Self.blocksAtOnce {
        let block = try transaction.endBlock(
          of: origin, ordinal: entry.ordinal, upTo: last, checksum: checksum)
        if block.name.key.sequence > end.sequence {
          count += try transaction.remove(block)
          last = block.before
          guard last.sequence > end.sequence || last == end else {
            throw block.name.damaged("the version before it is not the one that was named")
          }
        } else {
          try transaction.shorten(block, to: end, checksum: checksum)
          last = end
        }
      }
      if last.sequence == 0 {
        for database in [Environment.Database.replica, .vector] {
          try entry.ordinal.withKey { key throws(StorageError) in
            _ = try transaction.delete(database, key: key)
          }
        }
      } else {
        let record = OriginRecord(head: last, truncatedTo: entry.truncatedTo)
        try transaction.putOrdinal(
          .vector, ordinal: entry.ordinal, body: record.encoded(), checksum: checksum)
      }
      contents.snapshotNumber = transaction.number
      return last
    }
    writer.tails[origin] = nil
    contents.heads.set(origin, to: last.sequence == 0 ? nil : last)
    if last.sequence == 0 { contents.origins[origin] = nil }
    commit(contents, writer: &writer)
    return last.sequence > end.sequence
  }
}

/// The last block of an origin's log.
private struct EndBlock {
  var name: BlockName
  /// Behind its header: whole versions, or the first part of one.
  var bytes: [UInt8]
  var header: Block.Header
  /// The version before its first.
  var before: Head
}

extension WriteTransaction {
  /// The last block of an origin's log, which ends with the given version.
  fileprivate func endBlock(
    of origin: ReplicaID, ordinal: UInt32, upTo last: Head, checksum: Checksum
  ) throws(StorageError) -> EndBlock {
    let behind = LogKey(ordinal: ordinal, sequence: last.sequence + 1)
    let found = try behind.withBytes { bytes throws(StorageError) in
      try self.last(.log, before: bytes) { key, _ throws(StorageError) in LogKey(key) }
    }
    guard let found = found.flatMap({ $0 }), found.ordinal == ordinal else {
      throw BlockName(origin: origin, key: behind).damaged("what stands before it is missing")
    }
    // The first part of a large version.
    let name = BlockName(origin: origin, key: LogKey(ordinal: ordinal, sequence: found.sequence))
    let block = try name.key.withBytes { bytes throws(StorageError) in
      try get(.log, key: bytes) { block throws(StorageError) in
        let header = try Block.Header(checking: block, name: name, checksum: checksum)
        return (header, Array(block[Block.headerSize...]))
      }
    }
    guard let (header, bytes) = block else { throw name.damaged("it is missing") }
    guard header.kind != .laterPart, header.lastSequence == last.sequence else {
      throw name.damaged("the log does not end in the version that its vector names")
    }
    return EndBlock(
      name: name, bytes: bytes, header: header,
      before: try header.before(firstOf: bytes, name: name))
  }

  /// Takes a block out, with all the parts of a large version; tells how many those were.
  fileprivate func remove(_ block: EndBlock) throws(StorageError) -> Int {
    let parts =
      block.header.kind == .versions
      ? 1 : (block.header.total + Block.partCapacity - 1) / Block.partCapacity
    for part in 0..<parts {
      var key = block.name.key
      key.part = UInt32(clamping: part)
      _ = try key.withBytes { bytes throws(StorageError) in try delete(.log, key: bytes) }
    }
    return parts
  }

  /// Leaves of a block the versions up to the given one.
  fileprivate func shorten(
    _ block: EndBlock, to end: Head, checksum: Checksum
  ) throws(StorageError) {
    let name = block.name
    let bytes = block.bytes
    var offset = 0
    var count = 0
    var last = 0 as UInt64
    while last < end.sequence, count < block.header.count {
      let sequences: Result<(UInt64, Int), StorageError> = bytes.withUnsafeBytes { bytes in
        Result { () throws(StorageError) in
          let payload = try Block.payload(in: bytes, at: offset, name: name)
          let version = UnsafeRawBufferPointer(rebasing: bytes[payload])
          do { return (try StoredVersion.lastSequence(of: version), payload.upperBound) } catch {
            throw name.damaged("a version in it cannot be read: \(error)")
          }
        }
      }
      (last, offset) = try sequences.get()
      count += 1
    }
    guard block.header.kind == .versions, last == end.sequence else {
      throw name.damaged("no version in it ends at \(end.sequence)")
    }
    let header = Block.Header(kind: .versions, count: count, lastSequence: last)
    try name.key.withBytes { key throws(StorageError) in
      try put(.log, key: key, count: Block.headerSize + offset) { stored in
        UnsafeMutableRawBufferPointer(rebasing: stored[Block.headerSize...])
          .copyBytes(from: bytes[..<offset])
        header.write(to: stored)
        checksum.seal(stored, in: .log, under: key)
      }
    }
  }
}

extension Block.Header {
  /// The version before the first of a block.
  fileprivate func before(firstOf bytes: [UInt8], name: BlockName) throws(StorageError) -> Head {
    let result: Result<Head, StorageError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(StorageError) in
        let payload =
          kind == .versions
          ? try Block.payload(in: bytes, at: 0, name: name) : 0..<bytes.count
        do {
          let first = try StoredVersion.beginning(
            of: UnsafeRawBufferPointer(rebasing: bytes[payload]))
          return Head(
            sequence: first.sequences.lowerBound - 1, hash: first.previousHash)
        } catch {
          throw name.damaged("a version in it cannot be read: \(error)")
        }
      }
    }
    return try result.get()
  }
}
