/// How byte strings compare: eight bytes at a time.
enum ByteOrder {
  /// Eight bytes from `offset` on as a number, with zeros for those that are missing.
  @inline(__always)
  static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    if offset + 8 <= bytes.count {
      return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var word: UInt64 = 0
    for place in offset..<offset + 8 {
      word = word << 8 | UInt64(place < bytes.count ? bytes[place] : 0)
    }
    return word
  }

  /// Whether `left` stands before `right`, of which the first `start` bytes are known to be the same.
  @inline(__always)
  static func precedes(
    left: UnsafeRawBufferPointer, right: UnsafeRawBufferPointer, from start: Int = 0
  ) -> Bool {
    var offset = start
    let common = min(left.count, right.count)
    while offset < common {
      let mine = word(left, at: offset)
      let theirs = word(right, at: offset)
      if mine != theirs { return mine < theirs }
      offset += 8
    }
    return left.count < right.count
  }

  /// Below 0 if `left` stands before `right`, above 0 if it stands behind it, and 0 if they are the same.
  @inline(__always)
  static func order(_ left: UnsafeRawBufferPointer, with right: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    let common = min(left.count, right.count)
    while offset < common {
      let mine = word(left, at: offset)
      let theirs = word(right, at: offset)
      if mine != theirs { return mine < theirs ? -1 : 1 }
      offset += 8
    }
    return left.count - right.count
  }

  /// How many bytes both begin with, of which the first `start` are known to be the same.
  static func commonCount(
    _ left: UnsafeRawBufferPointer, with right: UnsafeRawBufferPointer, from start: Int = 0
  ) -> Int {
    var count = start
    let limit = min(left.count, right.count)
    while count + 8 <= limit {
      let difference = word(left, at: count) ^ word(right, at: count)
      if difference != 0 { return count + difference.leadingZeroBitCount / 8 }
      count += 8
    }
    while count < limit, left[count] == right[count] { count += 1 }
    return count
  }
}

extension [UInt8] {
  /// Whether it stands before `other` in the order of bytes.
  func precedes(_ other: [UInt8]) -> Bool {
    withUnsafeBytes { $0.precedes(other) }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether it stands before `other` in the order of bytes.
  func precedes(_ other: [UInt8]) -> Bool {
    other.withUnsafeBytes { ByteOrder.precedes(left: self, right: $0) }
  }

  /// Whether it begins with the given bytes.
  func hasPrefix(_ prefix: [UInt8]) -> Bool {
    count >= prefix.count
      && prefix.withUnsafeBytes { ByteOrder.commonCount(self, with: $0) == prefix.count }
  }

  /// Whether it holds the given bytes.
  func isEqual(to other: [UInt8]) -> Bool {
    count == other.count
      && other.withUnsafeBytes { ByteOrder.commonCount(self, with: $0) == other.count }
  }
}
