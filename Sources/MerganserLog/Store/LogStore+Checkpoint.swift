public import MerganserDatabase
public import MerganserModel
import MerganserTypes

extension LogStore {
  /// Appending waits for the disk, or for the system's memory of it.
  public var waitsForDisk: Bool { true }

  /// After how many bytes of versions a checkpoint is due, as ``/MerganserModel/ReplicaOptions/checkpointInterval`` says.
  public var checkpointInterval: Int? { options.checkpointInterval }

  /// How long what became of a request is kept, as ``/MerganserModel/Retention/requests`` says.
  public var requestLifetime: Duration? { options.retention.requests }

  /// Stores a part of a checkpoint, all of it or nothing, in one transaction.
  ///
  /// A value longer than a page is stored in parts. Of a checkpoint that is complete, what changed
  /// since the one before is written.
  ///
  /// - Complexity: O(*m* log *n*) for *m* changes, and O(*k*) in the number of origins for the last
  ///   step.
  /// - Throws: ``/MerganserModel/StorageError/checkpointMismatch(origin:sequence:)``, if the log does not have what
  ///   the checkpoint has taken in; ``/MerganserModel/StorageError/tooLarge(size:limit:)``, if a value is longer than
  ///   ``/MerganserModel/RowSize/maximumCarried``; others about the disk.
  public func store(_ step: CheckpointStep) throws(StorageError) {
    var size = 0
    for change in step.changes {
      guard !change.key.isEmpty, change.key.count <= StateValue.maximumKeyLength else {
        throw .tooLarge(size: change.key.count, limit: StateValue.maximumKeyLength)
      }
      let count = change.value?.count ?? 0
      try Self.checkSize(ofValue: count)
      size += change.key.count + count
    }
    try writer.withLock { writer throws(StorageError) in
      guard !writer.isClosed else { throw .closed(path: path) }
      var peers: PeersRecord?
      if let checkpoint = step.completes {
        try writer.contents.check(checkpoint)
        forgetAbsentPeers(at: checkpoint.time)
        peers = unwrittenPeers(writer)
      }
      var contents = writer.contents
      // Each change may touch a leaf of its own and the pages above it.
      let pages =
        3 * step.changes.count + 2 * size / Block.maximumSize + (peers?.pages ?? 0) + 64
      try writer.environment.write(reserving: pages) { transaction throws(StorageError) in
        try transaction.write(step.changes, checksum: checksum)
        try transaction.put(peers)
        if let checkpoint = step.completes {
          try transaction.write(checkpoint, over: contents.checkpoint, checksum: checksum)
          contents.checkpoint = checkpoint
        }
        contents.snapshotNumber = transaction.number
      }
      commit(contents, writer: &writer)
      writer.note(peers)
      writer.shadow?.note(step, size: size)
    }
  }

  /// Checks that a value is no longer than what stores and carries rows has room for.
  package static func checkSize(ofValue count: Int) throws(StorageError) {
    guard count <= RowSize.maximumCarried else {
      throw .tooLarge(size: count, limit: RowSize.maximumCarried)
    }
  }
}

extension LogContents {
  /// Checks that the log has what a checkpoint has taken in, and that the checkpoint has what the log
  /// has no more.
  func check(_ checkpoint: Checkpoint) throws(StorageError) {
    for (origin, head) in checkpoint.heads {
      guard let last = heads[origin], head.sequence < last.sequence || head == last else {
        throw .checkpointMismatch(origin: origin, sequence: head.sequence)
      }
    }
    for (origin, entry) in origins where entry.truncatedTo.sequence > 0 {
      let head = checkpoint.heads[origin] ?? Head(sequence: 0, hash: 0)
      guard head.sequence > entry.truncatedTo.sequence || head == entry.truncatedTo else {
        throw .checkpointMismatch(origin: origin, sequence: head.sequence)
      }
    }
  }
}

extension WriteTransaction {
  /// Gives keys their new values.
  func write(
    _ changes: [CheckpointStep.Change], checksum: Checksum
  ) throws(StorageError) {
    // Parts to be replaced are looked for only where there are any.
    var hasParts = try statistics(of: .parts).ms_entries > 0
    for change in changes {
      let result: Result<Void, StorageError> = change.key.withUnsafeBytes { key in
        Result { () throws(StorageError) in
          if hasParts { try removeParts(of: key, space: change.space, checksum: checksum) }
          guard let value = change.value else {
            try delete(change.space.database, key: key)
            return
          }
          try put(change.space.database, key: key, count: StateValue.size(value)) { stored in
            StateValue.write(
              value, to: stored, checksum: checksum, in: change.space.database, under: key)
          }
          let parts = StateValue.parts(of: value.count)
          for part in 0..<parts {
            try write(part, of: value, key: key, space: change.space, checksum: checksum)
          }
          hasParts = hasParts || parts > 0
        }
      }
      try result.get()
    }
  }

  private func write(
    _ part: Int, of value: [UInt8], key: UnsafeRawBufferPointer, space: Keyspace,
    checksum: Checksum
  ) throws(StorageError) {
    let start = StateValue.firstCapacity + part * StateValue.partCapacity
    let bytes = value[start..<min(start + StateValue.partCapacity, value.count)]
    let result: Result<Void, StorageError> = StateValue.partKey(space, key: key, part: part)
      .withUnsafeBytes {
        name in
        Result { () throws(StorageError) in
          try put(.parts, key: name, count: Checksum.size + bytes.count) { stored in
            UnsafeMutableRawBufferPointer(rebasing: stored[Checksum.size...]).copyBytes(from: bytes)
            checksum.seal(stored, in: .parts, under: name)
          }
        }
      }
    try result.get()
  }

  /// Removes the parts of the value that a key has now.
  private func removeParts(
    of key: UnsafeRawBufferPointer, space: Keyspace, checksum: Checksum
  ) throws(StorageError) {
    let parts = try get(space.database, key: key) { stored throws(StorageError) in
      guard let found = StateValue.read(stored, checksum: checksum, in: space.database, under: key)
      else {
        throw .damaged(
          place: space.place(key), reason: "its checksum does not fit its contents")
      }
      return found.parts
    }
    for part in 0..<(parts ?? 0) {
      let result: Result<Bool, StorageError> = StateValue.partKey(space, key: key, part: part)
        .withUnsafeBytes { name in
          Result { () throws(StorageError) in try delete(.parts, key: name) }
        }
      _ = try result.get()
    }
  }

  /// Writes a checkpoint's records, as far as they differ from those of the one before.
  fileprivate func write(
    _ checkpoint: Checkpoint, over before: Checkpoint?, checksum: Checksum
  ) throws(StorageError) {
    let records = checkpoint.records
    let known = before?.records ?? [:]
    for (replica, record) in records where known[replica] != record {
      try replica.withKey { key throws(StorageError) in
        try put(
          .checkpoint, key: key,
          bytes: checksum.sealed(record.encoded(), in: .checkpoint, under: key))
      }
    }
    for replica in known.keys where records[replica] == nil {
      _ = try replica.withKey { key throws(StorageError) in try delete(.checkpoint, key: key) }
    }
    let summary = CheckpointSummary(time: checkpoint.time, records: records.count)
    try putRecord(CheckpointSummary.key, body: summary.encoded())
  }
}

extension ReadTransaction {
  /// The last complete checkpoint; `nil` before the first.
  func checkpoint(_ checksum: Checksum) throws(StorageError) -> Checkpoint? {
    guard let bytes = try StoreRecords.optional(CheckpointSummary.key, in: self) else { return nil }
    let summary: CheckpointSummary
    do { summary = try CheckpointSummary(bytes) } catch {
      throw .damaged(place: "the checkpoint's record", reason: "\(error)")
    }
    var checkpoint = Checkpoint(time: summary.time)
    let cursor = try Cursor(self, database: .checkpoint)
    var count = 0
    try cursor.walk(.first) { key, value throws(StorageError) in
      guard let replica = ReplicaID(key: key),
        let record = checksum.opened(value, in: .checkpoint, under: key).flatMap({
          CheckpointRecord($0)
        })
      else {
        throw .damaged(
          place: "the checkpoint's record \(count)", reason: "its checksum does not fit it")
      }
      if record.head.sequence > 0 { checkpoint.heads[replica] = record.head }
      checkpoint.declared[replica] = record.declared
      count += 1
      return true
    }
    guard count == summary.records else {
      throw .damaged(
        place: "the checkpoint", reason: "\(count) of its \(summary.records) records are there")
    }
    return checkpoint
  }
}
