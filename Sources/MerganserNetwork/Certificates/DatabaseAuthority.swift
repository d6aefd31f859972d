#if Network
  import Crypto
  package import Foundation
  public import MerganserModel
  public import MerganserTypes
  import SwiftASN1
  import X509

  /// Who says which replicas are members of a database: a key, and a certificate that it has signed for itself.
  ///
  /// ```swift
  /// let authority = try DatabaseAuthority(of: lisbon.founder)
  /// try authority.save(to: "authority.pem")
  /// try authority.identity(of: porto.id).save(to: "porto.pem")
  /// ```
  ///
  /// Whoever has the key can make members. Keep it where no replica runs; a link needs the certificate alone, which each
  /// ``MemberIdentity`` has.
  public struct DatabaseAuthority: Sendable {
    /// How long a member's certificate holds, unless something else is said.
    public static let memberDuration = Duration.seconds(365 * 86_400)

    /// The founder of the database.
    public let database: ReplicaID
    let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// A new authority, with a key of its own.
    ///
    /// - Parameters:
    ///   - database: the founder of the database.
    ///   - duration: how long the authority's own certificate holds.
    /// - Throws: what making a certificate throws.
    public init(of database: ReplicaID, for duration: Duration = .seconds(20 * 365 * 86_400)) throws
    {
      self.database = database
      key = Certificate.PrivateKey(P256.Signing.PrivateKey())
      let now = Date.now
      certificate = try Certificate(
        .authority(of: database), publicKey: key.publicKey,
        holding: now.addingTimeInterval(-leeway)..<now.addingTimeInterval(duration / .seconds(1)),
        issuer: .authority(of: database), signedBy: key)
    }

    /// The authority whose key and certificate a file has.
    ///
    /// - Parameter location: the file, which nobody but its owner may be able to read.
    /// - Throws: ``NetworkError``; ``/MerganserModel/StorageError``.
    public init(at location: some FileLocation) throws {
      let documents = try KeyDocuments(at: location, certificates: 1)
      guard let name = MemberName(of: documents.certificates[0]), name.replica == nil,
        documents.certificates[0].publicKey == documents.key.publicKey
      else {
        throw NetworkError.invalidKeyFile(
          path: documents.path, reason: "it has no authority's key and certificate")
      }
      database = name.database
      key = documents.key
      certificate = documents.certificates[0]
    }

    /// Writes the key and the certificate to a new file that only its owner can read.
    ///
    /// - Parameter location: the file, which is not there yet.
    /// - Throws: ``NetworkError``; ``/MerganserModel/StorageError``.
    public func save(to location: some FileLocation) throws {
      try PrivateFile.write(KeyDocuments.text(key, with: [certificate]), to: location)
    }

    /// Makes a member's key and certificate.
    ///
    /// - Parameters:
    ///   - replica: the member.
    ///   - duration: how long the certificate holds.
    /// - Returns: the member's identity, for its machine alone.
    /// - Throws: what making a certificate throws.
    public func identity(
      of replica: ReplicaID, for duration: Duration = memberDuration
    ) throws -> MemberIdentity {
      let now = Date.now
      return try identity(
        of: replica,
        holding: now.addingTimeInterval(-leeway)..<now.addingTimeInterval(duration / .seconds(1)))
    }

    /// The key, to sign what is no certificate.
    var signingKey: P256.Signing.PrivateKey {
      get throws {
        try P256.Signing.PrivateKey(pemRepresentation: key.serializeAsPEM().pemString)
      }
    }

    /// Makes a member's key, and a certificate that holds between two times.
    package func identity(
      of replica: ReplicaID, holding time: Range<Date>
    ) throws -> MemberIdentity {
      let key = MemberKey()
      return try identity(for: key, of: replica, holding: time)
    }

    /// Makes a certificate for a key that a member has made, and has shown the public half of.
    ///
    /// - Parameters:
    ///   - publicKey: the public half in PEM (``MemberKey/publicKey``).
    ///   - replica: the member.
    ///   - duration: how long the certificate holds.
    /// - Returns: the member's certificate and the authority's, in PEM, which are no secrets.
    /// - Throws: what reading the key and making a certificate throws.
    public func certificates(
      for publicKey: String, of replica: ReplicaID, holding duration: Duration = memberDuration
    ) throws -> String {
      let now = Date.now
      let key = Certificate.PublicKey(try P256.Signing.PublicKey(pemRepresentation: publicKey))
      let member = try certificate(
        for: key, of: replica,
        holding: now.addingTimeInterval(-leeway)..<now.addingTimeInterval(duration / .seconds(1)))
      return try KeyDocuments.text([member, certificate])
    }

    private func identity(
      for key: MemberKey, of replica: ReplicaID, holding time: Range<Date>
    ) throws -> MemberIdentity {
      MemberIdentity(
        key: key, certificate: try certificate(for: key.key.publicKey, of: replica, holding: time),
        authority: certificate, database: database, replica: replica)
    }

    private func certificate(
      for publicKey: Certificate.PublicKey, of replica: ReplicaID, holding time: Range<Date>
    ) throws -> Certificate {
      try Certificate(
        MemberName(database: database, replica: replica), publicKey: publicKey, holding: time,
        issuer: .authority(of: database), signedBy: key)
    }
  }

  /// How many seconds before it was made a certificate begins: the other machine's clock may be behind.
  private let leeway: TimeInterval = 300

  extension MemberName {
    /// The name of a database's authority.
    fileprivate static func authority(of database: ReplicaID) -> Self {
      Self(database: database, replica: nil)
    }

    /// What a certificate calls its subject, for those who look at it with other tools.
    fileprivate var distinguishedName: DistinguishedName {
      get throws {
        try DistinguishedName {
          OrganizationName("database \(database)")
          CommonName(replica.map { "replica \($0)" } ?? "authority")
        }
      }
    }
  }

  extension Certificate {
    /// Makes a certificate, of an authority if its name has no replica.
    fileprivate init(
      _ name: MemberName, publicKey: PublicKey, holding time: Range<Date>, issuer: MemberName,
      signedBy key: PrivateKey
    ) throws {
      let isAuthority = name.replica == nil
      try self.init(
        version: .v3, serialNumber: SerialNumber(), publicKey: publicKey,
        notValidBefore: time.lowerBound, notValidAfter: time.upperBound,
        issuer: issuer.distinguishedName, subject: name.distinguishedName,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Extensions {
          Critical(
            isAuthority
              ? BasicConstraints.isCertificateAuthority(maxPathLength: 0)
              : BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: !isAuthority, keyCertSign: isAuthority))
          if !isAuthority { try ExtendedKeyUsage([.serverAuth, .clientAuth]) }
          SubjectAlternativeNames([.uniformResourceIdentifier("\(name)")])
        },
        issuerPrivateKey: key)
    }
  }
#endif
