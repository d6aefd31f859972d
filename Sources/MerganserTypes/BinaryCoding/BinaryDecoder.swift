/// Reads values from a byte string that nobody vouches for.
///
/// Every read is checked against the end of the input, and a count is checked against what the rest
/// of the input could hold before anything is allocated for it. A decoder is only valid inside the
/// closure that it is handed to.
public struct BinaryDecoder {
  @usableFromInline let input: UnsafeRawBufferPointer

  /// How many bytes have been read.
  public private(set) var offset: Int

  /// The replicas that the bytes name by their places.
  public var replicas: [ReplicaID]

  /// How many of the replicas have been named so far, the first of them first.
  @usableFromInline private(set) var named = 0
  /// Whether a replica was named before another that stands in front of it.
  @usableFromInline private(set) var isNamedOutOfOrder = false

  @usableFromInline
  init(_ input: UnsafeRawBufferPointer) {
    self.input = input
    self.offset = 0
    self.replicas = []
  }

  /// How many bytes are left.
  public var remaining: Int { input.count - offset }

  /// Reads a value that takes up the whole of `bytes`.
  @inlinable
  public static func decoding<Value>(
    _ bytes: [UInt8],
    _ body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    let result: Result<Value, BinaryDecodingError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(BinaryDecodingError) in try decoding(buffer, body) }
    }
    return try result.get()
  }

  /// Reads a value that takes up the whole of `buffer`, which must stay valid for the call.
  @inlinable
  public static func decoding<Value>(
    _ buffer: UnsafeRawBufferPointer,
    _ body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    var decoder = BinaryDecoder(buffer)
    let value = try body(&decoder)
    guard decoder.remaining == 0 else {
      throw .trailingBytes(offset: decoder.offset, count: decoder.remaining)
    }
    return value
  }

  /// Reads one byte.
  public mutating func decodeByte() throws(BinaryDecodingError) -> UInt8 {
    guard offset < input.count else { throw .truncated(offset: offset, needed: 1) }
    defer { offset += 1 }
    return input[offset]
  }

  /// Reads an unsigned integer of variable length; only the shortest form is accepted.
  public mutating func decodeVarint() throws(BinaryDecodingError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try decodeByte()
      let bits = UInt64(byte & 0x7F)
      guard shift < 63 || (shift == 63 && bits <= 1) else {
        throw .malformedInteger(offset: start)
      }
      value |= bits << shift
      if byte < 0x80 {
        guard byte != 0 || shift == 0 else { throw .malformedInteger(offset: start) }
        return value
      }
      shift += 7
    }
  }

  /// Reads a signed integer of variable length (zigzag).
  public mutating func decodeSignedVarint() throws(BinaryDecodingError) -> Int64 {
    let bits = try decodeVarint()
    return Int64(bitPattern: (bits >> 1) ^ (0 &- (bits & 1)))
  }

  /// Reads the place of a replica among ``replicas``.
  public mutating func decodeReplica() throws(BinaryDecodingError) -> ReplicaID {
    let start = offset
    let place = try decodeVarint()
    guard place < UInt64(replicas.count) else {
      throw .invalidValue(
        offset: start, expected: "the place of one of the \(replicas.count) replicas named in front"
      )
    }
    if place == UInt64(named) {
      named += 1
    } else if place > UInt64(named) {
      isNamedOutOfOrder = true
    }
    return replicas[Int(place)]
  }

  /// Refuses a table whose replicas were not named all, each in its turn: the encoder writes no other.
  @usableFromInline
  func checkReplicasAreNamedInOrder() throws(BinaryDecodingError) {
    guard named == replicas.count, !isNamedOutOfOrder else {
      throw .invalidValue(
        offset: offset,
        expected: "replicas in the order in which the value names them, and no others")
    }
  }

  /// Reads a table of replicas: a count, and sixteen bytes for each; one that stands there twice is
  /// refused.
  public mutating func decodeReplicaTable() throws(BinaryDecodingError) -> [ReplicaID] {
    let start = offset
    let count = try decodeCount(minimumSize: 16)
    var table: [ReplicaID] = []
    table.reserveCapacity(count)
    for _ in 0..<count {
      table.append(ReplicaID(high: try decodeFixed64(), low: try decodeFixed64()))
    }
    guard count < 2 || Set(table).count == count else {
      throw .invalidValue(offset: start, expected: "a table that names each replica once")
    }
    return table
  }

  /// Reads eight bytes, the least significant first.
  public mutating func decodeFixed64() throws(BinaryDecodingError) -> UInt64 {
    try need(8)
    defer { offset += 8 }
    return UInt64(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Reads a count of things that take at least `minimumSize` bytes each.
  ///
  /// A count that the rest of the input could not hold is refused, so that a caller may reserve room
  /// for as many.
  public mutating func decodeCount(
    minimumSize: Int = 1
  ) throws(BinaryDecodingError) -> Int {
    let start = offset
    let count = try decodeVarint()
    guard count <= UInt64(remaining / max(1, minimumSize)) else {
      throw .countExceedsInput(offset: start, count: count, remaining: remaining)
    }
    return Int(count)
  }

  /// Reads `count` bytes as they are.
  public mutating func decodeRaw(count: Int) throws(BinaryDecodingError) -> [UInt8] {
    try need(count)
    defer { offset += count }
    return Array(input[offset..<offset + count])
  }

  /// Reads a length and then as many bytes.
  public mutating func decodeLengthPrefixed() throws(BinaryDecodingError) -> [UInt8] {
    let count = try decodeCount()
    return try decodeRaw(count: count)
  }

  /// Reads a length and then a value that takes up exactly as many bytes.
  @inlinable
  public mutating func decodeNested<Value>(
    _ body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    let count = try decodeCount()
    let end = offset + count
    let value = try body(&self)
    guard offset == end else {
      throw .invalidValue(offset: offset, expected: "a nested value that ends at byte \(end)")
    }
    return value
  }

  /// Hands the next `count` bytes to `body` without copying them.
  public mutating func withRaw<Value>(
    count: Int, _ body: (UnsafeRawBufferPointer) -> Value
  ) throws(BinaryDecodingError) -> Value {
    try need(count)
    defer { offset += count }
    return body(UnsafeRawBufferPointer(rebasing: input[offset..<offset + count]))
  }

  private func need(_ count: Int) throws(BinaryDecodingError) {
    guard count >= 0, count <= remaining else {
      throw .truncated(offset: offset, needed: count - remaining)
    }
  }
}
