import MerganserModel
import MerganserTypes

/// The records of the database `meta`, each with its checksum in front.
///
/// `format` is read before all else, and its layout never changes: magic, format, feature bits.
enum StoreRecords {
  /// The formats that this version of the program reads.
  ///
  /// Format 2 came with rows that checkpoints store, and with logs whose beginning is no more there; format 3
  /// with versions of format 2, versions that are set aside, and hashes of versions that were truncated.
  static let supportedFormats: ClosedRange<UInt64> = 1...3
  /// The features that a store may require and that this version of the program has.
  static let knownFeatures: UInt64 = 0

  static let formatKey = Array("format".utf8)
  static let identityKey = Array("identity".utf8)
  static let sessionKey = Array("session".utf8)
  static let schemaName = "schema"
  private static let magic: UInt64 = 0x4D45_5247_414E_5352  // "MERGANSR"
  /// How many bytes one record holds of what is in several.
  private static let partSize = 4000

  /// The key of a part of what is in several records.
  static func key(_ name: String, part: Int) -> [UInt8] {
    Array(name.utf8)
      + withUnsafeBytes(of: UInt32(truncatingIfNeeded: part).bigEndian) { Array($0) }
  }

  static func format() -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(fixed64: magic)
    encoder.encode(fixed64: supportedFormats.upperBound)
    encoder.encode(fixed64: knownFeatures)
    return encoder.bytes
  }

  /// Checks that this version of the program reads what `record` announces, and returns the format.
  static func checkFormat(_ record: [UInt8], path: String) throws(StorageError) -> UInt64 {
    let place = "the format record of \(path)"
    let found: (magic: UInt64, format: UInt64, features: UInt64)
    do {
      found = try BinaryDecoder.decoding(record) { decoder throws(BinaryDecodingError) in
        (try decoder.decodeFixed64(), try decoder.decodeFixed64(), try decoder.decodeFixed64())
      }
    } catch {
      throw .damaged(place: place, reason: "\(error)")
    }
    guard found.magic == magic else {
      throw .damaged(place: place, reason: "it does not begin as a store's does")
    }
    guard supportedFormats.contains(found.format) else {
      throw .unsupportedFormat(path: path, found: found.format, supported: supportedFormats)
    }
    let unknown = found.features & ~knownFeatures
    guard unknown == 0 else {
      throw .unusable(
        path: path,
        reason: """
          it needs features (bits \(String(unknown, radix: 2))) that this version of the program \
          has not; use a newer one
          """)
    }
    return found.format
  }

  /// What the identity's record holds; the schema's description is in records of its own.
  struct Identity {
    var storeID: UInt64
    var replica: ReplicaID
    var founder: ReplicaID
    var schemaParts: Int

    func encoded() -> [UInt8] {
      var encoder = BinaryEncoder()
      encoder.encode(fixed64: storeID)
      for id in [replica, founder] {
        encoder.encode(fixed64: id.high)
        encoder.encode(fixed64: id.low)
      }
      encoder.encode(count: schemaParts)
      return encoder.bytes
    }

    init(storeID: UInt64, replica: ReplicaID, founder: ReplicaID, schemaParts: Int) {
      self.storeID = storeID
      self.replica = replica
      self.founder = founder
      self.schemaParts = schemaParts
    }

    init(_ record: [UInt8]) throws(BinaryDecodingError) {
      self = try BinaryDecoder.decoding(record) { decoder throws(BinaryDecodingError) in
        let storeID = try decoder.decodeFixed64()
        let replica = ReplicaID(high: try decoder.decodeFixed64(), low: try decoder.decodeFixed64())
        let founder = ReplicaID(high: try decoder.decodeFixed64(), low: try decoder.decodeFixed64())
        let start = decoder.offset
        let parts = try decoder.decodeVarint()
        guard parts <= 1 << 16 else {
          throw .invalidValue(offset: start, expected: "a count of schema records")
        }
        return Identity(
          storeID: storeID, replica: replica, founder: founder, schemaParts: Int(parts))
      }
    }
  }

  /// Bytes, cut into records.
  static func parts(_ bytes: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: partSize).map { start in
      Array(bytes[start..<min(start + partSize, bytes.count)])
    }
  }
}

// Reading.
extension StoreRecords {
  /// What is in several records of the database `meta`.
  static func joined(
    _ name: String, parts: Int, in transaction: ReadTransaction
  ) throws(StorageError) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in 0..<parts { bytes += try record(key(name, part: part), in: transaction) }
    return bytes
  }

  /// A record of the database `meta`, its checksum checked and taken off.
  static func record(
    _ key: [UInt8], in transaction: ReadTransaction
  ) throws(StorageError) -> [UInt8] {
    guard let body = try optional(key, in: transaction) else {
      throw .damaged(place: name(key), reason: "it is missing")
    }
    return body
  }

  /// A record of the database `meta`; `nil` if there is none.
  static func optional(
    _ key: [UInt8], in transaction: ReadTransaction
  ) throws(StorageError) -> [UInt8]? {
    try transaction.get(.meta, key: key) { key, value throws(StorageError) in
      guard let body = Checksum.unsalted.opened(value, in: .meta, under: key) else {
        throw .damaged(place: name(key), reason: "its checksum does not fit its contents")
      }
      return Array(body)
    }
  }

  private static func name(_ key: some Sequence<UInt8>) -> String {
    "the record \"\(String(decoding: key.prefix { $0 >= 32 }, as: UTF8.self))\""
  }
}
