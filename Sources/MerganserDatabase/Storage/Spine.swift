public import MerganserModel
package import MerganserTypes

/// What a storage remembers of versions that its log no longer has: entries of ``Keyspace/spine``.
///
/// An entry's kind is told by the length of its key.
package enum SpineEntry: Equatable, Sendable {
  /// How many dependencies of applied versions could not be verified, under a key of one byte.
  case unverified(UInt64)
  /// The format of an origin's last truncated version, under the origin.
  case format(ReplicaID, UInt8)
  /// The ends of some truncated versions, under the origin and the first number that the block covers.
  case block(SpineBlock)

  static let unverifiedKey: [UInt8] = [0]

  /// Reads an entry.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if the bytes are none.
  package init(_ entry: StateEntry) throws(StorageError) {
    do {
      switch entry.key.count {
      case Self.unverifiedKey.count:
        self = .unverified(
          try BinaryDecoder.decoding(entry.value) { decoder throws(BinaryDecodingError) in
            try decoder.decodeFixed64()
          })
      case 16:
        guard entry.value.count == 1 else {
          throw BinaryDecodingError.invalidValue(offset: 0, expected: "one byte")
        }
        self = .format(try ReplicaID(keyEncoded: entry.key), entry.value[0])
      case 24:
        self = .block(
          try SpineBlock(
            of: try ReplicaID(keyEncoded: entry.key.prefix(16)),
            first: try UInt64(keyEncoded: entry.key.suffix(8)), binaryEncoded: entry.value))
      default:
        throw BinaryDecodingError.invalidValue(offset: 0, expected: "a key of the spine")
      }
    } catch {
      throw .damagedSpine("\(error)")
    }
  }
}

extension StorageError {
  static func damagedSpine(_ reason: String) -> StorageError {
    .damaged(place: "an entry of the spine", reason: reason)
  }
}

extension StoredState {
  /// What the spine knows of `origin`'s version that ends at `sequence`.
  ///
  /// - Complexity: O(log *n*), and a block of at most 4,000 bytes is decoded.
  package func spineEntry(
    of origin: ReplicaID, endingAt sequence: UInt64
  ) throws(StorageError) -> HistoryEntry {
    guard sequence < .max else { return .unknown }
    let block = try spineBlock(of: origin, before: sequence + 1)
    return block?.entry(endingAt: sequence) ?? .unknown
  }

  /// The last of an origin's blocks that begins before a number; `nil` if there is none.
  func spineBlock(
    of origin: ReplicaID, before sequence: UInt64
  ) throws(StorageError) -> SpineBlock? {
    let name = origin.keyEncoded()
    guard let entry = try entry(before: name + sequence.keyEncoded(), in: .spine),
      entry.key.count == 24, entry.key.starts(with: name),
      case .block(let block) = try SpineEntry(entry)
    else { return nil }
    return block
  }

  /// The format of an origin's last truncated version; `nil` if it is not known.
  func truncatedFormat(of origin: ReplicaID) throws(StorageError) -> UInt8? {
    try value(of: origin.keyEncoded(), in: .spine)?.first
  }

  /// How many dependencies of applied versions could not be verified, since the store was made: neither the
  /// log nor the spine had the hashes that they name.
  public func unverifiedDependencies() throws(StorageError) -> UInt64 {
    guard let value = try value(of: SpineEntry.unverifiedKey, in: .spine) else { return 0 }
    let entry = try SpineEntry(StateEntry(key: SpineEntry.unverifiedKey, value: value))
    guard case .unverified(let count) = entry else { return 0 }
    return count
  }
}
