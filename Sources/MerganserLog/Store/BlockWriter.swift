import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Packs one origin's versions into blocks, the last block that is there first.
struct BlockWriter {
  let origin: ReplicaID
  let ordinal: UInt32
  let checksum: Checksum
  /// The last block, where it holds whole versions; `nil` if the next version begins a block.
  private(set) var tail: LogTail?

  init(origin: ReplicaID, ordinal: UInt32, checksum: Checksum, tail: LogTail?) {
    self.origin = origin
    self.ordinal = ordinal
    self.checksum = checksum
    self.tail = tail
  }

  /// Writes the versions at the given places, in order.
  mutating func write(
    _ versions: UnsafeBufferPointer<StoredVersion>, at runs: [Range<Int>],
    to transaction: WriteTransaction
  ) throws(StorageError) {
    var size = tail?.size ?? Block.headerSize
    // What is to go into the block that is being filled.
    var pending: [Range<Int>] = []
    for run in runs {
      var start = run.lowerBound
      for place in run {
        let length = versions[place].payload.count
        if size + Block.frameSize + length <= Block.maximumSize {
          size += Block.frameSize + length
          continue
        }
        pending.append(start..<place)
        try flush(versions, pending: &pending, size: size, to: transaction)
        tail = nil
        if length > Block.maximumPayload {
          try writeParts(versions[place], to: transaction)
          start = place + 1
          size = Block.headerSize
        } else {
          start = place
          size = Block.headerSize + Block.frameSize + length
        }
      }
      pending.append(start..<run.upperBound)
    }
    try flush(versions, pending: &pending, size: size, to: transaction)
  }

  /// Writes a block of whole versions: what the last block holds, if it is open, and these.
  private mutating func flush(
    _ versions: UnsafeBufferPointer<StoredVersion>, pending: inout [Range<Int>], size: Int,
    to transaction: WriteTransaction
  ) throws(StorageError) {
    let runs = pending.filter { !$0.isEmpty }
    pending.removeAll(keepingCapacity: true)
    guard let first = runs.first?.first, let last = runs.last?.last else { return }
    let key = LogKey(
      ordinal: ordinal, sequence: tail?.firstSequence ?? versions[first].sequences.lowerBound)
    let kept = try keptFrames(key, in: transaction)
    let header = Block.Header(
      kind: .versions, count: runs.reduce(tail?.count ?? 0) { $0 + $1.count },
      lastSequence: versions[last].sequences.upperBound)
    try key.withBytes { bytes throws(StorageError) in
      try transaction.put(.log, key: bytes, count: size) { block in
        var offset = Block.headerSize
        if !kept.isEmpty {
          UnsafeMutableRawBufferPointer(rebasing: block[offset...]).copyBytes(from: kept)
          offset += kept.count
        }
        for run in runs {
          for place in run {
            offset = Block.write(versions[place].payload, to: block, at: offset)
          }
        }
        header.write(to: block)
        checksum.seal(block, in: .log, under: bytes)
      }
    }
    tail = LogTail(firstSequence: key.sequence, size: size, count: header.count)
  }

  /// The versions that the last block holds already; it is rewritten with them in front.
  private func keptFrames(
    _ key: LogKey, in transaction: WriteTransaction
  ) throws(StorageError) -> [UInt8] {
    guard let tail else { return [] }
    let name = BlockName(origin: origin, key: key)
    let found = try key.withBytes { bytes throws(StorageError) in
      try transaction.get(.log, key: bytes) { block throws(StorageError) in
        let header = try Block.Header(checking: block, name: name, checksum: checksum)
        guard block.count == tail.size, header.count == tail.count else {
          throw name.damaged("it is not the one that was written last")
        }
        return Array(block[Block.headerSize...])
      }
    }
    guard let found else { throw name.damaged("it is missing") }
    return found
  }

  /// Writes a version that is larger than a block, in parts.
  private func writeParts(
    _ version: StoredVersion, to transaction: WriteTransaction
  ) throws(StorageError) {
    let payload = version.payload
    var start = 0
    var part: UInt32 = 0
    while start < payload.count {
      let bytes = payload[start..<min(start + Block.partCapacity, payload.count)]
      let header = Block.Header(
        kind: part == 0 ? .firstPart : .laterPart, count: part == 0 ? 1 : 0,
        total: part == 0 ? payload.count : 0, lastSequence: version.sequences.upperBound)
      let key = LogKey(ordinal: ordinal, sequence: version.sequences.lowerBound, part: part)
      try key.withBytes { key throws(StorageError) in
        try transaction.put(.log, key: key, count: Block.headerSize + bytes.count) { block in
          UnsafeMutableRawBufferPointer(rebasing: block[Block.headerSize...]).copyBytes(from: bytes)
          header.write(to: block)
          checksum.seal(block, in: .log, under: key)
        }
      }
      start += bytes.count
      part += 1
    }
  }
}

extension WriteTransaction {
  /// The last block of an origin's log, which ends in `last`; `nil` if the next version is to begin
  /// a block of its own.
  func lastBlock(
    of origin: ReplicaID, ordinal: UInt32, upTo last: UInt64, checksum: Checksum
  ) throws(StorageError) -> LogTail? {
    let end = LogKey(ordinal: ordinal, sequence: last + 1)
    let found = try end.withBytes { bytes throws(StorageError) in
      try self.last(.log, before: bytes) { key, block throws(StorageError) -> LogTail? in
        guard let key = LogKey(key), key.ordinal == ordinal else { return nil }
        let name = BlockName(origin: origin, key: key)
        let header = try Block.Header(checking: block, name: name, checksum: checksum)
        guard header.lastSequence == last else {
          throw name.damaged("the log does not end in the version that its vector names")
        }
        guard header.kind == .versions else { return nil }
        return LogTail(firstSequence: key.sequence, size: block.count, count: header.count)
      }
    }
    return found.flatMap { $0 }
  }

  /// Writes a record under an ordinal, with its checksum.
  func putOrdinal(
    _ database: Environment.Database, ordinal: UInt32, body: [UInt8], checksum: Checksum
  ) throws(StorageError) {
    try ordinal.withKey { key throws(StorageError) in
      try put(database, key: key, bytes: checksum.sealed(body, in: database, under: key))
    }
  }
}
