extension BinaryDecoder {
  /// Reads a length, no greater than `limit`, and then as many bytes.
  package mutating func decodeLimited(
    _ limit: Int, name: String
  ) throws(BinaryDecodingError) -> [UInt8] {
    let start = offset
    let count = try decodeCount()
    guard count <= limit else {
      throw .invalidValue(offset: start, expected: "\(name) of at most \(limit) bytes")
    }
    return try decodeRaw(count: count)
  }
}
