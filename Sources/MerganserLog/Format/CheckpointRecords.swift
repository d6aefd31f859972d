import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a checkpoint says of one origin: a record in `checkpoint`, under the origin's id.
struct CheckpointRecord: Equatable {
  /// The last version that is in the stored rows; 0 and 0 where there is none.
  var head: Head
  /// How far the store's own replica had seen the origin by its own last version.
  var declared: UInt64

  static let keySize = 16

  func encoded() -> [UInt8] {
    var encoder = BinaryEncoder(reservingCapacity: 24)
    for word in [head.sequence, head.hash, declared] { encoder.encode(fixed64: word) }
    return encoder.bytes
  }

  init(head: Head, declared: UInt64) {
    self.head = head
    self.declared = declared
  }

  /// Reads a record; `nil` if the bytes are none.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 24 else { return nil }
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    head = Head(sequence: word(0), hash: word(1))
    declared = word(2)
  }
}

/// What a checkpoint says of all origins together: a record in `meta`, there once one is complete.
struct CheckpointSummary: Equatable {
  static let key = Array("checkpoint".utf8)

  var time: HybridTime
  /// How many records there are of single origins.
  var records: Int

  func encoded() -> [UInt8] {
    var encoder = BinaryEncoder(reservingCapacity: 16)
    encoder.encode(fixed64: time.bits)
    encoder.encode(fixed64: UInt64(records))
    return encoder.bytes
  }

  init(time: HybridTime, records: Int) {
    self.time = time
    self.records = records
  }

  init(_ record: [UInt8]) throws(BinaryDecodingError) {
    self = try BinaryDecoder.decoding(record) { decoder throws(BinaryDecodingError) in
      CheckpointSummary(
        time: HybridTime(bits: try decoder.decodeFixed64()),
        records: Int(clamping: try decoder.decodeFixed64()))
    }
  }
}

extension Checkpoint {
  /// The checkpoint's records, by the origins that it knows of.
  var records: [ReplicaID: CheckpointRecord] {
    var records = heads.mapValues { CheckpointRecord(head: $0, declared: 0) }
    for (replica, sequence) in declared {
      records[replica, default: CheckpointRecord(head: Head(sequence: 0, hash: 0), declared: 0)]
        .declared = sequence
    }
    return records
  }
}

extension ReplicaID {
  /// Hands the id's bytes, big-endian, the key of a checkpoint's record, to `body`.
  func withKey<Value, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result: Result<Value, Failure> = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) {
      bytes in Result { () throws(Failure) in try body(bytes) }
    }
    return try result.get()
  }

  /// The replica with the given key; `nil` if the bytes are none.
  init?(key: UnsafeRawBufferPointer) {
    guard key.count == CheckpointRecord.keySize else { return nil }
    self.init(
      high: UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
