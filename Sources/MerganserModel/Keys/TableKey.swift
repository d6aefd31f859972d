public import MerganserTypes

/// A type that names the rows of a table.
///
/// Its coding keeps the order: keys sort as their bytes do, so that a range of keys is a range of bytes
/// on disk. Equal keys have equal bytes, and name the same row. Text is in normalization form C, in which
/// "café" is the same bytes whichever way it was typed; it sorts by these, as strings do in Swift. A key
/// type of one's own that has text in it writes it by `keyEncoded()`, too.
public protocol TableKey: StoredType, Hashable {
  /// The key's bytes, which sort as the keys do.
  func keyEncoded() -> [UInt8]

  /// The bytes under which an earlier version of this package stored the key, if they were others.
  ///
  /// A row that is there under these is the key's row, to be read, written and deleted by it. The default
  /// is that there are none.
  func formerKeyEncoded() -> [UInt8]?

  /// Reads a key from the whole of its bytes.
  init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError)

  /// Whether bytes are those of a key; as they come from disk or network, anything may be.
  ///
  /// The default reads the key.
  static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool
}

extension TableKey {
  /// Whether a key can be read from the bytes.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (try? Self(keyEncoded: bytes)) != nil
  }

  /// Nothing: the key has always had the same bytes.
  @inlinable
  public func formerKeyEncoded() -> [UInt8]? { nil }
}

/// Why bytes are no key, or a key no name for a row.
public enum KeyError: MerganserError, Hashable {
  /// The bytes are no key of the type; `expected` says what would be.
  case malformed(expected: String)
  /// The table's name and the key take more bytes together than LMDB has room for in a key.
  case tooLong(table: String, length: Int, limit: Int)
}

extension KeyError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .malformed(let expected): "a key that is not \(expected)"
    case .tooLong(let table, let length, let limit):
      """
      a key of table \(table) takes \(length) bytes with the table's name, and at most \(limit) fit; \
      use a shorter key
      """
    }
  }
}

/// The most bytes that a table's name, a separator and a key may take: LMDB's limit of 511, less what a
/// storage may add.
public let maximumKeyLength = 500

extension String: TableKey {
  /// Whether the bytes are text.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Most text is plain.
    bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
  }

  /// The text in UTF-8, in normalization form C.
  @inlinable
  public func keyEncoded() -> [UInt8] { Array(normalized.utf8) }

  /// The text in UTF-8 as it is, if it is not in normalization form C.
  @inlinable
  public func formerKeyEncoded() -> [UInt8]? { isNormalized ? nil : Array(utf8) }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(expected: "text in UTF-8")
    }
    self = text
  }
}

extension UInt64: TableKey {
  /// Whether there are eight bytes.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.count == 8 }

  /// The key's bytes, which sort as the keys do.
  @inlinable
  public func keyEncoded() -> [UInt8] {
    withUnsafeBytes(of: bigEndian) { Array($0) }
  }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    guard bytes.count == 8 else { throw .malformed(expected: "an integer of eight bytes") }
    let word = bytes.withContiguousStorageIfAvailable {
      UInt64(bigEndian: UnsafeRawBufferPointer($0).loadUnaligned(as: UInt64.self))
    }
    self = word ?? bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension Int: TableKey {
  /// Whether there are eight bytes of an integer of this platform's width.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count == 8 && (Int.bitWidth == 64 || (try? Int(keyEncoded: bytes)) != nil)
  }

  /// The key's bytes, which sort as the keys do.
  @inlinable
  public func keyEncoded() -> [UInt8] {
    (UInt64(bitPattern: Int64(self)) ^ 1 << 63).keyEncoded()
  }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    let bits = try UInt64(keyEncoded: bytes) ^ 1 << 63
    guard let value = Int(exactly: Int64(bitPattern: bits)) else {
      throw .malformed(expected: "an integer of this platform's width")
    }
    self = value
  }
}

extension ReplicaID: TableKey {
  /// Whether there are sixteen bytes.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.count == 16 }

  /// The key's bytes, which sort as the keys do.
  @inlinable
  public func keyEncoded() -> [UInt8] { high.keyEncoded() + low.keyEncoded() }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    guard bytes.count == 16 else { throw .malformed(expected: "a replica id of sixteen bytes") }
    self.init(
      high: try UInt64(keyEncoded: bytes.prefix(8)), low: try UInt64(keyEncoded: bytes.suffix(8)))
  }
}

extension RequestID: TableKey {
  /// Whether there are as many bytes as a request's name may have.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (1...maximumLength).contains(bytes.count)
  }

  /// The key's bytes, which sort as the keys do.
  @inlinable
  public func keyEncoded() -> [UInt8] { bytes }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    guard let id = RequestID(bytes: Array(bytes)) else {
      throw .malformed(expected: "a request id of 1 to \(RequestID.maximumLength) bytes")
    }
    self = id
  }
}

/// A key below another one, as an order's line is below its order: rows of one parent lie together.
public struct Path<Parent: TableKey, Child: TableKey>: TableKey {
  /// The key above.
  public let parent: Parent
  /// The name below it.
  public let child: Child

  /// The key of `child` below `parent`.
  @inlinable
  public init(_ parent: Parent, child: Child) {
    self.parent = parent
    self.child = child
  }

  /// The parent's bytes with every 0 followed by 255, then two zeros, then the child's bytes.
  @inlinable
  public func keyEncoded() -> [UInt8] {
    Self.prefix(below: parent.keyEncoded()) + child.keyEncoded()
  }

  /// The bytes of the path whose keys are spelled as these are, if they are others.
  @inlinable
  public func formerKeyEncoded() -> [UInt8]? {
    let parents = parent.formerKeyEncoded()
    let childs = child.formerKeyEncoded()
    if parents == nil, childs == nil { return nil }
    return Self.prefix(below: parents ?? parent.keyEncoded()) + (childs ?? child.keyEncoded())
  }

  /// What all keys below `parent`'s begin with.
  @inlinable
  package static func prefix(below parent: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parent.count + 2)
    for byte in parent {
      bytes.append(byte)
      if byte == 0 { bytes.append(0xFF) }
    }
    return bytes + [0, 0]
  }

  /// Reads a key from the whole of its bytes.
  @inlinable
  public init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    let (parent, rest) = try Self.split(bytes)
    self.init(try Parent(keyEncoded: parent), child: try Child(keyEncoded: rest))
  }

  /// The bytes of the parent's key, and what follows them.
  @inlinable
  package static func split<Bytes: Collection<UInt8>>(
    _ bytes: Bytes
  ) throws(KeyError) -> (parent: [UInt8], rest: Bytes.SubSequence) {
    var parent: [UInt8] = []
    var index = bytes.startIndex
    while index != bytes.endIndex {
      let byte = bytes[index]
      bytes.formIndex(after: &index)
      if byte == 0 {
        guard index != bytes.endIndex else { break }
        let mark = bytes[index]
        bytes.formIndex(after: &index)
        if mark == 0 { return (parent, bytes[index...]) }
        guard mark == 0xFF else { break }
      }
      parent.append(byte)
    }
    throw .malformed(expected: "a path of two keys")
  }
}

extension Path {
  /// Whether the bytes are a parent's and a child's.
  public static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let (parent, rest) = try? split(bytes) else { return false }
    return parent.withUnsafeBytes(Parent.isKey)
      && Child.isKey(UnsafeRawBufferPointer(rebasing: rest))
  }
}

extension Path: BuiltInType {
  /// The types of the key above and of the name below it.
  public static var componentTypes: [any StoredType.Type] { [Parent.self, Child.self] }
}

extension Path: Comparable where Parent: Comparable, Child: Comparable {
  /// Whether the left parent is the lesser, or it is the same and the left child is.
  @inlinable
  public static func < (left: Path, right: Path) -> Bool {
    left.parent == right.parent ? left.child < right.child : left.parent < right.parent
  }
}

extension Path: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(parent)/\(child)" }
}
