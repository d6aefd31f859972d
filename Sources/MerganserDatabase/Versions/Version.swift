public import MerganserModel
public import MerganserTypes

/// One committed transaction, read where its bytes lie: all that it wrote, and what it came after.
///
/// A version is the unit of the log and of the wire. It is applied as a whole or not at all, after
/// its origin's version before it and after everything that ``dependencies`` names. All of its bytes have
/// been checked; what it wrote to a row is still encoded, so that who does not know the table can hand
/// it on.
public struct Version: Equatable, Sendable {
  /// The version as the log keeps it.
  public let stored: StoredVersion
  /// When it committed, on its origin's hybrid clock.
  public let time: HybridTime
  /// Under what it was written.
  public let terms: VersionTerms
  /// What its origin had seen of other replicas that its own version before had not yet seen.
  ///
  /// As an origin's versions are applied in order, these entries and the version before imply the
  /// origin's whole vector.
  public let dependencies: VersionVector
  /// Where in the payload the hashes stand of the versions that it depends on; `nil` in format 1.
  let linksOffset: Int?
  /// The request that it answers, if it answers one.
  public let request: RequestID?
  /// Where its extensions stand; `nil` in format 1.
  let extensionsOffset: Int?
  /// Where in the payload the table of replicas stands.
  let tableOffset: Int
  /// Where what it wrote stands.
  let writesOffset: Int
  /// Whether it wrote to the table of the ends of identities.
  let hasCuts: Bool

  /// The replica that committed it.
  public var origin: ReplicaID { stored.origin }
  /// The sequence numbers of the dots that it wrote.
  public var sequences: ClosedRange<UInt64> { stored.sequences }

  /// What it depends on, with the hashes of the versions that it names.
  ///
  /// - Complexity: O(*n*) for *n* dependencies, of which most versions have none.
  public var links: [Dependency] {
    if dependencies.replicas.isEmpty { return [] }
    return stored.payload.withUnsafeBytes { bytes in
      dependencies.enumerated().map { place, entry in
        // The bytes have been read before: all of them are there.
        let hash = linksOffset.map { offset in
          UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8 * place, as: UInt64.self))
        }
        return Dependency(origin: entry.0, sequence: entry.1, hash: hash)
      }
    }
  }

  /// The parts that later programs read.
  public var extensions: [VersionExtension] {
    guard let extensionsOffset else { return [] }
    return stored.payload.withUnsafeBytes { bytes in
      // They have been read before.
      (try? BinaryDecoder.decoding(bytes, from: extensionsOffset) {
        decoder throws(BinaryDecodingError) in
        var found: [VersionExtension] = []
        for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
          found.append(
            VersionExtension(
              tag: try decoder.decodeVarint(), bytes: try decoder.decodeLengthPrefixed()))
        }
        return found
      }) ?? []
    }
  }

  /// The replicas to whose places its rows' deltas refer.
  public var replicas: [ReplicaID] {
    stored.payload.withUnsafeBytes { bytes in
      // It has been read before.
      (try? BinaryDecoder.decoding(bytes, from: tableOffset) {
        decoder throws(BinaryDecodingError) in try decoder.decodeReplicaTable()
      }) ?? []
    }
  }

  /// What it wrote to rows, by table and by key within a table.
  public var writes: Writes { Writes(payload: stored.payload, offset: writesOffset) }

  /// Whether all that has to be seen before this version is in `vector`: what it depends on, and its
  /// origin's version before.
  package func isReady(after vector: VersionVector) -> Bool {
    vector[origin] >= sequences.lowerBound - 1 && dependencies.isCovered(by: vector)
  }

  /// What has to be seen before this version.
  package var needed: VersionVector {
    var needed = dependencies
    if sequences.lowerBound > 1 { needed[origin] = sequences.lowerBound - 1 }
    return needed
  }
}

/// What a version wrote to one row, still encoded.
public struct RowDelta: Equatable, Sendable {
  /// The name of the row's table.
  public var table: String
  /// The row's key, in its order-preserving coding.
  public var key: ArraySlice<UInt8>
  /// The encoded delta; it names replicas by their places in its version's table.
  public var delta: ArraySlice<UInt8>

  init(table: String, key: ArraySlice<UInt8>, delta: ArraySlice<UInt8>) {
    self.table = table
    self.key = key
    self.delta = delta
  }

  /// The delta of one row.
  public init(table: String, key: some Collection<UInt8>, delta: some Collection<UInt8>) {
    self.table = table
    self.key = ArraySlice(key)
    self.delta = ArraySlice(delta)
  }
}

extension Version {
  /// The rows that a version wrote to, read one after the other from its bytes.
  public struct Writes: Sequence, Sendable {
    let payload: [UInt8]
    let offset: Int

    /// Steps through the rows.
    public func makeIterator() -> Iterator { Iterator(payload: payload, cursor: .init(offset)) }

    /// Steps through the rows.
    public struct Iterator: IteratorProtocol {
      fileprivate let payload: [UInt8]
      fileprivate var cursor: WriteCursor
      private var rowsLeft = 0
      private var table = ""

      fileprivate init(payload: [UInt8], cursor: WriteCursor) {
        self.payload = payload
        self.cursor = cursor
      }

      /// The next row's delta; `nil` behind the last.
      public mutating func next() -> RowDelta? {
        while rowsLeft == 0 {
          guard let next = payload.withUnsafeBytes({ cursor.nextTable(in: $0) }) else { return nil }
          table = String(decoding: payload[next.name], as: UTF8.self)
          rowsLeft = next.rows
        }
        rowsLeft -= 1
        let row = payload.withUnsafeBytes { cursor.nextRow(in: $0) }
        return RowDelta(table: table, key: payload[row.key], delta: payload[row.delta])
      }
    }
  }
}

/// Where in a version's bytes one stands that reads what it wrote.
///
/// The bytes have been read before, so that nothing can be wrong with them; what is read here ends where
/// they end all the same.
struct WriteCursor: Sendable {
  private var offset: Int
  private var tablesLeft = -1

  /// A cursor in front of everything that was written, which stands at `offset`.
  init(_ offset: Int) { self.offset = offset }

  /// Steps to the next table: where its name stands, and how many of its rows follow.
  @inline(__always)
  mutating func nextTable(
    in bytes: UnsafeRawBufferPointer
  ) -> (name: Range<Int>, rows: Int)? {
    if tablesLeft < 0 { tablesLeft = count(in: bytes) }
    guard tablesLeft > 0 else { return nil }
    tablesLeft -= 1
    let name = stretch(in: bytes)
    return (name, count(in: bytes))
  }

  /// Steps to the next row of the table: where its key and its delta stand.
  @inline(__always)
  mutating func nextRow(
    in bytes: UnsafeRawBufferPointer
  ) -> (key: Range<Int>, delta: Range<Int>) {
    let key = stretch(in: bytes)
    return (key, stretch(in: bytes))
  }

  /// Where as many bytes stand as the count in front of them says.
  @inline(__always)
  private mutating func stretch(in bytes: UnsafeRawBufferPointer) -> Range<Int> {
    let length = min(count(in: bytes), bytes.count - offset)
    defer { offset += length }
    return offset..<offset + length
  }

  @inline(__always)
  private mutating func count(in bytes: UnsafeRawBufferPointer) -> Int {
    var value = 0
    var shift = 0
    while offset < bytes.count, shift < 56 {
      let byte = bytes[offset]
      offset += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }
}
