/// The identity of a replica: 128 bits that nobody else ever has.
///
/// One identity has one history. A copy of a replica that is written to takes an identity of its own.
/// Identities are totally ordered, so that every machine lists replicas in the same order and breaks
/// ties alike; the order means nothing else.
public struct ReplicaID: Hashable, Sendable {
  /// The more significant half.
  public let high: UInt64
  /// The less significant half.
  public let low: UInt64

  /// The identity with the given bits.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An identity drawn from `generator`.
  @inlinable
  public static func random(using generator: inout some RandomNumberGenerator) -> ReplicaID {
    ReplicaID(high: generator.next(), low: generator.next())
  }

  /// An identity drawn from the system's source of randomness.
  @inlinable
  public static func random() -> ReplicaID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }
}

extension ReplicaID: Comparable {
  /// Whether `a` comes before `b`.
  @inlinable
  public static func < (a: ReplicaID, b: ReplicaID) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }
}

extension ReplicaID: LosslessStringConvertible {
  /// Thirty-two hexadecimal digits.
  public var description: String { Self.hex(high) + Self.hex(low) }

  /// The first eight of the digits, to tell replicas apart on a screen.
  public var shortDescription: String { String(Self.hex(high).prefix(8)) }

  /// Reads thirty-two hexadecimal digits.
  public init?(_ description: String) {
    guard description.utf8.count == 32,
      description.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let high = UInt64(description.prefix(16), radix: 16),
      let low = UInt64(description.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension ReplicaID: Codable {
  /// The value that the decoder reads, or an error that says what was wrong.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let id = ReplicaID(text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected 32 hexadecimal digits, found \(text.prefix(40))"))
    }
    self = id
  }

  /// Appends this value's bytes, or writes it for interchange.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
