public import MerganserTypes

/// The bytes of a version, format 1.
///
/// ```
/// format           1 byte
/// first sequence   varint
/// length − 1       varint
/// previous hash    8 bytes
/// time             8 bytes
/// replica table    varint count, 16 bytes each: the origin first
/// dependencies     version vector over the table
/// request          0, or 1 and length-prefixed bytes
/// tables           varint count, each: name, varint count of rows, each: key, delta
/// ```
enum VersionCoding {
  static let format: UInt8 = 1

  static func decodeHead(
    _ payload: [UInt8]
  ) throws(BinaryDecodingError) -> (sequences: ClosedRange<UInt64>, previousHash: UInt64) {
    try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
      let head = try decodeHead(&decoder)
      // The head is a prefix: what follows it is left unread.
      try decoder.withRaw(count: decoder.remaining) { _ in }
      return head
    }
  }

  static func decodeHead(
    _ decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> (sequences: ClosedRange<UInt64>, previousHash: UInt64) {
    let found = try decoder.decodeByte()
    guard found == format else {
      throw .unsupportedFormat(offset: 0, found: found, supported: format...format)
    }
    let first = try decoder.decodeSequence()
    let start = decoder.offset
    let (last, overflow) = first.addingReportingOverflow(try decoder.decodeVarint())
    guard !overflow, last <= Dot.maximumSequence else {
      throw .invalidValue(offset: start, expected: "a version's length in dots")
    }
    return (first...last, try decoder.decodeFixed64())
  }
}

extension Version {
  /// The version's bytes, given the table of replicas that its rows' deltas were encoded with.
  public func stored(replicaTable: [ReplicaID]) -> StoredVersion {
    var body = BinaryEncoder()
    for replica in replicaTable { body.register(replica) }
    dependencies.encode(to: &body)
    request.encode(to: &body)
    body.encode(count: tables.count)
    for table in tables {
      table.name.encode(to: &body)
      body.encode(count: table.rows.count)
      for row in table.rows {
        body.encode(lengthPrefixed: row.key)
        body.encode(lengthPrefixed: row.delta)
      }
    }
    var encoder = BinaryEncoder(
      reservingCapacity: body.bytes.count + 16 * body.replicas.count + 48)
    encoder.encode(byte: VersionCoding.format)
    encoder.encode(varint: sequences.lowerBound)
    encoder.encode(varint: sequences.upperBound - sequences.lowerBound)
    encoder.encode(fixed64: previousHash)
    encoder.encode(fixed64: time.bits)
    encoder.encode(replicaTable: body.replicas)
    encoder.encode(raw: body.bytes)
    return StoredVersion(
      origin: origin, sequences: sequences, previousHash: previousHash, payload: encoder.bytes)
  }
}

extension StoredVersion {
  /// The version that the bytes hold, and the table of replicas that its rows' deltas refer to.
  public func decoded() throws(BinaryDecodingError) -> (version: Version, replicaTable: [ReplicaID])
  {
    let origin = origin
    return try BinaryDecoder.decoding(payload) { decoder throws(BinaryDecodingError) in
      let (sequences, previousHash) = try VersionCoding.decodeHead(&decoder)
      let time = HybridTime(bits: try decoder.decodeFixed64())
      decoder.replicas = try decoder.decodeReplicaTable()
      let dependencies = try VersionVector(from: &decoder)
      let request = try RequestID?(from: &decoder)
      let tableCount = try decoder.decodeCount(minimumSize: 2)
      var tables: [TableDelta] = []
      tables.reserveCapacity(tableCount)
      for _ in 0..<tableCount {
        let name = try String(from: &decoder)
        let rowCount = try decoder.decodeCount(minimumSize: 2)
        var rows: [RowDelta] = []
        rows.reserveCapacity(rowCount)
        for _ in 0..<rowCount {
          rows.append(
            RowDelta(
              key: try decoder.decodeLengthPrefixed(), delta: try decoder.decodeLengthPrefixed()))
        }
        tables.append(TableDelta(name: name, rows: rows))
      }
      let version = Version(
        origin: origin, sequences: sequences, time: time, dependencies: dependencies,
        previousHash: previousHash, request: request, tables: tables)
      return (version, decoder.replicas)
    }
  }
}
