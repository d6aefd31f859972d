/// Reads values from a byte string that nobody vouches for.
///
/// Every read is checked against the end of the input, and a count is checked against what the rest
/// of the input could hold before anything is allocated for it. A decoder is only valid inside the
/// closure that it is handed to.
public struct BinaryDecoder {
  @usableFromInline let input: UnsafeRawBufferPointer

  @usableFromInline var position: Int

  /// How many bytes have been read.
  @inlinable
  public var offset: Int { position }

  /// The replicas that the bytes name by their places.
  public var replicas: [ReplicaID]

  /// How many of the replicas have been named so far, the first of them first.
  @usableFromInline var named = 0
  /// Whether a replica was named before another that stands in front of it.
  @usableFromInline var isNamedOutOfOrder = false

  /// The latest of the stamps that were read.
  public private(set) var latestStamp = HybridTime.zero

  @inlinable
  init(_ input: UnsafeRawBufferPointer) {
    self.input = input
    self.position = 0
    self.replicas = []
  }

  /// How many bytes are left.
  @inlinable
  public var remaining: Int { input.count - position }

  /// Reads a value that takes up the whole of `bytes`.
  @inlinable
  public static func decoding<Value>(
    _ bytes: [UInt8],
    body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    let result: Result<Value, BinaryDecodingError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(BinaryDecodingError) in try decoding(buffer, body: body) }
    }
    return try result.get()
  }

  /// Reads a value that takes up the whole of `buffer`, which must stay valid for the call.
  @inlinable
  public static func decoding<Value>(
    _ buffer: UnsafeRawBufferPointer,
    body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    var decoder = BinaryDecoder(buffer)
    let value = try body(&decoder)
    guard decoder.remaining == 0 else {
      throw .trailingBytes(offset: decoder.offset, count: decoder.remaining)
    }
    return value
  }

  /// Reads a value that begins at `offset` of `buffer`, which must stay valid for the call; what follows
  /// the value is left unread.
  @inlinable
  public static func decoding<Value>(
    _ buffer: UnsafeRawBufferPointer, from offset: Int,
    body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    guard (0...buffer.count).contains(offset) else {
      throw .truncated(offset: buffer.count, needed: offset - buffer.count)
    }
    var decoder = BinaryDecoder(buffer)
    decoder.position = offset
    return try body(&decoder)
  }

  /// Reads one byte.
  @inlinable
  public mutating func decodeByte() throws(BinaryDecodingError) -> UInt8 {
    guard position < input.count else { throw .truncated(offset: position, needed: 1) }
    defer { position &+= 1 }
    return input.load(fromByteOffset: position, as: UInt8.self)
  }

  /// Reads an unsigned integer of variable length; only the shortest form is accepted.
  @inlinable
  public mutating func decodeVarint() throws(BinaryDecodingError) -> UInt64 {
    // Most are small.
    if position < input.count {
      let byte = input.load(fromByteOffset: position, as: UInt8.self)
      if byte < 0x80 {
        position &+= 1
        return UInt64(byte)
      }
    }
    return try decodeLongVarint()
  }

  @usableFromInline
  mutating func decodeLongVarint() throws(BinaryDecodingError) -> UInt64 {
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
  @inlinable
  public mutating func decodeSignedVarint() throws(BinaryDecodingError) -> Int64 {
    let bits = try decodeVarint()
    return Int64(bitPattern: (bits >> 1) ^ (0 &- (bits & 1)))
  }

  /// Reads the place of a replica among ``replicas``.
  @inlinable
  public mutating func decodeReplica() throws(BinaryDecodingError) -> ReplicaID {
    let start = offset
    let place = try decodeVarint()
    guard place < UInt64(replicas.count) else { throw noReplica(at: start) }
    if place == UInt64(named) {
      named += 1
    } else if place > UInt64(named) {
      isNamedOutOfOrder = true
    }
    return replicas[Int(place)]
  }

  @usableFromInline
  func noReplica(at offset: Int) -> BinaryDecodingError {
    .invalidValue(
      offset: offset, expected: "the place of one of the \(replicas.count) replicas named in front")
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

  /// Reads the time of a write by which writes are compared, and notes the latest of them.
  ///
  /// A replica's clock goes on behind it, so that its own later writes win over this one.
  public mutating func decodeStamp() throws(BinaryDecodingError) -> HybridTime {
    let stamp = HybridTime(bits: try decodeFixed64())
    latestStamp = max(latestStamp, stamp)
    return stamp
  }

  /// Reads over a table of replicas, and refuses it as ``decodeReplicaTable()`` does.
  @inlinable
  public mutating func skipReplicaTable() throws(BinaryDecodingError) {
    let start = position
    let count = try decodeCount(minimumSize: 16)
    if count < 2 {
      position &+= 16 * count
    } else {
      position = start
      _ = try decodeReplicaTable()
    }
  }

  /// Reads over `count` bytes.
  @inlinable
  public mutating func skip(_ count: Int) throws(BinaryDecodingError) {
    try need(count)
    position &+= count
  }

  /// Reads over a zero, if that is what follows.
  @inlinable
  public mutating func isAtZero() throws(BinaryDecodingError) -> Bool {
    try need(1)
    guard input.load(fromByteOffset: position, as: UInt8.self) == 0 else { return false }
    position &+= 1
    return true
  }

  /// Reads eight bytes, the least significant first.
  @inlinable
  public mutating func decodeFixed64() throws(BinaryDecodingError) -> UInt64 {
    try need(8)
    defer { position &+= 8 }
    return UInt64(littleEndian: input.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// Reads a count of things that take at least `minimumSize` bytes each.
  ///
  /// A count that the rest of the input could not hold is refused, so that a caller may reserve room
  /// for as many.
  @inlinable
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

  /// Reads a count of things as ``decodeCount(minimumSize:)`` does, of which there are at most `limit`.
  package mutating func decodeCount(
    minimumSize: Int, atMost limit: Int
  ) throws(BinaryDecodingError) -> Int {
    let start = offset
    let count = try decodeCount(minimumSize: minimumSize)
    guard count <= limit else {
      throw .invalidValue(offset: start, expected: "a count of at most \(limit)")
    }
    return count
  }

  /// Reads `count` bytes as they are.
  @inlinable
  public mutating func decodeRaw(count: Int) throws(BinaryDecodingError) -> [UInt8] {
    try need(count)
    defer { position &+= count }
    return Array(UnsafeRawBufferPointer(rebasing: input[position..<position + count]))
  }

  /// Reads a length and then as many bytes.
  @inlinable
  public mutating func decodeLengthPrefixed() throws(BinaryDecodingError) -> [UInt8] {
    let count = try decodeCount()
    return try decodeRaw(count: count)
  }

  /// Reads over a length and as many bytes, and says where these stand.
  @inlinable
  public mutating func skipLengthPrefixed() throws(BinaryDecodingError) -> Range<Int> {
    let count = try decodeCount()
    defer { position &+= count }
    return position..<position + count
  }

  /// Reads a length, and hands as many bytes to `body` without copying them.
  @inlinable
  public mutating func withLengthPrefixed<Value>(
    _ body: (UnsafeRawBufferPointer) -> Value
  ) throws(BinaryDecodingError) -> Value {
    let count = try decodeCount()
    return try withRaw(count: count, body: body)
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
  @inlinable
  public mutating func withRaw<Value>(
    count: Int, body: (UnsafeRawBufferPointer) -> Value
  ) throws(BinaryDecodingError) -> Value {
    try need(count)
    defer { position &+= count }
    return body(UnsafeRawBufferPointer(rebasing: input[position..<position + count]))
  }

  @inlinable
  func need(_ count: Int) throws(BinaryDecodingError) {
    guard count >= 0, count <= remaining else {
      throw .truncated(offset: offset, needed: count - remaining)
    }
  }
}
