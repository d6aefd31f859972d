package import MerganserDatabase
import MerganserModel
package import MerganserTypes

/// What one replica says to another: in a sync, piece by piece over a transport, and in a bundle, as a file.
///
/// Kinds from 64 on may be passed over by who does not know them; a kind below 64 that is not known is refused.
package enum SyncMessage: Hashable, Sendable {
  /// What stands first in a bundle.
  case header(BundleHeader)
  /// What stands before a state.
  case state(StateHeader)
  /// A part of the state.
  case rows(StatePart)
  /// Versions, each after those that it depends on.
  case versions([StoredVersion])
  /// That was all that the side has to hand over: so many messages were before.
  case end(messages: Int)
  /// Who speaks, and what it holds; the first message of each side of a sync.
  case greeting(Greeting)
  /// What became of what the other side handed over.
  case outcome(SyncOutcome)
  /// The side ends the sync, why, and whether it will do so again whenever the other comes back soon.
  case refusal(String, isLasting: Bool)
  /// The side is at work, and has nothing to say.
  case alive
  /// What became of what came by a link, what the side has stored, and how much more may come.
  case acknowledgement(LinkAcknowledgement)
  /// The side has nothing more to say before both greet each other anew: the two sides of a link compare all they hold.
  case again
  /// The side sends nothing more by this link.
  case drain
  /// Versions that do not rest on those of a message that is on its way, between the frames of that.
  case passing([StoredVersion])
  /// A message that this program does not know and may pass over.
  case unknown(kind: UInt8)
}

extension SyncMessage {
  /// The kinds that can come first: a greeting, and a refusal.
  static let firstKinds: Set<UInt8> = [6, 8]

  /// How many bytes a message of a kind has at most, whatever else may be sent.
  static func longest(ofKind kind: UInt8) -> Int {
    switch kind {
    case 6: Greeting.maximumSize
    case 7, 10: 8 << 20
    case 5, 8, 9, 11, 12, 13, optionalKinds: 1 << 16
    default: .max
    }
  }

  /// The kinds that may be passed over; there are none beyond them.
  ///
  /// A later program that has to be answered says so by an extension of its greeting, and sends a kind below 64 only to who
  /// says that it knows it.
  static let optionalKinds: Range<UInt8> = 64..<128
  /// The kinds that this program knows.
  static let knownKinds: ClosedRange<UInt8> = 1...13
  /// The kind of message between the frames of which others may stand.
  static let passedKind: UInt8 = 4
  /// The kinds that may stand between its frames, each in one frame: a refusal, a sign of life, an acknowledgement, and versions.
  static let passingKinds: Set<UInt8> = [8, 9, 10, 13]

  package var kind: UInt8 {
    switch self {
    case .header: 1
    case .state: 2
    case .rows: 3
    case .versions: 4
    case .end: 5
    case .greeting: 6
    case .outcome: 7
    case .refusal: 8
    case .alive: 9
    case .acknowledgement: 10
    case .again: 11
    case .drain: 12
    case .passing: 13
    case .unknown(let kind): kind
    }
  }

  /// The message's bytes, without its kind.
  package var body: [UInt8] {
    switch self {
    case .header(let header): header.binaryEncoded()
    case .state(let header): header.binaryEncoded()
    case .rows(let part): part.binaryEncoded()
    case .versions(let versions), .passing(let versions): VersionBatch(versions).binaryEncoded()
    case .end(let messages): UInt64(max(messages, 0)).binaryEncoded()
    case .greeting(let greeting): greeting.binaryEncoded()
    case .outcome(let outcome): outcome.binaryEncoded()
    case .refusal(let reason, let isLasting): Refusal(reason, isLasting: isLasting).binaryEncoded()
    case .acknowledgement(let acknowledgement): acknowledgement.binaryEncoded()
    case .alive, .again, .drain, .unknown: []
    }
  }

  /// Reads the message of a kind from its bytes.
  ///
  /// - Throws: where the bytes are not those of a message of the kind, or the kind is not known and may not be
  ///   passed over.
  package init(kind: UInt8, body: [UInt8]) throws(BinaryDecodingError) {
    switch kind {
    case 1: self = .header(try BundleHeader(binaryEncoded: body))
    case 2: self = .state(try StateHeader(binaryEncoded: body))
    case 3: self = .rows(try StatePart(binaryEncoded: body))
    case 4: self = .versions(try VersionBatch(binaryEncoded: body).versions)
    case 5: self = .end(messages: Int(clamping: try UInt64(binaryEncoded: body)))
    case 6: self = .greeting(try Greeting(binaryEncoded: body))
    case 7: self = .outcome(try SyncOutcome(binaryEncoded: body))
    case 8:
      let refusal = try Refusal(binaryEncoded: body)
      self = .refusal(refusal.reason.text, isLasting: refusal.isLasting)
    case 9 where body.isEmpty: self = .alive
    case 10: self = .acknowledgement(try LinkAcknowledgement(binaryEncoded: body))
    case 11 where body.isEmpty: self = .again
    case 12 where body.isEmpty: self = .drain
    case 13: self = .passing(try VersionBatch(binaryEncoded: body).versions)
    case Self.optionalKinds: self = .unknown(kind: kind)
    default:
      throw .invalidValue(offset: 0, expected: "a message of a known kind instead of kind \(kind)")
    }
  }
}

/// A text for a person, of which only so much is read as is shown.
///
/// It is cut before anything is done with its characters: composing them takes longer than reading them.
struct Words: BinaryCodable {
  private static let limit = 4 * String.shownLength

  let text: String

  init(_ text: String) { self.text = text }

  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(lengthPrefixed: text.utf8.prefix(Self.limit))
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let bytes = try decoder.decodeLengthPrefixed()
    text = String(decoding: bytes.prefix(Self.limit), as: UTF8.self).shortened
  }
}

/// Why a side ends a sync.
struct Refusal: BinaryCodable {
  var reason: Words
  var isLasting: Bool

  init(_ reason: String, isLasting: Bool) {
    self.reason = Words(reason)
    self.isLasting = isLasting
  }

  func encode(to encoder: inout BinaryEncoder) {
    reason.encode(to: &encoder)
    isLasting.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    reason = try Words(from: &decoder)
    isLasting = try Bool(from: &decoder)
  }
}

/// Versions as they stand in a message.
struct VersionBatch: BinaryCodable {
  /// How many there are at most: what a message of many small ones takes in memory has an end.
  ///
  /// A sender's messages end by their bytes before.
  static let maximumCount = 1 << 16

  var versions: [StoredVersion]

  init(_ versions: [StoredVersion]) { self.versions = versions }

  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: versions.count)
    for version in versions {
      version.origin.encode(to: &encoder)
      encoder.encode(lengthPrefixed: version.payload)
    }
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    versions = []
    let count = try decoder.decodeCount(minimumSize: 2, atMost: Self.maximumCount)
    versions.reserveCapacity(count)
    for _ in 0..<count {
      let origin = try ReplicaID(from: &decoder)
      versions.append(
        try StoredVersion(origin: origin, payload: try decoder.decodeLengthPrefixed()))
    }
  }
}
