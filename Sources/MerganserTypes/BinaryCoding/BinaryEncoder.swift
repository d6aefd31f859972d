/// Appends values to a byte string.
///
/// Integers of variable length are LEB128: seven bits a byte, the least significant first, the high
/// bit set on all but the last. Integers of fixed length are little-endian.
public struct BinaryEncoder: Sendable {
  /// What has been encoded so far.
  public var bytes: [UInt8]

  /// An encoder that has written nothing yet.
  @inlinable
  public init(reservingCapacity capacity: Int = 0) {
    bytes = []
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  /// Appends one byte.
  @inlinable
  public mutating func encode(byte: UInt8) {
    bytes.append(byte)
  }

  /// Appends an unsigned integer in one to ten bytes, fewer for smaller ones.
  @inlinable
  public mutating func encode(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a signed integer in one to ten bytes, fewer the closer it is to zero (zigzag).
  @inlinable
  public mutating func encode(signedVarint value: Int64) {
    encode(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Appends a non-negative count.
  @inlinable
  public mutating func encode(count: Int) {
    encode(varint: UInt64(count))
  }

  /// Appends eight bytes, the least significant first.
  @inlinable
  public mutating func encode(fixed64 value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes as they are, with no length.
  @inlinable
  public mutating func encode(raw: some Sequence<UInt8>) {
    bytes.append(contentsOf: raw)
  }

  /// Appends a length and then as many bytes.
  @inlinable
  public mutating func encode(lengthPrefixed raw: some Collection<UInt8>) {
    encode(count: raw.count)
    bytes.append(contentsOf: raw)
  }
}
