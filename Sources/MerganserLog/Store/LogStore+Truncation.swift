public import MerganserDatabase
public import MerganserTypes

extension LogStore {
  /// Takes the oldest versions out of the log that the last checkpoint has taken in and that
  /// ``Options/retention`` does not keep, and tells whether there are more.
  ///
  /// One call is one transaction, of about a thousand blocks. Afterwards the log names, for each
  /// origin, the last version that is there no more (``LogSnapshot/truncatedTo``).
  ///
  /// - Returns: Whether a further call would take out more.
  /// - Throws: ``StorageError`` about the disk, or a block that is damaged; nothing is changed then.
  public func truncate() throws(StorageError) -> Bool { try truncate(keeping: [:]) }

  /// Takes the oldest versions out, but for those of the named origins from the given sequence number
  /// on: what a program has to keep whose rows it does not store.
  ///
  /// - Complexity: O(*b* log *n*) for *b* blocks, and O(*n*) in the number of origins.
  public func truncate(keeping kept: [ReplicaID: UInt64]) throws(StorageError) -> Bool {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      guard let checkpoint = writer.contents.checkpoint else { return false }
      let retention = options.retention
      // Where nothing is to be done, nothing is written.
      let size = try writer.environment.read(isWriters: true).size(of: .log)
      guard retention.age != nil || size > min(retention.history, retention.backlog) else {
        return false
      }
      var log = TruncatableLog(
        writer.contents, checkpoint: checkpoint, peers: peers, keeping: kept, retention,
        at: options.present(at: checkpoint.time))
      return try truncate(&log, in: &writer)
    }
  }

  /// Takes out of the log what is to be taken out in one transaction.
  private func truncate(
    _ log: inout TruncatableLog, in writer: inout Writer
  ) throws(StorageError) -> Bool {
    var contents = writer.contents
    let peers = unwrittenPeers(writer)
    let (hasMore, number) = try writer.environment.write(reserving: 600 + (peers?.pages ?? 0)) {
      transaction throws(StorageError) in
      try transaction.put(peers)
      return (try log.truncate(transaction, checksum), transaction.number)
    }
    // LMDB counts no transaction that has written nothing.
    guard peers != nil || log.origins.contains(where: \.isTruncated) else { return hasMore }
    contents.snapshotNumber = number
    writer.note(peers)
    for origin in log.origins where origin.isTruncated {
      contents.origins[origin.replica]?.truncatedTo = origin.truncatedTo
      // The last block may be gone.
      writer.tails[origin.replica] = nil
    }
    commit(contents, &writer)
    return hasMore
  }

  /// Has the log begin behind the given versions, whether it has them or not.
  func advance(to heads: [ReplicaID: Head]) throws(StorageError) {
    let snapshot = try logSnapshot()
    for (origin, head) in heads { try snapshot.checkPasses(through: head, of: origin) }
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      var hasMore = true
      while hasMore {
        var log = TruncatableLog(
          writer.contents, checkpoint: Checkpoint(heads: heads), peers: KnownPeers(), keeping: [:],
          Retention(history: 0, backlog: 0))
        hasMore = try truncate(&log, in: &writer)
      }
      var contents = writer.contents
      let environment = writer.environment
      try environment.write(reserving: heads.count + 64) { transaction throws(StorageError) in
        for (origin, head) in heads {
          try contents.advance(origin, to: head, transaction, checksum)
        }
        contents.snapshotNumber = transaction.number
      }
      for origin in heads.keys { writer.tails[origin] = nil }
      commit(contents, &writer)
    }
  }
}

extension LogContents {
  /// Has an origin's log begin behind the given version.
  fileprivate mutating func advance(
    _ origin: ReplicaID, to truncatedTo: Head, _ transaction: WriteTransaction, _ checksum: Checksum
  ) throws(StorageError) {
    var entry: Origin
    if let known = origins[origin] {
      entry = known
    } else {
      entry = Origin(ordinal: nextOrdinal, truncatedTo: Head(sequence: 0, hash: 0))
      nextOrdinal += 1
      try transaction.putOrdinal(.replica, entry.ordinal, origin.record, checksum)
    }
    guard truncatedTo.sequence > entry.truncatedTo.sequence else { return }
    entry.truncatedTo = truncatedTo
    let head =
      heads[origin].flatMap { $0.sequence > truncatedTo.sequence ? $0 : nil } ?? truncatedTo
    origins[origin] = entry
    heads[origin] = head
    let record = OriginRecord(head: head, truncatedTo: truncatedTo)
    try transaction.putOrdinal(.vector, entry.ordinal, record.encoded(), checksum)
  }
}

extension LogSnapshot {
  /// Checks that an origin's log, as far as it is there, has the given version as one of its own.
  fileprivate func checkPasses(
    through expected: Head, of origin: ReplicaID
  ) throws(StorageError) {
    guard let head = heads[origin], head.sequence >= expected.sequence,
      expected.sequence >= truncatedTo[origin]?.sequence ?? 0
    else { return }
    let found: Head?
    if head.sequence == expected.sequence {
      found = head
    } else {
      let next = try versions(of: origin, after: expected.sequence).next()
      found = next.map { Head(sequence: $0.sequences.lowerBound - 1, hash: $0.previousHash) }
    }
    guard found == expected else {
      throw .forkedHistory(origin: origin, sequence: expected.sequence)
    }
  }
}
