import Foundation
import MerganserDatabase
import MerganserModel
import MerganserSync
public import MerganserTypes

/// What a client has seen and written, so that it finds all of it at whichever replica it goes on.
///
/// A client keeps its token and hands it to each call (``Replica/read(in:within:)``, ``Replica/write(_:in:acknowledgedBy:within:body:)``,
/// ``Replica/run(in:within:body:)``). A replica answers when it holds all that the token names, and so the client
/// reads its own writes, reads nothing older than what it has read, and what it writes comes behind both, everywhere (Terry et al.,
/// Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994).
///
/// ```swift
/// var session = SessionToken()
/// try await lisbon.write(in: &session, within: .seconds(2)) { tx in
///   try tx[bank.accounts, "alice"].increment(by: 100)
/// }
/// // The client is handed to another server, and the token with it.
/// let snapshot = try await porto.read(in: &session, within: .seconds(2))
/// ```
///
/// It names the versions that all others which the client has seen are before, with their hashes: one behind a write, and otherwise
/// one of the replica's own and one of each other that has written since. As JSON it is one text, which also stands in a header or a
/// cookie. It is no secret and no proof: who is handed a forged one waits in vain.
public struct SessionToken: Hashable, Sendable {
  /// The database's founder; `nil` in the token of a client that has seen nothing.
  package private(set) var founder: ReplicaID?
  /// The versions that all that the client has seen is before, or one of.
  package private(set) var heads: [ReplicaID: Head] = [:]

  /// How many bytes a token's text has at most.
  public static let maximumLength = 1 << 20

  /// The token of a client that has seen nothing.
  public init() {}

  package init(founder: ReplicaID, heads: [ReplicaID: Head]) {
    self.founder = founder
    self.heads = heads
  }

  /// Takes in what another token of the same database names: whoever holds this one has seen both.
  ///
  /// - Throws: ``SessionError/otherDatabase(ours:theirs:)``; nothing has changed then.
  public mutating func merge(_ other: SessionToken) throws(SessionError) {
    guard let theirs = other.founder else { return }
    if let founder, founder != theirs {
      throw .otherDatabase(ours: founder, theirs: theirs)
    }
    founder = theirs
    for (origin, head) in other.heads where heads[origin]?.sequence ?? 0 < head.sequence {
      heads[origin] = head
    }
  }
}

extension SessionToken: BinaryCodable {
  /// The form of the bytes.
  private static let format: UInt8 = 1

  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    Self.format.encode(to: &encoder)
    (founder != nil).encode(to: &encoder)
    founder?.encode(to: &encoder)
    encoder.encode(heads: heads)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    guard try UInt8(from: &decoder) == Self.format else {
      throw .invalidValue(offset: start, expected: "a token of format \(Self.format)")
    }
    if try Bool(from: &decoder) { founder = try ReplicaID(from: &decoder) }
    heads = try decoder.decodeHeads()
    guard founder != nil || heads.isEmpty else {
      throw .invalidValue(offset: start, expected: "the founder of what is named")
    }
    for head in heads.values where !(1...Dot.maximumSequence).contains(head.sequence) {
      throw .invalidValue(offset: start, expected: "numbers of writes")
    }
  }
}

extension SessionToken: LosslessStringConvertible {
  /// The token as a text of letters, digits, `-` and `_`.
  public var description: String {
    Data(binaryEncoded()).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The token that a text stands for; `nil` if it is none.
  public init?(_ description: String) {
    guard description.utf8.count <= Self.maximumLength else { return nil }
    let padding = String(repeating: "=", count: (4 - description.utf8.count % 4) % 4)
    let text = description.replacing("-", with: "+").replacing("_", with: "/") + padding
    guard let data = Data(base64Encoded: text),
      let token = try? SessionToken(binaryEncoded: Array(data))
    else { return nil }
    self = token
  }
}

extension SessionToken: Codable {
  /// The token that its text stands for.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let token = SessionToken(text) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected the text of a session's token, found \(text.prefix(40))"))
    }
    self = token
  }

  /// Writes the token as one text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
