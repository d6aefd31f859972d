/// A byte string that is compared with others often: its first eight bytes stand beside it.
struct ByteKey: Sendable {
  let bytes: [UInt8]
  /// The first eight bytes as a number, with zeros for those that are missing.
  private let head: UInt64

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    head = bytes.withUnsafeBytes { Self.word($0, at: 0) }
  }

  /// Whether it stands before `other` in the order of bytes.
  static func < (left: ByteKey, right: ByteKey) -> Bool {
    if left.head != right.head { return left.head < right.head }
    return left.bytes.precedes(right.bytes, from: 8)
  }

  static func == (left: ByteKey, right: ByteKey) -> Bool {
    left.head == right.head && left.bytes == right.bytes
  }

  /// Eight bytes from `offset` on as a number, with zeros for those that are missing.
  fileprivate static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    if offset + 8 <= bytes.count {
      return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var word: UInt64 = 0
    for place in offset..<offset + 8 {
      word = word << 8 | UInt64(place < bytes.count ? bytes[place] : 0)
    }
    return word
  }
}

extension [UInt8] {
  /// Whether it stands before `other` in the order of bytes.
  func precedes(_ other: [UInt8]) -> Bool { precedes(other, from: 0) }

  /// As ``precedes(_:)``, where the first `start` bytes are known to be the same.
  fileprivate func precedes(_ other: [UInt8], from start: Int) -> Bool {
    withUnsafeBytes { left in
      other.withUnsafeBytes { right in
        var offset = start
        let common = Swift.min(left.count, right.count)
        while offset < common {
          let (mine, theirs) = (ByteKey.word(left, at: offset), ByteKey.word(right, at: offset))
          if mine != theirs { return mine < theirs }
          offset += 8
        }
        return left.count < right.count
      }
    }
  }
}
