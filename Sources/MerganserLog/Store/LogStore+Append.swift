public import MerganserDatabase
public import MerganserModel
import MerganserTypes

/// An origin's last block, as long as it has room for more versions.
struct LogTail {
  var firstSequence: UInt64
  var size: Int
  var count: Int
}

extension LogStore {
  /// Appends versions, all of them or none, and returns when they are as safe as the store's
  /// ``/MerganserModel/ReplicaOptions/durability`` says.
  ///
  /// - Throws: ``/MerganserModel/StorageError/gap(origin:expected:found:)``,
  ///   ``/MerganserModel/StorageError/forkedHistory(origin:sequence:)`` and ``/MerganserModel/StorageError/tooLarge(size:limit:)``
  ///   about the versions; ``/MerganserModel/StorageError/diskFull(path:)`` and others about the disk. Nothing was
  ///   appended then, and the store is as usable as before, but for
  ///   ``/MerganserModel/StorageError/inDoubt(path:reason:)``.
  public func append(_ versions: [StoredVersion]) throws(StorageError) {
    try Self.checkSize(versions)
    guard !versions.isEmpty else { return }
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      try versions.withUnsafeBufferPointer { versions throws(StorageError) in
        try append(versions, writer: &writer)
      }
    }
  }

  private func append(
    _ versions: UnsafeBufferPointer<StoredVersion>, writer: inout Writer
  ) throws(StorageError) {
    let (batches, size) = try writer.batches(of: versions)
    var contents = writer.contents
    var tails: [(ReplicaID, LogTail?)] = []
    let known = writer.tails
    let pages = 2 * size / Block.maximumPayload + 2 * batches.count + 16
    try writer.environment.write(reserving: pages) { transaction throws(StorageError) in
      for batch in batches {
        let tail = try append(
          batch, of: versions, to: &contents, tail: known[batch.origin], transaction: transaction)
        tails.append((batch.origin, tail))
      }
      contents.snapshotNumber = transaction.number
    }
    commit(contents, writer: &writer)
    for (origin, tail) in tails { writer.tails.updateValue(tail, forKey: origin) }
  }

  private func append(
    _ batch: Writer.Batch, of versions: UnsafeBufferPointer<StoredVersion>,
    to contents: inout LogContents,
    tail known: LogTail??, transaction: WriteTransaction
  ) throws(StorageError) -> LogTail? {
    let origin = batch.origin
    let ordinal: UInt32
    var truncatedTo = Head(sequence: 0, hash: 0)
    if let entry = contents.origins[origin] {
      ordinal = entry.ordinal
      truncatedTo = entry.truncatedTo
    } else {
      ordinal = contents.nextOrdinal
      contents.nextOrdinal += 1
      contents.origins[origin] = LogContents.Origin(ordinal: ordinal, truncatedTo: truncatedTo)
      try transaction.putOrdinal(
        .replica, ordinal: ordinal, body: origin.record, checksum: checksum)
    }
    let tail: LogTail?
    if let known {
      tail = known
    } else if let head = contents.heads[origin], head.sequence > truncatedTo.sequence {
      // The first append to this origin since the store was opened.
      tail = try transaction.lastBlock(
        of: origin, ordinal: ordinal, upTo: head.sequence, checksum: checksum)
    } else {
      tail = nil
    }
    var writer = BlockWriter(origin: origin, ordinal: ordinal, checksum: checksum, tail: tail)
    try writer.write(versions, at: batch.runs, to: transaction)
    contents.heads[origin] = batch.head
    let record = OriginRecord(head: batch.head, truncatedTo: truncatedTo)
    try transaction.putOrdinal(
      .vector, ordinal: ordinal, body: record.encoded(), checksum: checksum)
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
    var runs: [Range<Int>]
  }

  /// Sorts versions by their origins, each checked to follow the one before it, and adds up their
  /// payloads.
  ///
  /// Versions are looked at where they are: copying one counts references up and down.
  func batches(
    of versions: UnsafeBufferPointer<StoredVersion>
  ) throws(StorageError) -> (batches: [Batch], size: Int) {
    var batches: [Batch] = []
    var places: [ReplicaID: Int] = [:]
    var size = 0
    var start = 0
    while start < versions.count {
      let origin = versions[start].origin
      let place = places[origin] ?? batches.count
      var head = place < batches.count ? batches[place].head : contents.heads[origin]
      var end = start
      while end < versions.count, versions[end].origin == origin {
        guard versions[end].sequences.lowerBound == (head?.sequence ?? 0) + 1,
          versions[end].previousHash == head?.hash ?? 0
        else {
          try versions[end].checkFollows(head)
          // What the two disagree about must not be stored.
          throw .forkedHistory(origin: origin, sequence: versions[end].sequences.lowerBound)
        }
        head = Head(sequence: versions[end].sequences.upperBound, hash: versions[end].hash)
        size += versions[end].payload.count
        end += 1
      }
      guard let head else { break }
      if place == batches.count {
        places[origin] = place
        batches.append(Batch(origin: origin, head: head, runs: [start..<end]))
      } else {
        batches[place].head = head
        batches[place].runs.append(start..<end)
      }
      start = end
    }
    return (batches, size)
  }
}
