public import MerganserTypes

/// The name of a request, by which it counts once however often it is sent.
///
/// There are two kinds. An id of a user's own is a text, a number or bytes, and never expires: `RequestID("order 7")`,
/// `RequestID(7)` or just `7`. An id that ``new(at:born:)`` makes begins with its birth, so that the database can
/// forget it one day; it can also name the replica at which alone it runs.
public struct RequestID: Hashable, Sendable {
  /// The name's bytes, at most ``maximumLength`` of them.
  public let bytes: [UInt8]

  /// The longest name.
  public static let maximumLength = 64

  /// The request with the given bytes for a name; `nil` if they are none or too many.
  ///
  /// The bytes of an id that ``new(at:born:)`` made give that id again.
  public init?(bytes: [UInt8]) {
    guard (1...Self.maximumLength).contains(bytes.count) else { return nil }
    self.bytes = bytes
  }

  /// The request that a text names, in normalization form C: however it is composed, it is the same request.
  ///
  /// - Throws: ``RequestIDError``, if the text is empty, or has more than ``maximumLength`` bytes in UTF-8.
  public init(_ text: String) throws(RequestIDError) {
    let bytes = Array(text.normalized.utf8)
    if bytes.isEmpty { throw .empty }
    guard bytes.count <= Self.maximumLength else {
      throw .tooLong(text, length: bytes.count, limit: Self.maximumLength)
    }
    self.bytes = bytes
  }

  /// The request that a number names, for instance a ledger's transaction number; as the text of its digits does.
  public init(_ number: UInt64) {
    bytes = Array(String(number).utf8)
  }
}

// Ids that have a birth: six bytes of milliseconds, the most significant first, the mark, sixteen random
// bytes, and sixteen more for the home, if there is one.
extension RequestID {
  /// What stands behind the birth, and in no id of a user's own: ten bytes that were drawn at random once.
  private static let mark: [UInt8] = [
    0x9C, 0x3F, 0xE1, 0x07, 0xB8, 0x5D, 0xA2, 0x74, 0xC6, 0x1B,
  ]
  private static let birthLength = 6
  private static let homeOffset = birthLength + 10 + 16

  /// A new id, drawn from the system's source of randomness.
  ///
  /// - Parameters:
  ///   - home: the replica at which alone the request runs; without one it runs wherever it is sent.
  ///   - birth: what the clock shows.
  /// - Returns: the id.
  public static func new(at home: ReplicaID? = nil, born birth: HybridTime) -> RequestID {
    var generator = SystemRandomNumberGenerator()
    return new(at: home, born: birth, using: &generator)
  }

  /// A new id, drawn from `generator`; otherwise as ``new(at:born:)``.
  ///
  /// - Parameters:
  ///   - home: the replica at which alone the request runs.
  ///   - birth: what the clock shows.
  ///   - generator: the source of randomness.
  /// - Returns: the id.
  public static func new(
    at home: ReplicaID? = nil, born birth: HybridTime,
    using generator: inout some RandomNumberGenerator
  ) -> RequestID {
    let unique = ReplicaID.random(using: &generator).keyBytes
    return RequestID(
      unchecked: prefix(bornAt: birth) + mark + unique + (home?.keyBytes ?? []))
  }

  /// What tells the id of a follow-up from that of its request: sixteen bytes that were drawn at random once.
  private static let followUpMask: [UInt8] = [
    0x51, 0xD8, 0x0E, 0x93, 0x6A, 0xC4, 0x2F, 0xB7, 0x1C, 0x85, 0xE9, 0x40, 0x7B, 0x36, 0xF2, 0xAD,
  ]

  /// The id under which the local part of this request is ended at a replica; `nil` if this one has no birth, or names a
  /// home.
  package func followUp(at holder: ReplicaID) -> RequestID? {
    guard birth != nil, home == nil else { return nil }
    return RequestID(unchecked: masked + holder.keyBytes)
  }

  /// The request of which this may be the follow-up; `nil` if it can be none.
  package var followed: RequestID? { home == nil ? nil : RequestID(unchecked: masked) }

  /// The birth, the mark, and the random bytes the other way.
  private var masked: [UInt8] {
    let start = Self.homeOffset - 16
    return bytes[..<start] + zip(bytes[start..<Self.homeOffset], Self.followUpMask).map { $0 ^ $1 }
  }

  private static let offerPrefix = Array("heal ".utf8)

  /// The id under which a version that is set aside is offered again, by whoever does: its last dot and its hash.
  package init(offering last: Dot, hash: UInt64) {
    let numbers = [last.sequence, hash]
    bytes =
      Self.offerPrefix + last.replica.keyBytes
      + numbers.flatMap { number in
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (7 - $0))) }
      }
  }

  /// The version that the id offers again, with its hash; `nil` for every other id.
  private var offer: (version: Dot, hash: UInt64)? {
    let numbers = bytes.dropFirst(Self.offerPrefix.count)
    guard bytes.starts(with: Self.offerPrefix), numbers.count == 32 else { return nil }
    let last = ReplicaID(keyBytes: numbers.suffix(16))
    return (Dot(ReplicaID(keyBytes: numbers.prefix(16)), sequence: last.high), last.low)
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// What the ids begin with that were born in the millisecond of a time.
  package static func prefix(bornAt birth: HybridTime) -> [UInt8] {
    let milliseconds = birth.milliseconds
    return (0..<birthLength).map {
      UInt8(truncatingIfNeeded: milliseconds >> UInt64(8 * (birthLength - 1 - $0)))
    }
  }

  /// When the id was made, to the millisecond; `nil` for an id of a user's own.
  public var birth: HybridTime? {
    guard bytes.count == Self.homeOffset || bytes.count == Self.homeOffset + 16,
      bytes[Self.birthLength..<Self.birthLength + Self.mark.count].elementsEqual(Self.mark)
    else { return nil }
    return HybridTime(
      milliseconds: bytes[..<Self.birthLength].reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The replica at which alone the request runs; `nil` if the id names none.
  public var home: ReplicaID? {
    guard birth != nil, bytes.count > Self.homeOffset else { return nil }
    return ReplicaID(keyBytes: bytes[Self.homeOffset...])
  }
}

extension ReplicaID {
  /// The id's sixteen bytes, the most significant first.
  fileprivate var keyBytes: [UInt8] {
    [high, low].flatMap { half in
      (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(8 * (7 - $0))) }
    }
  }

  fileprivate init(keyBytes bytes: ArraySlice<UInt8>) {
    self.init(
      high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}

extension RequestID: CustomStringConvertible {
  /// The text or the number that the id was made of, or its bytes as hexadecimal digits behind `0x`, if these are
  /// not such a text: not UTF-8 in normalization form C, not printable, or itself with `0x` in front.
  ///
  /// Of an id with a birth, the milliseconds, the random part, and how the home's id begins. Of a version that is
  /// offered again after a fork, `heal`, the version's name, and its hash.
  public var description: String {
    if let birth {
      let unique = bytes[(Self.homeOffset - 16)..<Self.homeOffset]
      return "\(birth.milliseconds)-\(Self.hexadecimal(unique))"
        + (home.map { "@\($0.shortDescription)" } ?? "")
    }
    if let (version, hash) = offer {
      let digits = (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * (7 - $0))) }
      return "heal \(version)-\(Self.hexadecimal(digits[...]))"
    }
    if let text = String(validating: bytes, as: UTF8.self), text.isNormalized,
      !text.hasPrefix("0x"), !text.unicodeScalars.contains(where: \.isControlling)
    {
      return text
    }
    return "0x" + Self.hexadecimal(bytes[...])
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

extension RequestID: ExpressibleByIntegerLiteral {
  /// The request that a number names.
  public init(integerLiteral number: UInt64) { self.init(number) }
}

/// Why a text names no request.
public enum RequestIDError: MerganserError, Hashable {
  /// The text is empty.
  case empty
  /// The text has too many bytes.
  case tooLong(String, length: Int, limit: Int)
}

extension RequestIDError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .empty: "a request's id is empty; name it by a text of at least one character"
    case .tooLong(let text, let length, let limit):
      """
      the request's id "\(String(text.prefix(limit)).escaped)…" has \(length) bytes in UTF-8, and \
      at most \(limit) are taken; shorten it, or name the request by a digest of it (RequestID(bytes:))
      """
    }
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
