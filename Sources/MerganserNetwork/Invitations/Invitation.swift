#if Network
  import Crypto
  package import Foundation
  package import MerganserModel
  package import MerganserTypes

  /// What lets one new replica into a database, once: a text that the database's authority has signed.
  ///
  /// Whoever has it may join. It names the authority's certificate, so that nobody else can take it from who shows it.
  package struct Invitation: Hashable, Sendable {
    /// How its text begins.
    package static let beginning = "merganser-invitation:1:"

    /// The founder of the database.
    package let database: ReplicaID
    /// What tells it apart from others, drawn at random.
    package let id: ReplicaID
    /// Until when it can be used.
    package let end: Date
    /// The SHA-256 of the authority's certificate.
    package let fingerprint: [UInt8]
    private var signature: [UInt8] = []

    /// Reads an invitation from its text.
    package init(_ text: String) throws(InvitationError) {
      let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard text.utf8.count <= 1024, text.hasPrefix(Self.beginning) else {
        throw .unreadable(reason: "it does not begin with \(Self.beginning)")
      }
      let parts = text.dropFirst(Self.beginning.count)
        .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 5, let database = ReplicaID(parts[0]), let id = ReplicaID(parts[1]),
        let end = UInt32(parts[2]), let fingerprint = [UInt8](hexadecimal: parts[3]),
        fingerprint.count == SHA256.byteCount, let signature = [UInt8](hexadecimal: parts[4])
      else { throw .unreadable(reason: "a part of it is missing or cannot be read") }
      self.init(
        database: database, id: id, end: Date(timeIntervalSince1970: TimeInterval(end)),
        fingerprint: fingerprint)
      self.signature = signature
    }

    fileprivate init(database: ReplicaID, id: ReplicaID, end: Date, fingerprint: [UInt8]) {
      self.database = database
      self.id = id
      self.end = end
      self.fingerprint = fingerprint
    }

    /// What is signed.
    private var signed: Data { Data((Self.beginning + contents).utf8) }

    private var contents: String {
      "\(database):\(id):\(UInt32(clamping: Int(end.timeIntervalSince1970))):\(fingerprint.hexadecimal)"
    }

    /// Writes the text to a new file that only its owner can read.
    package func save(to location: some FileLocation) throws {
      try PrivateFile.write("\(self)\n", to: location)
    }

    fileprivate mutating func sign(by key: P256.Signing.PrivateKey) throws {
      signature = Array(try key.signature(for: signed).rawRepresentation)
    }

    fileprivate func isSigned(by key: P256.Signing.PublicKey) -> Bool {
      guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else {
        return false
      }
      return key.isValidSignature(signature, for: signed)
    }
  }

  extension Invitation: CustomStringConvertible {
    /// The text, which is a secret.
    package var description: String { "\(Self.beginning)\(contents):\(signature.hexadecimal)" }
  }

  extension DatabaseAuthority {
    /// A new invitation.
    ///
    /// - Parameter end: until when it can be used.
    /// - Returns: the invitation, for one replica.
    /// - Throws: what signing throws.
    package func invitation(until end: Date) throws -> Invitation {
      var invitation = Invitation(
        database: database, id: .random(), end: end, fingerprint: try fingerprint)
      try invitation.sign(by: signingKey)
      return invitation
    }

    /// Checks that an invitation is one of this authority that has not ended.
    func check(_ invitation: Invitation, now: Date) throws {
      guard invitation.database == database else {
        throw InvitationError.ofOtherDatabase(ours: database, theirs: invitation.database)
      }
      guard invitation.isSigned(by: try signingKey.publicKey) else {
        throw InvitationError.notSigned
      }
      guard now < invitation.end else { throw InvitationError.expired(ended: invitation.end) }
    }
  }

  extension [UInt8] {
    /// The bytes as hexadecimal digits.
    fileprivate var hexadecimal: String {
      map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads hexadecimal digits.
    fileprivate init?(hexadecimal text: String) {
      let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count.isMultiple(of: 2), digits.count <= 256 else { return nil }
      self = []
      for place in stride(from: 0, to: digits.count, by: 2) {
        guard let high = digits[place], let low = digits[place + 1] else { return nil }
        append(UInt8(high << 4 | low))
      }
    }
  }
#endif
