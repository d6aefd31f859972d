#if Network
  import Crypto
  import Foundation
  import MerganserModel
  package import MerganserTypes
  import NIOCore
  import NIOSSL
  import X509

  /// What a server shows to those who know the authority's certificate by its fingerprint alone: a certificate that no member
  /// has, and the authority's.
  package struct HTTPSecurity: Sendable {
    let context: NIOSSLContext

    /// The security of who has the authority's key: a key is made for it here, with a certificate for the desk.
    package init(_ authority: DatabaseAuthority) throws {
      let identity = try authority.identity(of: .desk)
      let chain = try [identity.certificate, identity.authority].map {
        NIOSSLCertificateSource.certificate(
          try NIOSSLCertificate(bytes: $0.der, format: .der))
      }
      let key = NIOSSLPrivateKeySource.privateKey(
        try NIOSSLPrivateKey(
          bytes: Array(identity.key.key.serializeAsPEM().pemString.utf8), format: .pem))
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain, privateKey: key)
      configuration.minimumTLSVersion = .tlsv13
      context = try NIOSSLContext(configuration: configuration)
    }
  }

  extension ReplicaID {
    /// The name in the certificate of those who answer who joins: no replica's, so that no member can answer in their place.
    fileprivate static let desk = ReplicaID(high: .max, low: .max)
  }

  /// How a client knows a server: by a certificate for the desk of an authority whose own certificate it knows by its
  /// fingerprint.
  package struct HTTPPinning: Sendable {
    /// The SHA-256 of the authority's certificate.
    let fingerprint: [UInt8]
    /// Of which the authority is.
    let database: ReplicaID

    package init(fingerprint: [UInt8], database: ReplicaID) {
      self.fingerprint = fingerprint
      self.database = database
    }

    func handler(telling diagnosis: Diagnosis) throws -> any ChannelHandler {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv13
      configuration.certificateVerification = .noHostnameVerification
      let context = try NIOSSLContext(configuration: configuration)
      return try NIOSSLClientHandler(context: context, serverHostname: nil) { chain, promise in
        do throws(NetworkError) {
          try check(chain)
          promise.succeed(.certificateVerified)
        } catch {
          diagnosis.note(error)
          promise.succeed(.failed)
        }
      }
    }

    private func check(_ chain: [NIOSSLCertificate]) throws(NetworkError) {
      let shown: [UInt8]?
      let authority: Certificate?
      do {
        shown = try chain.dropFirst().first?.toDERBytes()
        authority = try shown.map { try Certificate(derEncoded: $0) }
      } catch {
        throw .unknownAuthority(reason: "it cannot be read: \("\(error)".shortened)")
      }
      guard let shown, let authority, Array(SHA256.hash(data: shown)) == fingerprint else {
        throw .unknownAuthority(reason: "it is another's than the one that the invitation names")
      }
      let member = try MemberCertificate(
        chain.first, by: authority, now: .now, revoked: RevokedMembers())
      guard member.name.database == database else {
        throw .certificateOfOtherDatabase(ours: database, theirs: member.name.database)
      }
      guard member.name.replica == .desk else {
        throw .unknownAuthority(reason: "it is a member's, and members let nobody in")
      }
    }
  }

  extension MemberIdentity {
    /// The SHA-256 of the certificate of the authority that has signed it.
    var authorityFingerprint: [UInt8] {
      get throws { Array(SHA256.hash(data: try authority.der)) }
    }
  }

  extension DatabaseAuthority {
    /// The SHA-256 of the authority's certificate.
    package var fingerprint: [UInt8] {
      get throws { Array(SHA256.hash(data: try certificate.der)) }
    }
  }
#endif
