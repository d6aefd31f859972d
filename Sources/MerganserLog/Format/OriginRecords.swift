import MerganserModel
import MerganserTypes

/// What a store holds of one origin: a record in `replica` and one in `vector`, under its ordinal.
struct OriginRecord: Sendable {
  /// The last version in the log.
  var head: Head
  /// The last version that the log no longer has, or 0 and 0 where it has all.
  var truncatedTo: Head

  /// The record's bytes, behind the checksum.
  func encoded() -> [UInt8] {
    var encoder = BinaryEncoder(reservingCapacity: 32)
    for word in [head.sequence, head.hash, truncatedTo.sequence, truncatedTo.hash] {
      encoder.encode(fixed64: word)
    }
    return encoder.bytes
  }

  init(head: Head, truncatedTo: Head) {
    self.head = head
    self.truncatedTo = truncatedTo
  }

  /// Reads a record; `nil` if the bytes are none.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    head = Head(sequence: word(0), hash: word(1))
    truncatedTo = Head(sequence: word(2), hash: word(3))
    guard truncatedTo.sequence <= head.sequence else { return nil }
  }
}

extension ReplicaID {
  /// The bytes of the record in `replica`, behind the checksum.
  var record: [UInt8] {
    var encoder = BinaryEncoder(reservingCapacity: 16)
    encoder.encode(fixed64: high)
    encoder.encode(fixed64: low)
    return encoder.bytes
  }

  /// Reads a record of `replica`; `nil` if the bytes are none.
  init?(record bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 16 else { return nil }
    self.init(
      high: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
