extension ReplicaID: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(replica: self)
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self = try decoder.decodeReplica()
  }
}

extension Dot: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    replica.encode(to: &encoder)
    encoder.encode(varint: encoder.renaming == nil ? sequence : encoder.rename(self))
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let replica = try ReplicaID(from: &decoder)
    self.init(replica, sequence: try decoder.decodeSequence())
  }
}

extension BinaryDecoder {
  /// Reads a sequence number: from 1 to ``Dot/maximumSequence``.
  @inlinable
  public mutating func decodeSequence() throws(BinaryDecodingError) -> UInt64 {
    let start = offset
    let sequence = try decodeVarint()
    guard sequence >= 1, sequence <= Dot.maximumSequence else {
      throw .invalidValue(
        offset: start, expected: "a sequence number from 1 to \(Dot.maximumSequence)")
    }
    return sequence
  }
}

extension HybridTime: BinaryCodable {
  /// Appends this value's bytes, or writes it for interchange.
  @inlinable
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(fixed64: encoder.renaming == nil ? bits : encoder.rename(self))
  }

  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(bits: try decoder.decodeFixed64())
  }
}

extension BinaryEncoder {
  @usableFromInline
  mutating func rename(_ dot: Dot) -> UInt64 {
    renaming?.name(dot) ?? dot.sequence
  }

  @usableFromInline
  mutating func rename(_ time: HybridTime) -> UInt64 {
    renaming?.name(time) ?? time.bits
  }
}
