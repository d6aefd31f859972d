#if Network
  import Crypto
  public import Foundation
  public import MerganserModel
  public import MerganserTypes
  import SwiftASN1
  import X509

  /// A member's key, which never leaves its machine where the member makes it.
  ///
  /// ```swift
  /// let key = MemberKey()                                                  // at the new member
  /// let certificates = try authority.certificates(for: key.publicKey, of: replica)  // where the authority is
  /// let identity = try MemberIdentity(key, certificates: certificates)     // at the new member
  /// ```
  public struct MemberKey: Sendable {
    let key: Certificate.PrivateKey
    /// The public half in PEM, which is no secret.
    public let publicKey: String

    /// A new key.
    public init() {
      let key = P256.Signing.PrivateKey()
      self.key = Certificate.PrivateKey(key)
      publicKey = key.publicKey.pemRepresentation
    }

    /// A key that was read.
    init(_ key: Certificate.PrivateKey) throws {
      self.key = key
      publicKey = try key.publicKey.serializeAsPEM().pemString
    }
  }

  /// By what a replica shows that it is a member of its database: a key, and a certificate of the database's authority.
  public struct MemberIdentity: Sendable {
    /// The founder of the database.
    public let database: ReplicaID
    /// The replica that the certificate names.
    public let replica: ReplicaID
    let key: MemberKey
    let certificate: Certificate
    let authority: Certificate

    init(
      key: MemberKey, certificate: Certificate, authority: Certificate, database: ReplicaID,
      replica: ReplicaID
    ) {
      self.key = key
      self.certificate = certificate
      self.authority = authority
      self.database = database
      self.replica = replica
    }

    /// The identity of a member that has made its key itself.
    ///
    /// - Parameters:
    ///   - key: the member's key.
    ///   - certificates: what ``DatabaseAuthority/certificates(for:of:holding:)`` has returned.
    /// - Throws: ``NetworkError/invalidKeyFile(path:reason:)``.
    public init(_ key: MemberKey, certificates: String) throws {
      let documents: [Certificate]
      do {
        documents = try PEMDocument.parseMultiple(pemString: certificates).map {
          try Certificate(pemDocument: $0)
        }
      } catch {
        throw NetworkError.invalidKeyFile(path: "the text", reason: "\(error)".shortened)
      }
      try self.init(key, certified: documents, from: "the text")
    }

    /// The identity whose key and certificates a file has.
    ///
    /// - Parameter location: the file, which nobody but its owner may be able to read.
    /// - Throws: ``NetworkError``; ``/MerganserModel/StorageError``.
    public init(at location: some FileLocation) throws {
      let documents = try KeyDocuments(at: location, certificates: 2)
      try self.init(
        try MemberKey(documents.key), certified: documents.certificates, from: documents.path)
    }

    private init(_ key: MemberKey, certified certificates: [Certificate], from path: String) throws
    {
      guard certificates.count == 2, let name = MemberName(of: certificates[0]),
        let replica = name.replica, certificates[0].publicKey == key.key.publicKey,
        MemberName(of: certificates[1]) == MemberName(database: name.database, replica: nil),
        certificates[0].issuer == certificates[1].subject,
        certificates[1].publicKey.isValidSignature(
          certificates[0].signature, for: certificates[0])
      else {
        throw NetworkError.invalidKeyFile(
          path: path,
          reason:
            "it has no member's key with its certificate, and that of the authority that has signed it"
        )
      }
      self.init(
        key: key, certificate: certificates[0], authority: certificates[1],
        database: name.database, replica: replica)
    }

    /// Writes the key and the certificates to a new file that only its owner can read.
    ///
    /// - Parameter location: the file, which is not there yet.
    /// - Throws: ``NetworkError``; ``/MerganserModel/StorageError``.
    public func save(to location: some FileLocation) throws {
      try PrivateFile.write(
        KeyDocuments.text(key.key, with: [certificate, authority]), to: location)
    }

    /// Whether an authority has signed the certificate.
    package func isMember(by authority: DatabaseAuthority) -> Bool {
      self.authority == authority.certificate
    }

    /// When the certificate ends, or the authority's, if that is sooner.
    public var end: Date { min(certificate.notValidAfter, authority.notValidAfter) }

    /// The number of the certificate, by which it can be revoked.
    public var serial: String { certificate.serialNumber.hexadecimal }
  }

  extension Certificate.SerialNumber {
    /// The number's digits.
    var hexadecimal: String {
      bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
    }
  }
#endif
