package import MerganserTypes
import MerganserDatabase
package import MerganserModel

extension Greeting: BinaryCodable {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    replica.encode(to: &encoder)
    founder.encode(to: &encoder)
    schema.encode(to: &encoder)
    plan.encode(to: &encoder)
    encoder.encode(heads: heads)
    truncatedTo.encode(to: &encoder)
    encoder.encode(count: cuts.count)
    for (identity, cut) in cuts.sorted(by: { $0.key < $1.key }) {
      identity.encode(to: &encoder)
      cut.encode(to: &encoder)
    }
    encoder.encode(count: extensions.count)
    for (number, bytes) in extensions.sorted(by: { $0.key < $1.key }) {
      encoder.encode(varint: number)
      encoder.encode(lengthPrefixed: bytes)
    }
  }

  /// Reads a value from its bytes; whether a correct replica can say it is asked by ``check()``.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    replica = try ReplicaID(from: &decoder)
    founder = try ReplicaID(from: &decoder)
    schema = try SchemaDescription(from: &decoder)
    plan = try UInt64?(from: &decoder)
    heads = try decoder.decodeHeads()
    truncatedTo = try VersionVector(from: &decoder)
    cuts = [:]
    var ascending = Ascending<ReplicaID>()
    for _ in 0..<(try decoder.decodeCount(minimumSize: 20)) {
      let identity = try ascending.next(from: &decoder) { decoder throws(BinaryDecodingError) in
        try ReplicaID(from: &decoder)
      }
      cuts[identity] = try Cut(from: &decoder)
    }
    extensions = [:]
    var numbers = Ascending<UInt64>()
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let number = try numbers.next(from: &decoder) { decoder throws(BinaryDecodingError) in
        try decoder.decodeVarint()
      }
      extensions[number] = try decoder.decodeLengthPrefixed()
    }
  }
}

extension BinaryEncoder {
  /// Appends the last versions of origins.
  package mutating func encode(heads: [ReplicaID: Head]) {
    encode(count: heads.count)
    for (origin, head) in heads.sorted(by: { $0.key < $1.key }) {
      origin.encode(to: &self)
      encode(varint: head.sequence)
      encode(fixed64: head.hash)
    }
  }
}

extension BinaryDecoder {
  /// Reads the last versions of origins.
  package mutating func decodeHeads() throws(BinaryDecodingError) -> [ReplicaID: Head] {
    var heads: [ReplicaID: Head] = [:]
    var ascending = Ascending<ReplicaID>()
    for _ in 0..<(try decodeCount(minimumSize: 10)) {
      let origin = try ascending.next(from: &self) { decoder throws(BinaryDecodingError) in
        try ReplicaID(from: &decoder)
      }
      heads[origin] = Head(sequence: try decodeVarint(), hash: try decodeFixed64())
    }
    return heads
  }
}

/// Reads keys of which each is greater than the one before, so that each set of them has one form in bytes.
private struct Ascending<Key: Comparable> {
  private var previous: Key?

  mutating func next(
    from decoder: inout BinaryDecoder,
    reading key: (inout BinaryDecoder) throws(BinaryDecodingError) -> Key
  ) throws(BinaryDecodingError) -> Key {
    let start = decoder.offset
    let key = try key(&decoder)
    if let previous, previous >= key {
      throw .invalidValue(offset: start, expected: "keys in ascending order")
    }
    previous = key
    return key
  }
}
