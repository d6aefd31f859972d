import MerganserDatabase
public import MerganserModel
public import MerganserTypes

extension LogStore {
  /// Takes the oldest versions out of the log that the last checkpoint has taken in and that
  /// ``/MerganserModel/ReplicaOptions/retention`` does not keep, and tells whether there are more.
  ///
  /// One call is one transaction, of about a thousand blocks. Afterwards the log names, for each
  /// origin, the last version that is there no more (``LogSnapshot/truncatedTo``). The numbers and hashes of
  /// what is taken out stay in the spine, up to ``/MerganserModel/Retention/spine``; the same transaction writes them, and
  /// drops the oldest of them beyond that.
  ///
  /// - Returns: Whether a further call would take out more.
  /// - Throws: ``/MerganserModel/StorageError`` about the disk, or a block that is damaged; nothing is changed then.
  public func truncate() throws(StorageError) -> Bool { try truncate(keeping: [:]) }

  /// Takes the oldest versions out, but for those of the named origins from the given sequence number
  /// on: what a program has to keep whose rows it does not store.
  ///
  /// - Complexity: O(*b* log *n*) for *b* blocks, and O(*n*) in the number of origins.
  public func truncate(keeping kept: [ReplicaID: UInt64]) throws(StorageError) -> Bool {
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      guard let checkpoint = writer.contents.checkpoint else { return false }
      // Where nothing is to be done, nothing is written.
      guard try isTruncationDue(writer) else { return false }
      var log = TruncatableLog(
        writer.contents, checkpoint: checkpoint, peers: peers, keeping: kept,
        retention: options.retention,
        at: options.present(at: checkpoint.time))
      return try truncate(&log, in: &writer)
    }
  }

  /// Takes out of the log what is to be taken out in one transaction, and keeps what the spine has to have of
  /// it.
  private func truncate(
    _ log: inout TruncatableLog, in writer: inout Writer, keepsEnds: Bool = true
  ) throws(StorageError) -> Bool {
    var contents = writer.contents
    let peers = unwrittenPeers(writer)
    var spine = try spineMaintenance(writer)
    let pages = 1600 + 3 * contents.origins.count + (peers?.pages ?? 0)
    let (hasMore, number) = try writer.environment.write(reserving: pages) {
      transaction throws(StorageError) in
      try transaction.put(peers)
      var hasMore = try log.truncate(transaction, checksum: checksum)
      if keepsEnds {
        let size = try transaction.statistics(of: .spine).size
        if try spine.drop(size: size, limit: options.retention.spine) { hasMore = true }
        for origin in log.origins where origin.isTruncated {
          try spine.keep(origin.truncated, of: origin.replica)
        }
        try transaction.write(spine.changes, checksum: checksum)
      }
      return (hasMore, transaction.number)
    }
    // LMDB counts no transaction that has written nothing.
    let isTruncated = log.origins.contains(where: \.isTruncated)
    guard peers != nil || isTruncated || !spine.changes.isEmpty else { return hasMore }
    let size = spine.changes.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
    if size > 0 { writer.shadow?.note(CheckpointStep(spine.changes), size: size) }
    contents.snapshotNumber = number
    writer.note(peers)
    for origin in log.origins where origin.isTruncated {
      contents.origins[origin.replica]?.truncatedTo = origin.truncatedTo
      // The last block may be gone.
      writer.tails[origin.replica] = nil
    }
    commit(contents, writer: &writer)
    return hasMore
  }

  /// Whether the log may be longer than it is to be, or the spine larger.
  private func isTruncationDue(_ writer: Writer) throws(StorageError) -> Bool {
    let retention = options.retention
    let transaction = try writer.environment.read(isWriters: true)
    if retention.age != nil { return true }
    if try transaction.size(of: .log) > min(retention.history, retention.backlog) { return true }
    return try transaction.size(of: .spine) > retention.spine
  }

  /// What is to be changed in the spine as it is stored now.
  private func spineMaintenance(_ writer: Writer) throws(StorageError) -> SpineMaintenance {
    let state = LogState(
      try writer.environment.read(isWriters: true), checkpoint: nil, checksum: checksum)
    return SpineMaintenance(state)
  }

  /// Has the log begin behind the given versions, whether it has them or not.
  ///
  /// - Parameters:
  ///   - heads: the versions.
  ///   - keepsEnds: whether the spine keeps the ends of what is truncated; not in a copy that is given the
  ///     changes of the original's spine.
  /// - Throws: ``/MerganserModel/StorageError/forkedHistory(origin:sequence:)``, if the log has another version as one of these.
  func advance(to heads: [ReplicaID: Head], keepsEnds: Bool = true) throws(StorageError) {
    let snapshot = try logSnapshot()
    for (origin, head) in heads { try snapshot.checkPasses(through: head, of: origin) }
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      var hasMore = true
      while hasMore {
        var log = TruncatableLog(
          writer.contents, checkpoint: Checkpoint(heads: heads), peers: peers, keeping: [:],
          retention: Retention(history: 0, backlog: 0))
        hasMore = try truncate(&log, in: &writer, keepsEnds: keepsEnds)
      }
      var spine = try spineMaintenance(writer)
      for (origin, head) in heads
      where keepsEnds && head.sequence > writer.contents.origins[origin]?.truncatedTo.sequence ?? 0
      {
        try spine.keep(TruncatedVersions(head), of: origin)
      }
      var contents = writer.contents
      let environment = writer.environment
      try environment.write(reserving: 4 * heads.count + 64) { transaction throws(StorageError) in
        try transaction.write(spine.changes, checksum: checksum)
        for (origin, head) in heads {
          try contents.advance(origin, to: head, transaction: transaction, checksum: checksum)
        }
        contents.snapshotNumber = transaction.number
      }
      for origin in heads.keys { writer.tails[origin] = nil }
      commit(contents, writer: &writer)
    }
  }
}

extension LogContents {
  /// Has an origin's log begin behind the given version.
  fileprivate mutating func advance(
    _ origin: ReplicaID, to truncatedTo: Head, transaction: WriteTransaction, checksum: Checksum
  ) throws(StorageError) {
    var entry: Origin
    if let known = origins[origin] {
      entry = known
    } else {
      entry = Origin(ordinal: nextOrdinal, truncatedTo: Head(sequence: 0, hash: 0))
      nextOrdinal += 1
      try transaction.putOrdinal(
        .replica, ordinal: entry.ordinal, body: origin.record, checksum: checksum)
    }
    guard truncatedTo.sequence > entry.truncatedTo.sequence else { return }
    entry.truncatedTo = truncatedTo
    let head =
      heads[origin].flatMap { $0.sequence > truncatedTo.sequence ? $0 : nil } ?? truncatedTo
    origins[origin] = entry
    heads[origin] = head
    let record = OriginRecord(head: head, truncatedTo: truncatedTo)
    try transaction.putOrdinal(
      .vector, ordinal: entry.ordinal, body: record.encoded(), checksum: checksum)
  }
}

extension LogSnapshot {
  /// Checks that an origin's log, as far as it and the spine know, has the given version as one of its own.
  fileprivate func checkPasses(
    through expected: Head, of origin: ReplicaID
  ) throws(StorageError) {
    let entry = try entry(of: origin, endingAt: expected.sequence)
    guard entry == .unknown || entry == .hash(expected.hash) else {
      throw .forkedHistory(origin: origin, sequence: expected.sequence)
    }
  }
}
