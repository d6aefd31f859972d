import CXXHash
import MerganserDatabase

/// The checksum that stands in front of everything stored: XXH3-64 of the bytes behind it, seeded by
/// the store, the database and the key.
///
/// The seed makes a value that turns up under another key, in another database or in another store
/// as wrong as one with a flipped bit.
struct Checksum {
  /// How many bytes a checksum takes.
  static let size = 8

  private let salt: UInt64

  /// Checksums of the store that `storeID` names.
  init(storeID: UInt64) {
    salt = storeID
  }

  /// Checksums of the records from which the store's own number is read.
  static let unsalted = Checksum(storeID: 0)

  /// The checksum of a value, given everything of it that stands behind the checksum.
  func of(
    _ bytes: UnsafeRawBufferPointer, in database: Environment.Database,
    under key: UnsafeRawBufferPointer
  ) -> UInt64 {
    let seed = XXH3_64bits_withSeed(key.baseAddress, key.count, salt &+ database.seed)
    return XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
  }

  /// Writes the checksum in front of a value that is otherwise complete.
  func seal(
    _ value: UnsafeMutableRawBufferPointer, in database: Environment.Database,
    under key: UnsafeRawBufferPointer
  ) {
    let rest = UnsafeRawBufferPointer(rebasing: value[Self.size...])
    value.storeBytes(of: of(rest, in: database, under: key).littleEndian, as: UInt64.self)
  }

  /// `body` with its checksum in front.
  func sealed(
    _ body: [UInt8], in database: Environment.Database, under key: UnsafeRawBufferPointer
  ) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: Self.size)
    value.append(contentsOf: body)
    value.withUnsafeMutableBytes { seal($0, in: database, under: key) }
    return value
  }

  /// What stands behind a value's checksum, if the checksum fits it.
  func opened(
    _ value: UnsafeRawBufferPointer, in database: Environment.Database,
    under key: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    guard value.count >= Self.size else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: value[Self.size...])
    let found = UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
    return found == of(rest, in: database, under: key) ? rest : nil
  }
}

extension Environment.Database {
  /// What sets this database's checksums apart from the others'.
  fileprivate var seed: UInt64 {
    switch self {
    case .meta: 0x6D65_7461
    case .replica: 0x7265_706C
    case .log: 0x6C6F_6700
    case .vector: 0x7665_6374
    case .state: 0x7374_6174
    case .index: 0x696E_6478
    case .counts: 0x636F_756E
    case .parts: 0x7061_7274
    case .checkpoint: 0x6368_6563
    case .aside: 0x6173_6964
    case .spine: 0x7370_696E
    }
  }
}
