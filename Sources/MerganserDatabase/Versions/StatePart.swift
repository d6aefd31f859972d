public import MerganserModel
public import MerganserTypes

/// What stands before a state that is handed over: which versions it is the join of.
public struct StateHeader: Hashable, Sendable {
  /// The last version of each origin that is in it.
  public var heads: [ReplicaID: Head]
  /// A time that no later version of whoever takes it in may be before.
  public var time: HybridTime
  /// The tables whose rows follow; without them, those of whoever takes it in.
  public var tables: [String]?

  /// The header with the given parts.
  public init(heads: [ReplicaID: Head], time: HybridTime, tables: [String]? = nil) {
    self.heads = heads
    self.time = time
    self.tables = tables
  }

  /// How far each origin's versions are in the state.
  public var vector: VersionVector { VersionVector(heads) }
}

/// All rows of one table in a range of keys, as one replica has them at one moment.
///
/// The parts of a state come table by table, each from where the one before it ended. A key in the range
/// that is not among the rows has none.
public struct StatePart: Hashable, Sendable {
  /// A row, still encoded.
  public struct Row: Hashable, Sendable {
    /// Its key.
    public var key: [UInt8]
    /// Its bytes, as a value of its own.
    public var bytes: [UInt8]

    /// The row of the given parts.
    public init(key: [UInt8], bytes: [UInt8]) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// The table's name.
  public var table: String
  /// The key behind which the range begins; `nil` for the table's beginning.
  public var behind: [UInt8]?
  /// The last key of the range; `nil` for the table's end.
  public var last: [UInt8]?
  /// The rows, in the order of their keys.
  public var rows: [Row]

  /// The part of the given parts.
  public init(table: String, behind: [UInt8]?, last: [UInt8]?, rows: [Row]) {
    self.table = table
    self.behind = behind
    self.last = last
    self.rows = rows
  }
}

extension StatePart {
  /// How many bytes a part has at most: there is room for any row.
  public static let maximumSize = RowSize.maximumPart
  /// How many rows a part has at most: what a message of many small ones takes in memory has an end.
  package static let maximumCount = 1 << 17

  /// How many bytes it takes, about.
  package var size: Int {
    rows.reduce((behind?.count ?? 0) + (last?.count ?? 0) + table.utf8.count + 64) {
      $0 + $1.key.count + $1.bytes.count + 16
    }
  }
}

extension StateHeader: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: heads.count)
    for (origin, head) in heads.sorted(by: { $0.key < $1.key }) {
      origin.encode(to: &encoder)
      encoder.encode(varint: head.sequence)
      encoder.encode(fixed64: head.hash)
    }
    time.encode(to: &encoder)
    tables?.encode(to: &encoder)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    heads = [:]
    var previous: ReplicaID?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 10)) {
      let start = decoder.offset
      let origin = try ReplicaID(from: &decoder)
      if let previous, previous >= origin {
        throw .invalidValue(offset: start, expected: "origins in ascending order")
      }
      let sequence = try decoder.decodeVarint()
      guard (1...Dot.maximumSequence).contains(sequence) else {
        throw .invalidValue(offset: start, expected: "a sequence number")
      }
      heads[origin] = Head(sequence: sequence, hash: try decoder.decodeFixed64())
      previous = origin
    }
    time = try HybridTime(from: &decoder)
    tables = decoder.remaining > 0 ? try [String](from: &decoder) : nil
  }
}

extension StatePart: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    table.encode(to: &encoder)
    for bound in [behind, last] {
      (bound != nil).encode(to: &encoder)
      if let bound { encoder.encode(lengthPrefixed: bound) }
    }
    encoder.encode(count: rows.count)
    for row in rows {
      encoder.encode(lengthPrefixed: row.key)
      encoder.encode(lengthPrefixed: row.bytes)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    table = try String(from: &decoder)
    behind = try Bool(from: &decoder) ? try decoder.decodeLengthPrefixed() : nil
    last = try Bool(from: &decoder) ? try decoder.decodeLengthPrefixed() : nil
    rows = []
    let count = try decoder.decodeCount(minimumSize: 2, atMost: Self.maximumCount)
    rows.reserveCapacity(count)
    for _ in 0..<count {
      rows.append(
        Row(
          key: try decoder.decodeLengthPrefixed(), bytes: try decoder.decodeLengthPrefixed()))
    }
  }
}
