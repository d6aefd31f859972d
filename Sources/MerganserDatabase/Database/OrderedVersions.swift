import MerganserModel
import MerganserTypes

/// The versions of an entry of the order, as a primary proposes them.
enum OrderedVersions {
  /// How many bytes the versions of one request may have.
  static let maximumSize = 8 << 20

  /// The bytes of versions of the order's identity, one after the other.
  static func encoded(_ versions: [StoredVersion]) -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(count: versions.count)
    for version in versions { encoder.encode(lengthPrefixed: version.payload) }
    return encoder.bytes
  }

  /// The versions of the order's identity that some bytes hold; `nil` if they are none.
  static func decoded(_ bytes: [UInt8], of order: ReplicaID) -> [StoredVersion]? {
    try? BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
      var versions: [StoredVersion] = []
      for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
        versions.append(
          try StoredVersion(origin: order, payload: try decoder.decodeLengthPrefixed()))
      }
      return versions
    }
  }
}
