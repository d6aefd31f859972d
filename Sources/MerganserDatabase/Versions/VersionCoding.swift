public import MerganserModel
public import MerganserTypes

/// The bytes of a version, format 2.
///
/// ```
/// format           1 byte
/// first sequence   varint
/// length − 1       varint
/// previous hash    8 bytes
/// time             8 bytes
/// flags            1 byte: 1 for a scope of this replica only, 2 where a plan follows
/// schema           8 bytes: its fingerprint
/// plan             8 bytes, if flagged
/// replica table    varint count, 16 bytes each: the origin first
/// dependencies     version vector over the table
/// links            8 bytes for each dependency, in the same order: the hash of the origin's version there
/// request          0, or 1 and length-prefixed bytes
/// extensions       varint count, each: varint tag, length-prefixed bytes
/// tables           varint count, each: name, varint count of rows, each: key, delta
/// ```
///
/// Format 1 has neither flags, schema, plan, links nor extensions. It is read for ever, and not written.
enum VersionCoding {
  static let formats: ClosedRange<UInt8> = 1...2
  /// The format in which versions are written.
  static let format: UInt8 = 2

  private static let isLocalOnly: UInt8 = 1
  private static let hasPlan: UInt8 = 2

  /// What stands behind the head.
  struct Body {
    let time: HybridTime
    let terms: VersionTerms
    let dependencies: VersionVector
    let linksOffset: Int?
    let request: RequestID?
    let extensionsOffset: Int?
    let tableOffset: Int
    let writesOffset: Int
    let hasCuts: Bool
  }

  static func encode(_ terms: VersionTerms, to encoder: inout BinaryEncoder) {
    encoder.encode(
      byte: (terms.scope == .localOnly ? isLocalOnly : 0) | (terms.plan == 0 ? 0 : hasPlan))
    encoder.encode(fixed64: terms.schema)
    if terms.plan != 0 { encoder.encode(fixed64: terms.plan) }
  }

  static func decodeTerms(
    _ decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> VersionTerms {
    let start = decoder.offset
    let flags = try decoder.decodeByte()
    guard flags & ~(isLocalOnly | hasPlan) == 0 else {
      throw .invalidValue(offset: start, expected: "a version's flags, 0 to 3")
    }
    var terms = VersionTerms(
      schema: try decoder.decodeFixed64(),
      scope: flags & isLocalOnly == 0 ? .everywhere : .localOnly)
    guard flags & hasPlan != 0 else { return terms }
    terms.plan = try decoder.decodeFixed64()
    guard terms.plan != 0 else {
      throw .invalidValue(offset: decoder.offset - 8, expected: "a plan's digest, which is not 0")
    }
    return terms
  }

  /// Reads what stands in front; `payload` may go on behind it.
  static func decodeHead(
    _ payload: [UInt8]
  ) throws(BinaryDecodingError) -> (sequences: ClosedRange<UInt64>, previousHash: UInt64) {
    if let head = payload.withUnsafeBytes(wellFormedHead) { return head }
    let result: Result<_, BinaryDecodingError> = payload.withUnsafeBytes { bytes in
      Result { () throws(BinaryDecodingError) in
        try BinaryDecoder.decoding(bytes, from: 0) { decoder throws(BinaryDecodingError) in
          try decodeHead(&decoder)
        }
      }
    }
    return try result.get()
  }

  /// What stands in front, where nothing is wrong with it; ``decodeHead(_:)-(BinaryDecoder)`` knows what is.
  private static func wellFormedHead(
    _ bytes: UnsafeRawBufferPointer
  ) -> (sequences: ClosedRange<UInt64>, previousHash: UInt64)? {
    var offset = 1
    func varint() -> UInt64? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while offset < bytes.count, shift < 63 {
        let byte = bytes[offset]
        offset += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return byte == 0 && shift > 0 ? nil : value }
        shift += 7
      }
      return nil
    }
    guard let found = bytes.first, formats.contains(found), let first = varint(), first >= 1,
      let length = varint()
    else {
      return nil
    }
    let (last, overflow) = first.addingReportingOverflow(length)
    guard !overflow, last <= Dot.maximumSequence, offset + 8 <= bytes.count else { return nil }
    let hash = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return (first...last, UInt64(littleEndian: hash))
  }

  static func decodeHead(
    _ decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> (sequences: ClosedRange<UInt64>, previousHash: UInt64) {
    let found = try decoder.decodeByte()
    guard formats.contains(found) else {
      throw .unsupportedFormat(offset: 0, found: found, supported: formats)
    }
    let first = try decoder.decodeSequence()
    let start = decoder.offset
    let (last, overflow) = first.addingReportingOverflow(try decoder.decodeVarint())
    guard !overflow, last <= Dot.maximumSequence else {
      throw .invalidValue(offset: start, expected: "a version's length in dots")
    }
    return (first...last, try decoder.decodeFixed64())
  }

  /// How many bytes stand in front of the time, where the sequence numbers are the given ones.
  static func headSize(_ sequences: ClosedRange<UInt64>) -> Int {
    func size(_ number: UInt64) -> Int { max(1, (70 - number.leadingZeroBitCount) / 7) }
    return 9 + size(sequences.lowerBound) + size(sequences.upperBound - sequences.lowerBound)
  }

  /// Reads over a version's extensions, to know that they can be read.
  static func checkExtensions(_ decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      _ = try decoder.decodeVarint()
      _ = try decoder.skipLengthPrefixed()
    }
  }

  /// Reads over what a version wrote, to know that it can be read.
  static func checkWrites(_ decoder: inout BinaryDecoder) throws(BinaryDecodingError) -> Bool {
    var hasCuts = false
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let start = decoder.offset
      let isText = try decoder.withLengthPrefixed { name in
        if name.isEqual(to: cutTableName) { hasCuts = true }
        // Most names are plain.
        return name.allSatisfy { $0 < 0x80 } || String(validating: name, as: UTF8.self) != nil
      }
      guard isText else { throw .invalidValue(offset: start, expected: "text in UTF-8") }
      for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
        _ = try decoder.skipLengthPrefixed()
        _ = try decoder.skipLengthPrefixed()
      }
    }
    return hasCuts
  }

  /// The name of the table of the ends of identities, in UTF-8.
  static let cutTableName = Array(cutTable.name.utf8)
}

extension StoredVersion {
  /// The version of what a transaction wrote.
  ///
  /// - Parameters:
  ///   - origin: the replica that committed it.
  ///   - sequences: the sequence numbers of the dots that it wrote.
  ///   - time: when it committed, on its origin's hybrid clock.
  ///   - terms: under what it was written.
  ///   - dependencies: what its origin had newly seen of other replicas since its own version before, with
  ///     the hash of each version that is named; each origin once, and in the order of the origins.
  ///   - previousHash: the hash of the origin's version before, or 0 for its first.
  ///   - request: the request that it answers, if it answers one.
  ///   - extensions: parts that later programs read.
  ///   - replicas: the table of replicas with which the rows' deltas were encoded.
  ///   - writes: what it wrote, by table and by key within a table.
  public init(
    origin: ReplicaID, sequences: ClosedRange<UInt64>, time: HybridTime,
    terms: VersionTerms = VersionTerms(), dependencies: [Dependency] = [], previousHash: UInt64,
    request: RequestID? = nil, extensions: [VersionExtension] = [],
    replicas: [ReplicaID], writes: [RowDelta]
  ) {
    var body = BinaryEncoder(
      reservingCapacity: writes.reduce(64) { $0 + $1.key.count + $1.delta.count + 4 })
    for replica in replicas { body.register(replica) }
    var vector = VersionVector()
    let dependencies = dependencies.sorted { $0.origin < $1.origin }
    for dependency in dependencies { vector[dependency.origin] = dependency.sequence }
    vector.encode(to: &body)
    for dependency in dependencies { body.encode(fixed64: dependency.hash ?? 0) }
    request.encode(to: &body)
    body.encode(count: extensions.count)
    for one in extensions {
      body.encode(varint: one.tag)
      body.encode(lengthPrefixed: one.bytes)
    }
    // A table begins where its name is another than that of the write before.
    body.encode(
      count: writes.indices.count { $0 == 0 || writes[$0 - 1].table != writes[$0].table })
    var start = 0
    while start < writes.count {
      let rows = writes[start...].prefix { $0.table == writes[start].table }
      writes[start].table.encode(to: &body)
      body.encode(count: rows.count)
      for write in rows {
        body.encode(lengthPrefixed: write.key)
        body.encode(lengthPrefixed: write.delta)
      }
      start = rows.endIndex
    }
    var encoder = BinaryEncoder(
      reservingCapacity: body.bytes.count + 16 * body.replicas.count + 64)
    encoder.encode(byte: VersionCoding.format)
    encoder.encode(varint: sequences.lowerBound)
    encoder.encode(varint: sequences.upperBound - sequences.lowerBound)
    encoder.encode(fixed64: previousHash)
    encoder.encode(fixed64: time.bits)
    VersionCoding.encode(terms, to: &encoder)
    encoder.encode(replicaTable: body.replicas)
    encoder.encode(raw: body.bytes)
    self.init(
      origin: origin, sequences: sequences, previousHash: previousHash, payload: encoder.bytes)
  }

  /// The version that the bytes hold, all of which is checked to be readable.
  ///
  /// - Complexity: O(number of rows); no row is copied.
  public consuming func decoded() throws(BinaryDecodingError) -> Version {
    let sequences = sequences
    let body: Result<VersionCoding.Body, BinaryDecodingError> = payload.withUnsafeBytes { bytes in
      Result { () throws(BinaryDecodingError) in
        try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
          // Who made this value need not have read the head.
          guard sequences.lowerBound >= 1, sequences.upperBound <= Dot.maximumSequence else {
            throw .invalidValue(offset: 1, expected: "sequence numbers that writes have")
          }
          let hasLinks = bytes.first != 1
          try decoder.skip(VersionCoding.headSize(sequences))
          let time = HybridTime(bits: try decoder.decodeFixed64())
          let terms = hasLinks ? try VersionCoding.decodeTerms(&decoder) : VersionTerms()
          let tableOffset = decoder.offset
          try decoder.skipReplicaTable()
          let dependencies = try decoder.decodeDependencies(tableOffset: tableOffset, in: bytes)
          let linksOffset = hasLinks ? decoder.offset : nil
          if hasLinks, !dependencies.replicas.isEmpty {
            try decoder.skip(8 * dependencies.replicas.count)
          }
          let request = try RequestID?(from: &decoder)
          let extensionsOffset = hasLinks ? decoder.offset : nil
          if hasLinks, try !decoder.isAtZero() { try VersionCoding.checkExtensions(&decoder) }
          let writesOffset = decoder.offset
          let hasCuts = try VersionCoding.checkWrites(&decoder)
          return VersionCoding.Body(
            time: time, terms: terms, dependencies: dependencies, linksOffset: linksOffset,
            request: request, extensionsOffset: extensionsOffset, tableOffset: tableOffset,
            writesOffset: writesOffset, hasCuts: hasCuts)
        }
      }
    }
    let read = try body.get()
    return Version(
      stored: self, time: read.time, terms: read.terms, dependencies: read.dependencies,
      linksOffset: read.linksOffset, request: read.request,
      extensionsOffset: read.extensionsOffset, tableOffset: read.tableOffset,
      writesOffset: read.writesOffset, hasCuts: read.hasCuts)
  }
}

extension BinaryDecoder {
  /// Reads a vector over a table of replicas, which is read only if there is anything in the vector.
  fileprivate mutating func decodeDependencies(
    tableOffset: Int, in bytes: UnsafeRawBufferPointer
  ) throws(BinaryDecodingError) -> VersionVector {
    if try isAtZero() { return VersionVector() }
    replicas = try BinaryDecoder.decoding(bytes, from: tableOffset) {
      decoder throws(BinaryDecodingError) in try decoder.decodeReplicaTable()
    }
    return try VersionVector(from: &self)
  }
}
