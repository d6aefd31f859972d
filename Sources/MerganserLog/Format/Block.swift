import MerganserModel
import MerganserTypes

/// The format of the log's values.
///
/// ```
/// checksum         8 bytes
/// format           1 byte
/// kind             1 byte: whole versions, the first part of one, a later part
/// count            2 bytes: how many versions
/// total            4 bytes: a large version's length, in its first part
/// last sequence    8 bytes
/// versions         each: length in 2 bytes, payload; or a part's bytes
/// ```
///
/// Integers are little-endian. A block is no larger than what fits one page of LMDB's: a larger value
/// would take several pages in a row, which a file with scattered free pages has to search for.
enum Block {
  static let format: UInt8 = 1
  /// The largest value.
  static let maximumSize = 4080
  static let headerSize = 24
  /// What precedes each version in a block of whole versions.
  static let frameSize = 2
  /// The longest version that is not split into parts.
  static let maximumPayload = maximumSize - headerSize - frameSize
  /// How many of a large version's bytes a part holds.
  static let partCapacity = maximumSize - headerSize

  enum Kind: UInt8 {
    case versions = 0
    case firstPart = 1
    case laterPart = 2
  }

  /// What stands in front of a block's versions.
  struct Header {
    var kind: Kind
    var count: Int
    var total: Int
    var lastSequence: UInt64

    /// Writes the header, but for the checksum.
    func write(to block: UnsafeMutableRawBufferPointer) {
      block.storeBytes(of: Block.format, toByteOffset: 8, as: UInt8.self)
      block.storeBytes(of: kind.rawValue, toByteOffset: 9, as: UInt8.self)
      block.storeBytes(
        of: UInt16(truncatingIfNeeded: count).littleEndian, toByteOffset: 10, as: UInt16.self)
      block.storeBytes(
        of: UInt32(truncatingIfNeeded: total).littleEndian, toByteOffset: 12, as: UInt32.self)
      block.storeBytes(of: lastSequence.littleEndian, toByteOffset: 16, as: UInt64.self)
    }

    /// Reads the header of a block, and checks the block against its checksum and its key.
    init(
      checking block: UnsafeRawBufferPointer, name: BlockName, checksum: Checksum
    ) throws(StorageError) {
      guard block.count >= Block.headerSize, block.count <= Block.maximumSize else {
        throw name.damaged("a block of \(block.count) bytes")
      }
      guard name.key.withBytes({ checksum.opened(block, in: .log, under: $0) != nil }) else {
        throw name.damaged("its checksum does not fit its contents")
      }
      let format = block[8]
      guard format == Block.format, let kind = Kind(rawValue: block[9]) else {
        throw name.damaged("it is of format \(format), kind \(block[9]), which is unknown")
      }
      self.kind = kind
      count = Int(UInt16(littleEndian: block.loadUnaligned(fromByteOffset: 10, as: UInt16.self)))
      total = Int(UInt32(littleEndian: block.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
      lastSequence = UInt64(
        littleEndian: block.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
      guard lastSequence >= name.key.sequence, count >= 1 || kind == .laterPart,
        (kind == .laterPart) == (name.key.part != 0)
      else {
        throw name.damaged("its header does not fit its key")
      }
    }

    init(kind: Kind, count: Int, total: Int = 0, lastSequence: UInt64) {
      self.kind = kind
      self.count = count
      self.total = total
      self.lastSequence = lastSequence
    }
  }

  /// The place of the frame at `offset` in a block: where its payload lies.
  static func payload(
    in block: UnsafeRawBufferPointer, at offset: Int, name: BlockName
  ) throws(StorageError) -> Range<Int> {
    guard block.count - offset >= frameSize else {
      throw name.damaged("it ends before the last of its versions")
    }
    let length = Int(
      UInt16(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    let start = offset + frameSize
    guard length <= block.count - start else {
      throw name.damaged("it ends inside a version")
    }
    return start..<start + length
  }

  /// The versions of a block, to be walked over.
  struct Frames {
    let count: Int

    /// Hands each payload to `body`, until it returns false; tells whether it never did.
    @inline(__always)
    func forEach(
      in block: UnsafeRawBufferPointer, name: @autoclosure () -> BlockName,
      body: (UnsafeRawBufferPointer) throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
      guard var next = block.baseAddress?.advanced(by: headerSize) else { return true }
      var left = block.count - headerSize
      for _ in 0..<count {
        left -= frameSize
        guard left >= 0 else { throw name().damaged("it ends before the last of its versions") }
        let length = Int(UInt16(littleEndian: next.loadUnaligned(as: UInt16.self)))
        left -= length
        guard left >= 0 else { throw name().damaged("it ends inside a version") }
        let payload = UnsafeRawBufferPointer(start: next + frameSize, count: length)
        guard try body(payload) else { return false }
        next += frameSize + length
      }
      return true
    }
  }

  /// Writes a version's frame at `offset`, and returns where the next one goes.
  static func write(
    _ payload: [UInt8], to block: UnsafeMutableRawBufferPointer, at offset: Int
  ) -> Int {
    block.storeBytes(
      of: UInt16(truncatingIfNeeded: payload.count).littleEndian, toByteOffset: offset,
      as: UInt16.self)
    let start = offset + frameSize
    payload.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: block[start..<start + bytes.count])
        .copyMemory(from: bytes)
    }
    return start + payload.count
  }
}

/// A block as errors name it.
struct BlockName {
  var origin: ReplicaID
  var key: LogKey

  /// The error that says that the block is damaged.
  func damaged(_ reason: String) -> StorageError {
    let part = key.part == 0 ? "" : ", part \(key.part)"
    return .damaged(
      place: "the log's block of replica \(origin.shortDescription) from \(key.sequence)\(part)",
      reason: reason)
  }
}
