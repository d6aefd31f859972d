internal import CXXHash
package import MerganserModel
public import MerganserTypes

/// A version as the log keeps it and the wire carries it: its bytes, and where they belong.
public struct StoredVersion: Hashable, Sendable {
  /// The replica that committed it.
  public let origin: ReplicaID
  /// The sequence numbers of the dots that it wrote.
  public let sequences: ClosedRange<UInt64>
  /// The hash of the origin's version before, or 0 for its first.
  public let previousHash: UInt64
  /// The version's bytes, without its origin.
  public let payload: [UInt8]
  /// The hash of the payload and its origin: what the origin's next version carries as its link.
  public let hash: UInt64

  /// The longest payload that storages take.
  public static let maximumSize = 16 << 20

  /// The format of the payload.
  public var format: UInt8 { payload.first ?? 0 }

  /// Takes `payload` for a version of `origin`, having read the head of it.
  ///
  /// - Throws: where the head cannot be decoded. The rest is decoded when the version is applied.
  public init(origin: ReplicaID, payload: [UInt8]) throws(BinaryDecodingError) {
    let head = try VersionCoding.decodeHead(payload)
    self.init(
      origin: origin, sequences: head.sequences, previousHash: head.previousHash, payload: payload)
  }

  /// The last sequence number of the version that `payload` holds, without making a version of it.
  package static func lastSequence(
    of payload: UnsafeRawBufferPointer
  ) throws(BinaryDecodingError) -> UInt64 {
    try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
      let head = try VersionCoding.decodeHead(&decoder)
      try decoder.withRaw(count: decoder.remaining) { _ in }
      return head.sequences.upperBound
    }
  }

  /// What stands in front of a version: its sequence numbers, its link, and its time.
  package typealias Beginning = (
    sequences: ClosedRange<UInt64>, previousHash: UInt64, time: HybridTime
  )

  /// Reads the beginning of a version, of which `payload` need not hold more than the first 64 bytes.
  package static func beginning(
    of payload: UnsafeRawBufferPointer
  ) throws(BinaryDecodingError) -> Beginning {
    try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
      let head = try VersionCoding.decodeHead(&decoder)
      let time = HybridTime(bits: try decoder.decodeFixed64())
      try decoder.withRaw(count: decoder.remaining) { _ in }
      return (head.sequences, head.previousHash, time)
    }
  }

  init(
    origin: ReplicaID, sequences: ClosedRange<UInt64>, previousHash: UInt64, payload: [UInt8]
  ) {
    self.origin = origin
    self.sequences = sequences
    self.previousHash = previousHash
    self.payload = payload
    hash = payload.withUnsafeBytes {
      XXH3_64bits_withSeed(
        $0.baseAddress, $0.count, origin.high ^ (origin.low &* 0x9E37_79B9_7F4A_7C15))
    }
  }
}

extension RequestID {
  /// The id under which a version that is set aside is offered again, by whoever does.
  package init(offering version: StoredVersion) {
    self.init(
      offering: Dot(version.origin, sequence: version.sequences.upperBound), hash: version.hash)
  }
}
