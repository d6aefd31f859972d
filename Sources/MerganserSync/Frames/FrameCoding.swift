import CXXHash

/// The bytes of messages: a preface, and then frames.
///
/// ```
/// preface          12 bytes: a bundle's "MERGBNDL" and its format, 4 bytes;
///                  a sync's "MERGSYNC", and the lowest and the highest version of the protocol, 2 bytes each
/// frames           each: kind, 1 byte; length, 4 bytes; checksum, 8 bytes; as many bytes as the length says
/// ```
///
/// Numbers stand with their least significant byte first. A frame's checksum is XXH3-64 over its bytes,
/// seeded by the checksum before, the kind and the length: no frame can be changed, left out, repeated
/// or moved.
enum FrameCoding {
  /// How many bytes stand before the first frame.
  static let prefaceSize = 12
  /// How many bytes stand before what a frame holds.
  static let headSize = 13
  static let seed: UInt64 = 0x4D45_5247_0000_0001

  /// The checksum of a frame behind one with the checksum `previous`.
  static func checksum(
    _ kind: UInt8, body: some Collection<UInt8>, after previous: UInt64
  ) -> UInt64 {
    let seed = previous ^ (UInt64(kind) << 56 | UInt64(body.count))
    let hash = body.withContiguousStorageIfAvailable {
      XXH3_64bits_withSeed($0.baseAddress, $0.count, seed)
    }
    return hash ?? checksum(kind, body: Array(body), after: previous)
  }

  /// The number that stands in the given bytes.
  static func number(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Appends a frame, and returns its checksum.
  static func append(
    _ kind: UInt8, body: some Collection<UInt8>, after previous: UInt64, to bytes: inout [UInt8]
  ) -> UInt64 {
    let checksum = checksum(kind, body: body, after: previous)
    bytes.append(kind)
    withUnsafeBytes(of: UInt32(body.count).littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: checksum.littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: body)
    return checksum
  }
}
