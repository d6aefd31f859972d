package import MerganserTypes

/// What a request asks the primary for: a declared transaction, the edition of its code, and its arguments.
package struct OrderedCall: Hashable, Sendable {
  /// The transaction.
  package var transaction: String
  /// The edition of its code.
  package var edition: UInt64
  /// Its arguments, encoded.
  package var arguments: [UInt8]

  /// The longest name of a transaction.
  static let maximumNameLength = 256

  package init(transaction: String, edition: UInt64, arguments: [UInt8]) {
    self.transaction = transaction
    self.edition = edition
    self.arguments = arguments
  }
}

extension OrderedCall: BinaryCodable {
  package func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(lengthPrefixed: transaction.utf8)
    encoder.encode(varint: edition)
    encoder.encode(lengthPrefixed: arguments)
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
  }
}
