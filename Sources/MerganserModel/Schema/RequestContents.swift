import CXXHash
public import MerganserTypes

/// What a request asks for, as a digest: under one id, other contents are another request.
///
/// The digest finds mistakes. It is no protection from somebody who looks for two contents with the same
/// digest.
public struct RequestContents: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// The contents that some bytes say: those of a message, or of a value in an encoding of the user's own
  /// that gives the same bytes for the same value, in every process.
  public init(bytes: [UInt8]) {
    let hash = bytes.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
    high = hash.high64
    low = hash.low64
  }

  /// The contents that a value says.
  public init(_ value: some BinaryCodable) { self.init(bytes: value.binaryEncoded()) }
}

extension RequestContents: Comparable {
  /// Whether `a` comes before `b`, in an order that is the same everywhere and means nothing else.
  public static func < (a: RequestContents, b: RequestContents) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }
}

extension RequestContents: BinaryCodable {
  /// Appends the digest's sixteen bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(fixed64: high)
    encoder.encode(fixed64: low)
  }

  /// Reads a digest from its sixteen bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    high = try decoder.decodeFixed64()
    low = try decoder.decodeFixed64()
  }
}
