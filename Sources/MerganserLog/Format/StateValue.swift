import CXXHash
import MerganserDatabase
import MerganserModel

/// The format of what checkpoints store under a key: rows, index entries and counts.
///
/// ```
/// checksum   8 bytes, seeded by the key
/// kind       1 byte: whole, or the beginning of one in parts
/// value      or, of one in parts: length in 4 bytes, XXH3-64 of all of it in 8, its first bytes
/// ```
///
/// The other parts are in a database of their own, so that the keys of `state` are the rows' keys and
/// nothing else. A part is a checksum and bytes, under the database's number, the key, and the part's
/// number in 4 bytes, big-endian: 505 of LMDB's 511 bytes at most.
enum StateValue {
  /// The longest key.
  static let maximumKeyLength = 500
  /// How many bytes stand in front of a value that is whole.
  static let headerSize = Checksum.size + 1
  /// The longest value that is whole: it fits a page, as every value here.
  static let wholeCapacity = Block.maximumSize - headerSize
  /// How many bytes stand in front of the first of a value in parts.
  static let splitHeaderSize = headerSize + 12
  static let firstCapacity = Block.maximumSize - splitHeaderSize
  static let partCapacity = Block.maximumSize - Checksum.size

  private static let wholeKind: UInt8 = 0
  private static let splitKind: UInt8 = 1

  /// What was found under a key.
  enum Found {
    case whole([UInt8])
    /// The beginning of a value in parts.
    case split(total: Int, hash: UInt64, first: [UInt8])

    /// How many parts there are besides.
    var parts: Int {
      switch self {
      case .whole: 0
      case .split(let total, _, _): StateValue.parts(of: total)
      }
    }
  }

  /// How many parts a value has besides its beginning.
  static func parts(of total: Int) -> Int {
    total <= wholeCapacity ? 0 : (total - firstCapacity + partCapacity - 1) / partCapacity
  }

  /// The length of what is stored under the key of a value.
  static func size(_ value: [UInt8]) -> Int {
    value.count <= wholeCapacity ? headerSize + value.count : Block.maximumSize
  }

  /// Writes a value, or its beginning, and the checksum.
  static func write(
    _ value: [UInt8], to stored: UnsafeMutableRawBufferPointer, checksum: Checksum,
    in database: Environment.Database, under key: UnsafeRawBufferPointer
  ) {
    let isWhole = value.count <= wholeCapacity
    stored[Checksum.size] = isWhole ? wholeKind : splitKind
    var start = headerSize
    if !isWhole {
      stored.storeBytes(
        of: UInt32(truncatingIfNeeded: value.count).littleEndian, toByteOffset: start,
        as: UInt32.self)
      stored.storeBytes(of: hash(value).littleEndian, toByteOffset: start + 4, as: UInt64.self)
      start = splitHeaderSize
    }
    UnsafeMutableRawBufferPointer(rebasing: stored[start...])
      .copyBytes(from: value[..<(stored.count - start)])
    checksum.seal(stored, in: database, under: key)
  }

  /// Reads what stands under a key; `nil` if it is damaged.
  static func read(
    _ stored: UnsafeRawBufferPointer, checksum: Checksum, in database: Environment.Database,
    under key: UnsafeRawBufferPointer
  ) -> Found? {
    guard let bytes = checksum.opened(stored, in: database, under: key), let kind = bytes.first
    else {
      return nil
    }
    if kind == wholeKind { return .whole(Array(bytes[1...])) }
    guard kind == splitKind, stored.count == Block.maximumSize else { return nil }
    let total = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    guard total > wholeCapacity else { return nil }
    return .split(
      total: total,
      hash: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt64.self)),
      first: Array(bytes[13...]))
  }

  /// The value that stands under a key, where it is stored; `nil` if it is damaged or in parts.
  static func whole(
    _ stored: UnsafeRawBufferPointer, checksum: Checksum, in database: Environment.Database,
    under key: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    guard let bytes = checksum.opened(stored, in: database, under: key), bytes.first == wholeKind
    else {
      return nil
    }
    return UnsafeRawBufferPointer(rebasing: bytes[1...])
  }

  /// The hash by which a value in parts is known to be put together from its own.
  static func hash(_ value: [UInt8]) -> UInt64 {
    value.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }

  /// The key of a part, the first besides the beginning being 0.
  static func partKey(_ space: Keyspace, key: UnsafeRawBufferPointer, part: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(key.count + 5)
    bytes.append(space.rawValue)
    bytes.append(contentsOf: key)
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: part).bigEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The space, key and number that a part's key was made of; `nil` if it is none.
  static func owner(ofPart key: UnsafeRawBufferPointer) -> (Keyspace, [UInt8], Int)? {
    guard key.count >= 6, let space = Keyspace(rawValue: key[0]) else { return nil }
    let end = key.count - 4
    let part = UInt32(bigEndian: key.loadUnaligned(fromByteOffset: end, as: UInt32.self))
    return (space, Array(key[1..<end]), Int(part))
  }
}

extension Keyspace {
  /// Where the space's entries are.
  var database: Environment.Database {
    switch self {
    case .rows: .state
    case .index: .index
    case .counts: .counts
    case .aside: .aside
    case .spine: .spine
    }
  }

  /// The entry as errors name it.
  func place(_ key: some Collection<UInt8>) -> String {
    func digits(_ bytes: some Collection<UInt8>) -> String {
      bytes.reduce(into: "") { text, byte in
        text += byte < 16 ? "0" : ""
        text += String(byte, radix: 16)
      }
    }
    switch self {
    case .rows:
      let table = key.prefix { $0 != 0 }
      return """
        the stored row \(digits(key.dropFirst(table.count + 1))) of table \
        "\(String(decoding: table, as: UTF8.self))"
        """
    case .index: return "the index's entry \(digits(key))"
    case .counts:
      return "the count of the rows of table \"\(String(decoding: key, as: UTF8.self))\""
    case .aside: return "the version \(digits(key)) that is set aside"
    case .spine: return "the spine's entry \(digits(key))"
    }
  }
}
