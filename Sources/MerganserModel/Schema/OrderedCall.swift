package import MerganserTypes

/// What a request asks the primary for: a declared transaction, the edition of its code, its arguments, and for how long.
package struct OrderedCall: Hashable, Sendable {
  /// The transaction.
  package var transaction: String
  /// The edition of its code.
  package var edition: UInt64
  /// Its arguments, encoded.
  package var arguments: [UInt8]
  /// For how many milliseconds it may be open.
  package var lifetime: UInt64
  /// The replica at which a local part ran when it was submitted, and is to be ended; `nil` if there is none.
  package var holder: ReplicaID?

  /// The longest name of a transaction.
  static let maximumNameLength = 256

  /// The longest time for which a request may be open, in milliseconds: about a hundred years.
  package static let maximumLifetime: UInt64 = 100 * 366 * 86_400_000

  package init(
    transaction: String, edition: UInt64, arguments: [UInt8], lifetime: Duration,
    holder: ReplicaID? = nil
  ) {
    self.transaction = transaction
    self.edition = edition
    self.arguments = arguments
    let milliseconds = lifetime / .milliseconds(1)
    self.holder = holder
    self.lifetime = UInt64(min(max(milliseconds, 0), Double(Self.maximumLifetime)))
  }

  /// Whether a request that was submitted at a time has been open for longer than it may.
  package func isOver(submittedAt time: HybridTime, now: HybridTime) -> Bool {
    now.milliseconds > time.milliseconds && now.milliseconds - time.milliseconds > lifetime
  }
}

extension OrderedCall: BinaryCodable {
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(lengthPrefixed: transaction.utf8)
    encoder.encode(varint: edition)
    encoder.encode(lengthPrefixed: arguments)
    encoder.encode(varint: lifetime)
    // Earlier programs wrote none.
    holder?.encode(to: &encoder)
  }

  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    let name = try decoder.decodeLimited(Self.maximumNameLength, name: "a transaction's name")
    guard let transaction = String(validating: name, as: UTF8.self) else {
      throw .invalidValue(offset: start, expected: "a transaction's name in UTF-8")
    }
    self.transaction = transaction
    edition = try decoder.decodeVarint()
    arguments = try decoder.decodeLimited(
      RequestSubmission.maximumLength, name: "a call's arguments")
    let end = decoder.offset
    lifetime = try decoder.decodeVarint()
    guard lifetime <= Self.maximumLifetime else {
      throw .invalidValue(offset: end, expected: "at most \(Self.maximumLifetime) milliseconds")
    }
    holder = decoder.remaining == 0 ? nil : try ReplicaID(from: &decoder)
  }
}
