public import MerganserDatabase
import MerganserTypes

/// An origin's last block, as long as it has room for more versions.
struct LogTail {
  var firstSequence: UInt64
  var size: Int
  var count: Int
}

extension LogStore {
  /// Appends versions, all of them or none, and returns when they are as safe as the store's
  /// ``Options/durability`` says.
  ///
  /// - Throws: ``StorageError/gap(origin:expected:found:)``,
  ///   ``StorageError/forkedHistory(origin:sequence:)`` and ``StorageError/tooLarge(size:limit:)``
  ///   about the versions; ``StorageError/diskFull(path:)`` and others about the disk. Nothing was
  ///   appended then, and the store is as usable as before; should LMDB fail in the one write that
  ///   makes a commit valid, the store refuses everything until it is opened again, and what was to
  ///   be appended is there then or not.
  public func append(_ versions: [StoredVersion]) throws(StorageError) {
    try Self.checkSize(versions)
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      let batches = try writer.batches(of: versions)
      guard !batches.isEmpty else { return }
      if let limit = options.snapshotAgeLimit {
        environment.endReads(begunBefore: ContinuousClock.now - limit)
      }
      var contents = writer.contents
      var tails: [(ReplicaID, LogTail?)] = []
      let blocks = versions.reduce(0) { $0 + $1.payload.count } / (Block.maximumPayload / 2)
      let known = writer.tails
      let pages = blocks + 2 * batches.count + 16
      try environment.write(reserving: pages) { transaction throws(StorageError) in
        for batch in batches {
          tails.append(
            (
              batch.origin,
              try append(batch, of: versions, to: &contents, tail: known[batch.origin], transaction)
            ))
        }
        contents.snapshotNumber = transaction.number
      }
      writer.contents = contents
      for (origin, tail) in tails { writer.tails.updateValue(tail, forKey: origin) }
      published.withLock { $0 = contents }
    }
  }

  private func append(
    _ batch: Writer.Batch, of versions: [StoredVersion], to contents: inout LogContents,
    tail known: LogTail??, _ transaction: WriteTransaction
  ) throws(StorageError) -> LogTail? {
    let origin = batch.origin
    let ordinal: UInt32
    var omitted = Head(sequence: 0, hash: 0)
    if let entry = contents.origins[origin] {
      (ordinal, omitted) = (entry.ordinal, entry.omitted)
    } else {
      ordinal = contents.nextOrdinal
      contents.nextOrdinal += 1
      contents.origins[origin] = LogContents.Origin(ordinal: ordinal, omitted: omitted)
      try transaction.putOrdinal(.replica, ordinal, origin.record, checksum)
    }
    let tail: LogTail?
    if let known {
      tail = known
    } else if let head = contents.heads[origin] {
      // The first append to this origin since the store was opened.
      tail = try transaction.lastBlock(of: origin, ordinal, upTo: head.sequence, checksum)
    } else {
      tail = nil
    }
    var writer = BlockWriter(origin: origin, ordinal: ordinal, checksum: checksum, tail: tail)
    try writer.write(versions, at: batch.indices, to: transaction)
    contents.heads[origin] = batch.head
    let record = OriginRecord(head: batch.head, omitted: omitted)
    try transaction.putOrdinal(.vector, ordinal, record.encoded(), checksum)
    return writer.tail
  }
}

extension LogStore.Writer {
  /// The versions of one origin among those of an append.
  struct Batch {
    var origin: ReplicaID
    /// The last of them.
    var head: Head
    /// Their places among all, in order.
    var indices: [Int]
  }

  /// Sorts versions by their origins, each checked to follow the one before it.
  func batches(of versions: [StoredVersion]) throws(StorageError) -> [Batch] {
    var batches: [Batch] = []
    var places: [ReplicaID: Int] = [:]
    for index in versions.indices {
      let version = versions[index]
      var place = batches.count - 1
      if place < 0 || batches[place].origin != version.origin {
        place = places[version.origin] ?? batches.count
      }
      if place == batches.count {
        try version.checkFollows(contents.heads[version.origin])
        places[version.origin] = place
        batches.append(Batch(origin: version.origin, head: version.head, indices: [index]))
      } else {
        try version.checkFollows(batches[place].head)
        batches[place].head = version.head
        batches[place].indices.append(index)
      }
    }
    return batches
  }
}
