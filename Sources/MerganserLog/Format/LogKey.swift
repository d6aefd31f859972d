/// The key of a block: an origin's ordinal and the block's first sequence number, both big-endian, so
/// that LMDB's order is the log's.
///
/// The parts of a version that is larger than a block stand under the first part's key with the
/// part's number behind it.
struct LogKey: Equatable {
  /// The origin's number in this store.
  var ordinal: UInt32
  /// The first sequence number of the block.
  var sequence: UInt64
  /// Which part of a large version it is; 0 for the first, and for a block of whole versions.
  var part: UInt32 = 0

  static let size = 12
  static let partSize = 16

  /// Hands the key's bytes to `body`.
  @inline(__always)
  func withBytes<Value, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let high = UInt64(ordinal) << 32 | sequence >> 32
    let low = sequence << 32 | UInt64(part)
    let words = (high.bigEndian, low.bigEndian)
    let result: Result<Value, Failure> = withUnsafeBytes(of: words) { bytes in
      Result { () throws(Failure) in
        try body(
          UnsafeRawBufferPointer(rebasing: bytes[..<(part == 0 ? Self.size : Self.partSize)]))
      }
    }
    return try result.get()
  }

  init(ordinal: UInt32, sequence: UInt64, part: UInt32 = 0) {
    self.ordinal = ordinal
    self.sequence = sequence
    self.part = part
  }

  /// The key with the given bytes; `nil` if they are no key of a block.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.size || bytes.count == Self.partSize else { return nil }
    ordinal = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
    sequence = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
    if bytes.count == Self.partSize {
      part = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
      if part == 0 { return nil }
    }
  }
}

extension UInt32 {
  /// Hands the big-endian bytes, an ordinal's key, to `body`.
  func withKey<Value, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result: Result<Value, Failure> = withUnsafeBytes(of: bigEndian) { bytes in
      Result { () throws(Failure) in try body(bytes) }
    }
    return try result.get()
  }
}
