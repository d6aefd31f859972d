package import MerganserModel
package import MerganserTypes

/// The ends of some truncated versions of one origin, which follow one another: an entry of the spine.
///
/// ```
/// format   1 byte
/// time     8 bytes: the time of a version that was truncated together with the last of these
/// last     varint: the last sequence number that the block covers
/// count    varint
/// ends     each: how far it lies behind the end before, a varint; the hash, 8 bytes
/// ```
///
/// Its key names the origin and the first sequence number that the block covers. A block has the end of
/// every version from there to its last, so it also tells at which numbers no version ends.
package struct SpineBlock: Equatable, Sendable {
  /// Whose versions these were.
  package let origin: ReplicaID
  /// The first sequence number that the block covers.
  package let first: UInt64
  /// The versions' ends, in ascending order; there is one at least.
  package private(set) var ends: [Head]
  /// The time of a version that was truncated together with the last of these.
  package private(set) var time: HybridTime
  /// How many bytes the ends take.
  private var size: Int

  /// The longest block: it fits one page of a store, with what the store adds.
  package static let maximumSize = 4000
  private static let format: UInt8 = 1
  /// The longest bytes in front of the ends, and the longest end.
  private static let (longestHeader, longestEnd) = (29, 18)

  /// The block of one end.
  init(_ end: Head, of origin: ReplicaID, first: UInt64, time: HybridTime) {
    self.origin = origin
    self.first = first
    self.time = time
    ends = [end]
    size = Self.size(ofDistance: end.sequence - (first - 1))
  }

  /// The last sequence number that the block covers.
  package var last: UInt64 { ends.last?.sequence ?? first }

  /// Whether the block has room for another end.
  var hasRoom: Bool { Self.longestHeader + size + Self.longestEnd <= Self.maximumSize }

  /// Adds the end of the version that follows.
  mutating func append(_ end: Head, time: HybridTime) {
    size += Self.size(ofDistance: end.sequence - last)
    ends.append(end)
    self.time = max(self.time, time)
  }

  /// How many bytes an end takes that lies so far behind the one before.
  private static func size(ofDistance distance: UInt64) -> Int {
    (UInt64.bitWidth - distance.leadingZeroBitCount + 6) / 7 + 8
  }

  /// What is known of the version that ends at `sequence`; `nil` if the block does not cover the number.
  ///
  /// - Complexity: O(log *n*).
  package func entry(endingAt sequence: UInt64) -> HistoryEntry? {
    guard first <= sequence, sequence <= last else { return nil }
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return ends[low].sequence == sequence ? .hash(ends[low].hash) : .noVersionEnds
  }
}

// The block's bytes.
extension SpineBlock {
  /// The key under which the block is stored.
  package var key: [UInt8] { origin.keyEncoded() + first.keyEncoded() }

  /// The block's bytes, without its key.
  func binaryEncoded() -> [UInt8] {
    var encoder = BinaryEncoder(reservingCapacity: Self.maximumSize)
    encoder.encode(byte: Self.format)
    encoder.encode(fixed64: time.bits)
    encoder.encode(varint: last)
    encoder.encode(count: ends.count)
    var before = first - 1
    for end in ends {
      encoder.encode(varint: end.sequence - before)
      encoder.encode(fixed64: end.hash)
      before = end.sequence
    }
    return encoder.bytes
  }

  /// What stands in front of the ends.
  private static func decodeHeader(
    _ decoder: inout BinaryDecoder, first: UInt64
  ) throws(BinaryDecodingError) -> (time: HybridTime, last: UInt64) {
    guard try decoder.decodeByte() == format else {
      throw .invalidValue(offset: 0, expected: "a block of format \(format)")
    }
    let time = HybridTime(bits: try decoder.decodeFixed64())
    let start = decoder.offset
    let last = try decoder.decodeVarint()
    guard first > 0, last >= first else {
      throw .invalidValue(offset: start, expected: "a number behind the block's first")
    }
    return (time, last)
  }

  /// Reads a block from the whole of its bytes.
  init(
    of origin: ReplicaID, first: UInt64, binaryEncoded bytes: [UInt8]
  ) throws(BinaryDecodingError) {
    var size = 0
    let (time, ends) = try BinaryDecoder.decoding(bytes) {
      decoder throws(BinaryDecodingError) -> (HybridTime, [Head]) in
      let (time, last) = try Self.decodeHeader(&decoder, first: first)
      let count = try decoder.decodeCount(minimumSize: 9)
      var ends: [Head] = []
      ends.reserveCapacity(count)
      var before = first - 1
      for _ in 0..<count {
        let start = decoder.offset
        let distance = try decoder.decodeVarint()
        guard distance > 0, distance <= last - before else {
          throw .invalidValue(offset: start, expected: "an end behind the one before")
        }
        before += distance
        size += Self.size(ofDistance: distance)
        ends.append(Head(sequence: before, hash: try decoder.decodeFixed64()))
      }
      guard count > 0, before == last else {
        throw .invalidValue(offset: decoder.offset, expected: "ends up to the block's last")
      }
      return (time, ends)
    }
    self.origin = origin
    self.first = first
    self.time = time
    self.ends = ends
    self.size = size
  }

  /// Reads a block's time only.
  static func time(
    in bytes: [UInt8], first: UInt64
  ) throws(BinaryDecodingError) -> HybridTime {
    try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
      let (time, _) = try decodeHeader(&decoder, first: first)
      try decoder.withRaw(count: decoder.remaining) { _ in }
      return time
    }
  }
}
