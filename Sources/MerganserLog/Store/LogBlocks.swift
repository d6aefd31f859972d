import MerganserModel
import MerganserTypes

/// Reads one origin's blocks in order, each checked, and copied unless it is only borrowed.
///
/// Used by one caller at a time.
final class LogBlocks {
  let origin: ReplicaID
  let head: Head
  private let checksum: Checksum
  private let ordinal: UInt32
  private let cursor: Cursor
  private let after: UInt64
  /// The block that was read last: in memory of this object's own, or in LMDB's.
  private(set) var bytes: UnsafeRawBufferPointer
  /// Where blocks are copied to; `nil` if they are borrowed.
  private let copy: UnsafeMutableRawBufferPointer?
  private(set) var header = Block.Header(kind: .versions, count: 0, lastSequence: 0)
  private(set) var key: LogKey
  private var isPositioned = false

  // Blocks from the one with the first sequence number greater than `after`. Borrowed, they stay in
  // LMDB's memory: the transaction must then be pinned while one is read and looked at.
  init(
    of origin: ReplicaID, ordinal: UInt32, head: Head, after: UInt64,
    transaction: ReadTransaction, checksum: Checksum, borrows: Bool
  ) throws(StorageError) {
    self.origin = origin
    self.ordinal = ordinal
    self.head = head
    self.after = after
    self.checksum = checksum
    cursor = try Cursor(transaction, database: .log)
    key = LogKey(ordinal: ordinal, sequence: 0)
    copy =
      borrows ? nil : .allocate(byteCount: Block.maximumSize, alignment: MemoryLayout<UInt64>.size)
    bytes = UnsafeRawBufferPointer(copy ?? UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  deinit { copy?.deallocate() }

  var name: BlockName { BlockName(origin: origin, key: key) }

  /// Reads the next block; false behind the last.
  func next() throws(StorageError) -> Bool {
    if isPositioned {
      guard header.lastSequence < head.sequence else { return false }
      try load(.next, expecting: LogKey(ordinal: ordinal, sequence: header.lastSequence + 1))
      return true
    }
    guard after < head.sequence else { return false }
    try seek(after + 1)
    isPositioned = true
    return true
  }

  /// Reads a further part of the large version whose first part was just read.
  func nextPart(_ part: UInt32) throws(StorageError) {
    try load(.next, expecting: LogKey(ordinal: ordinal, sequence: key.sequence, part: part))
  }

  /// Reads the block that holds `sequence`: the one that begins there, or the last one before.
  private func seek(_ sequence: UInt64) throws(StorageError) {
    let target = LogKey(ordinal: ordinal, sequence: sequence)
    let found = try target.withBytes { bytes throws(StorageError) in
      try cursor.move(.to(bytes)) { key, _ in LogKey(key) }
    }
    if found.flatMap({ $0 }) == target {
      return try target.withBytes { bytes throws(StorageError) in
        try load(.to(bytes), expecting: target)
      }
    }
    let before = try cursor.move(found == nil ? .last : .previous) { key, _ in LogKey(key) }
    guard let before = before.flatMap({ $0 }), before.ordinal == ordinal else {
      throw BlockName(origin: origin, key: target).damaged("it is missing")
    }
    let start = LogKey(ordinal: ordinal, sequence: before.sequence)
    try start.withBytes { bytes throws(StorageError) in try load(.to(bytes), expecting: start) }
    guard header.lastSequence >= sequence else {
      throw BlockName(origin: origin, key: target).damaged("it is missing")
    }
  }

  private func load(_ move: Cursor.Move, expecting expected: LogKey) throws(StorageError) {
    let name = BlockName(origin: origin, key: expected)
    let found: Void? = try cursor.move(move) { key, value throws(StorageError) in
      guard LogKey(key) == expected else { throw name.damaged("it is missing") }
      guard value.count <= Block.maximumSize else {
        throw name.damaged("a block of \(value.count) bytes")
      }
      guard let copy else { return bytes = value }
      copy.copyMemory(from: value)
      bytes = UnsafeRawBufferPointer(rebasing: copy[..<value.count])
    }
    guard found != nil else { throw name.damaged("it is missing") }
    header = try Block.Header(checking: bytes, name: name, checksum: checksum)
    key = expected
    guard header.lastSequence <= head.sequence else {
      throw name.damaged("it goes beyond the origin's last version, \(head.sequence)")
    }
  }
}
