#if Network
  import Foundation
  import MerganserModel
  import MerganserTypes
  import NIOCore
  import NIOSSL
  import X509

  /// One side of connections by TLS 1.3: what it shows, and how it checks what the other side shows.
  struct TLSParty: Sendable {
    /// Who has the certificates, which have nothing to do with the host that is connected to.
    private let member: (identity: MemberIdentity, revoked: RevokedMembers)?
    /// Certificates that were made by other means.
    let own: OwnCertificates?
    private let client: NIOSSLContext
    private let server: NIOSSLContext?

    /// What the security says; `nil` for plaintext.
    init?(_ security: NetworkSecurity) throws {
      switch security.kind {
      case .plaintext: return nil
      case .members(let identity, let revoked):
        member = (identity, revoked)
        own = nil
        let chain = [
          NIOSSLCertificateSource.certificate(
            try NIOSSLCertificate(bytes: identity.certificate.der, format: .der))
        ]
        let key = NIOSSLPrivateKeySource.privateKey(
          try NIOSSLPrivateKey(
            bytes: Array(identity.key.key.serializeAsPEM().pemString.utf8), format: .pem))
        let roots = NIOSSLTrustRoots.certificates([
          try NIOSSLCertificate(bytes: identity.authority.der, format: .der)
        ])
        client = try Self.context(chain: chain, key: key, roots: roots, isClient: true)
        server = try Self.context(chain: chain, key: key, roots: roots, isClient: false)
      case .certificates(let own):
        member = nil
        self.own = own
        let chain = try own.chain.map { path in
          try Self.reading(path) {
            try NIOSSLCertificate.fromPEMFile(path).map(NIOSSLCertificateSource.certificate)
          }
        }
        let key = try own.key.map { path in
          try Self.reading(path) {
            NIOSSLPrivateKeySource.privateKey(
              try NIOSSLPrivateKey(bytes: Array(try PrivateFile.read(path).utf8), format: .pem))
          }
        }
        let roots = try own.roots.map { path in
          try Self.reading(path) {
            NIOSSLTrustRoots.certificates(try NIOSSLCertificate.fromPEMFile(path))
          }
        }
        client = try Self.context(
          chain: chain ?? [], key: key, roots: roots ?? .default, isClient: true,
          verification: own.verifiesHost ? .fullVerification : .noHostnameVerification)
        server = try key.map {
          try Self.context(
            chain: chain ?? [], key: $0, roots: roots ?? .default, isClient: false,
            verification: own.asksClients ? .noHostnameVerification : .none)
        }
      }
    }

    /// Names what goes wrong with a file.
    private static func reading<Value>(
      _ path: String, body: () throws -> Value
    ) throws -> Value {
      do { return try body() } catch let error as any MerganserError { throw error } catch {
        throw NetworkError.invalidKeyFile(path: path, reason: "\(error)".shortened)
      }
    }

    private static func context(
      chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKeySource?, roots: NIOSSLTrustRoots,
      isClient: Bool, verification: CertificateVerification = .noHostnameVerification
    ) throws -> NIOSSLContext {
      var configuration = TLSConfiguration.makeClientConfiguration()
      if !isClient, let key {
        configuration = .makeServerConfiguration(certificateChain: chain, privateKey: key)
      }
      configuration.certificateChain = chain
      configuration.privateKey = key
      configuration.minimumTLSVersion = .tlsv13
      configuration.certificateVerification = verification
      configuration.trustRoots = roots
      configuration.shutdownTimeout = .seconds(1)
      return try NIOSSLContext(configuration: configuration)
    }

    /// When this side's certificate ends, and of whom it is.
    var identity: MemberIdentity? { member?.identity }

    /// With whom no link is made.
    var revoked: RevokedMembers? { member?.revoked }

    /// Whether each connection has to have its other side's certificate checked.
    func isChecking(asClient: Bool) -> Bool { asClient || own?.asksClients != false }

    /// The handler of a connection to a host.
    func clientHandler(
      to host: String?, telling diagnosis: Diagnosis, of peer: CertifiedPeer
    ) throws -> any ChannelHandler {
      // A number cannot be asked for by name.
      let name = host.flatMap { (try? SocketAddress(ipAddress: $0, port: 0)) == nil ? $0 : nil }
      guard member != nil else {
        return try NIOSSLClientHandler(context: client, serverHostname: name)
      }
      return try NIOSSLClientHandler(
        context: client, serverHostname: name
      ) { check($0, answering: $1, telling: diagnosis, of: peer) }
    }

    /// The handler of a connection that came.
    func serverHandler(
      telling diagnosis: Diagnosis, of peer: CertifiedPeer
    ) throws -> any ChannelHandler {
      guard let server else {
        throw NetworkError.invalidKeyFile(path: "none", reason: "a listener needs a key")
      }
      guard member != nil else { return NIOSSLServerHandler(context: server) }
      return NIOSSLServerHandler(
        context: server
      ) { check($0, answering: $1, telling: diagnosis, of: peer) }
    }

    private func check(
      _ chain: [NIOSSLCertificate], answering promise: EventLoopPromise<NIOSSLVerificationResult>,
      telling diagnosis: Diagnosis, of peer: CertifiedPeer
    ) {
      guard let member else { return promise.succeed(.failed) }
      do throws(NetworkError) {
        let certificate = try MemberCertificate(
          chain.first, by: member.identity.authority, now: .now, revoked: member.revoked)
        guard certificate.name.database == member.identity.database else {
          throw NetworkError.certificateOfOtherDatabase(
            ours: member.identity.database, theirs: certificate.name.database)
        }
        peer.note(certificate.name.replica, serial: certificate.serial, until: certificate.end)
        promise.succeed(.certificateVerified)
      } catch {
        diagnosis.note(error)
        promise.succeed(.failed)
      }
    }
  }

  extension OwnCertificates {
    /// Takes notice of the certificate of a connection, which was checked as it came.
    func note(_ certificate: NIOSSLCertificate?, for peer: CertifiedPeer) throws {
      guard let certificate else {
        if asksClients { throw NetworkError.noCertificate }
        return
      }
      guard let replica else { return peer.note(nil, serial: nil, until: nil) }
      guard let named = replica(try certificate.toDERBytes()) else {
        throw NetworkError.certificateNamesNobody
      }
      peer.note(named, serial: nil, until: nil)
    }
  }
#endif
