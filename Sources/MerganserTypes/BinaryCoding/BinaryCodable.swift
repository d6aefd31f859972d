/// A value with exactly one byte string, for the log and the wire.
///
/// Conforming types keep three promises, which the laws check:
/// - *Round trip*: decoding what was encoded gives an equal value.
/// - *Canonical*: equal values have equal bytes, on every machine and in every process; hash order
///   never shows. Where equal values can differ, the encoder is told
///   (``BinaryEncoder/noteOtherForm()``).
/// - *Total*: decoding any bytes whatsoever gives a value or throws; it never traps, and never
///   allocates more than a small multiple of the input's length.
///
/// The coding carries no type information, no version, and replicas only as places in a table;
/// whoever stores values writes a format byte and the table in front (``binaryEncoded()`` does). A type of
/// your own that rows or their elements are made of declares a ``StoredType/layout``:
///
/// ```swift
/// struct Order: Equatable {
///   var guest: String
///   var seats: Int
/// }
///
/// extension Order: BinaryCodable {
///   static var layout: Layout { "guest: String, seats: Int" }
///
///   func encode(to encoder: inout BinaryEncoder) {
///     guest.encode(to: &encoder)
///     seats.encode(to: &encoder)
///   }
///
///   init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
///     self.init(guest: try String(from: &decoder), seats: try Int(from: &decoder))
///   }
/// }
/// ```
public protocol BinaryCodable: StoredType {
  /// Appends this value's bytes to `encoder`.
  func encode(to encoder: inout BinaryEncoder)

  /// Reads one value, leaving `decoder` behind its last byte.
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError)

  /// Appends many values; a type whose values pack better together than one by one overrides it.
  static func encodeColumn(_ values: some Collection<Self>, to encoder: inout BinaryEncoder)

  /// Reads `count` values that ``encodeColumn(_:to:)`` wrote.
  static func decodeColumn(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [Self]
}

extension BinaryCodable {
  /// Appends the values one by one.
  @inlinable
  public static func encodeColumn(_ values: some Collection<Self>, to encoder: inout BinaryEncoder)
  {
    for value in values { value.encode(to: &encoder) }
  }

  /// Reads values one by one.
  @inlinable
  public static func decodeColumn(
    count: Int, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) -> [Self] {
    var values: [Self] = []
    values.reserveCapacity(min(count, decoder.remaining))
    for _ in 0..<count { values.append(try Self(from: &decoder)) }
    return values
  }
}

/// The format that ``BinaryCodable/binaryEncoded()`` writes in its first byte.
@usableFromInline
let standaloneFormat: UInt8 = 1

extension BinaryCodable {
  /// This value as a byte string of its own: a format byte, the replicas that it names, the value.
  @inlinable
  public func binaryEncoded() -> [UInt8] {
    BinaryEncoder.standalone { encode(to: &$0) }
  }

  /// Reads a value from the whole of what ``binaryEncoded()`` gave.
  @inlinable
  public init(binaryEncoded bytes: [UInt8]) throws(BinaryDecodingError) {
    self = try BinaryDecoder.decodingStandalone(bytes) { decoder throws(BinaryDecodingError) in
      try Self(from: &decoder)
    }
  }
}

extension BinaryEncoder {
  /// What `body` encodes as a byte string of its own: a format byte, the replicas that it names, the rest.
  @inlinable
  public static func standalone(_ body: (inout BinaryEncoder) -> Void) -> [UInt8] {
    // Small values take one piece of memory, then.
    var content = BinaryEncoder(reservingCapacity: 64)
    body(&content)
    var encoder = BinaryEncoder(
      reservingCapacity: content.bytes.count + 16 * content.replicas.count + 11)
    encoder.encode(byte: standaloneFormat)
    encoder.encode(replicaTable: content.replicas)
    encoder.encode(raw: content.bytes)
    return encoder.bytes
  }
}

extension BinaryDecoder {
  /// Lets `body` read the whole of what ``BinaryEncoder/standalone(_:)`` gave.
  @inlinable
  public static func decodingStandalone<Value>(
    _ bytes: [UInt8], body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    let result: Result<Value, BinaryDecodingError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(BinaryDecodingError) in try decodingStandalone(buffer, body: body) }
    }
    return try result.get()
  }

  /// Lets `body` read the whole of what ``BinaryEncoder/standalone(_:)`` gave, which must stay valid for the call.
  @inlinable
  package static func decodingStandalone<Value>(
    _ buffer: UnsafeRawBufferPointer,
    body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Value
  ) throws(BinaryDecodingError) -> Value {
    try decoding(buffer) { decoder throws(BinaryDecodingError) in
      let format = try decoder.decodeByte()
      guard format == standaloneFormat else {
        throw .unsupportedFormat(
          offset: 0, found: format, supported: standaloneFormat...standaloneFormat)
      }
      decoder.replicas = try decoder.decodeReplicaTable()
      let value = try body(&decoder)
      try decoder.checkReplicasAreNamedInOrder()
      return value
    }
  }
}
