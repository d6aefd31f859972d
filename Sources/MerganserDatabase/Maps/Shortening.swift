import CXXHash

extension [UInt8] {
  /// The bytes, or where there are more than `limit` their beginning with a hash of all of them.
  func shortened(to limit: Int) -> [UInt8] {
    if count <= limit { return self }
    let hash = withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
    return prefix(limit - 16)
      + Swift.withUnsafeBytes(of: (hash.high64.bigEndian, hash.low64.bigEndian)) { Array($0) }
  }

  /// Eight bytes that stand for them in a key.
  var hashed: [UInt8] {
    let hash = withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    return Swift.withUnsafeBytes(of: hash.bigEndian) { Array($0) }
  }
}
