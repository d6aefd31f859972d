public import MerganserTypes

/// The name that a client gives to a request, so that it counts once however often it is sent.
public struct RequestID: Hashable, Sendable {
  /// The name's bytes, at most ``maximumLength`` of them.
  public let bytes: [UInt8]

  /// The longest name.
  public static let maximumLength = 64

  /// The request with the given bytes for a name; nothing if they are none or too many.
  public init?(bytes: [UInt8]) {
    guard (1...Self.maximumLength).contains(bytes.count) else { return nil }
    self.bytes = bytes
  }

  /// The request that a number names, for instance a ledger's transaction number.
  public init(_ number: UInt64) {
    bytes = Array(String(number).utf8)
  }
}

extension RequestID: CustomStringConvertible {
  /// The name as text; as hexadecimal digits where it is not text.
  public var description: String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let digits = Array("0123456789abcdef")
    return "0x" + bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }
}

extension RequestID: BinaryCodable, BuiltInType {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(lengthPrefixed: bytes)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard let id = RequestID(bytes: try decoder.decodeLengthPrefixed()) else {
      throw .invalidValue(
        offset: start, expected: "a request id of 1 to \(RequestID.maximumLength) bytes")
    }
    self = id
  }
}
