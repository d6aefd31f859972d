#if Network
  import Foundation
  import Merganser
  @testable import MerganserNetwork
  import MerganserSync
  import NIOCore
  import NIOPosix
  import NIOSSL
  import TestSupport
  import Testing
  import X509

  /// Nobody links who has no certificate of the database that names the replica that greets.
  @Suite(.timeLimit(.minutes(15))) struct CertificateTests {
    private let lisbon: Replica<Notes>
    private let porto: Replica<Notes>
    private let authority: DatabaseAuthority
    private let past = Date.now.addingTimeInterval(-1000)..<Date.now.addingTimeInterval(-10)
    private let future = Date.now.addingTimeInterval(1000)..<Date.now.addingTimeInterval(2000)

    init() throws {
      (lisbon, porto) = try pair()
      authority = try DatabaseAuthority(of: lisbon.founder)
    }

    private var ours: NetworkSecurity {
      get throws { .members(try authority.identity(of: lisbon.id)) }
    }
    private var theirs: NetworkSecurity {
      get throws { .members(try authority.identity(of: porto.id)) }
    }

    /// Whether an error says that the other side refuses this one's certificate.
    private func expectRefusedByPeer(_ error: any Error) {
      guard case NetworkError.certificateRefusedByPeer = error else {
        Issue.record("\(error)")
        return
      }
    }

    @Test func endedCertificatesAreRefused() async throws {
      let old = NetworkSecurity.members(try authority.identity(of: porto.id, holding: past))
      let refused = try await refusal(of: porto, by: lisbon, ours: ours, theirs: old)
      guard case NetworkError.certificateExpired = refused.listener else {
        Issue.record("\(refused.listener)")
        return
      }
      expectRefusedByPeer(refused.connector)
    }

    @Test func endedCertificatesOfListenersAreRefused() async throws {
      let old = NetworkSecurity.members(try authority.identity(of: lisbon.id, holding: past))
      let refused = try await refusal(of: porto, by: lisbon, ours: old, theirs: theirs)
      guard case NetworkError.certificateExpired = refused.connector else {
        Issue.record("\(refused.connector)")
        return
      }
      expectRefusedByPeer(refused.listener)
    }

    @Test func certificatesThatDoNotHoldYetAreRefused() async throws {
      let early = NetworkSecurity.members(try authority.identity(of: porto.id, holding: future))
      let refused = try await refusal(of: porto, by: lisbon, ours: ours, theirs: early)
      guard case NetworkError.certificateNotYetValid = refused.listener else {
        Issue.record("\(refused.listener)")
        return
      }
      expectRefusedByPeer(refused.connector)
    }

    @Test func revokedCertificatesAreRefused() async throws {
      let identity = try authority.identity(of: porto.id)
      for revoked in [
        RevokedMembers(serials: [identity.serial]), RevokedMembers(replicas: [porto.id]),
      ] {
        let refused = try await refusal(
          of: porto, by: lisbon,
          ours: .members(try authority.identity(of: lisbon.id), revoked: revoked),
          theirs: .members(identity))
        #expect(
          refused.listener as? NetworkError == .certificateRevoked(serial: identity.serial))
        expectRefusedByPeer(refused.connector)
      }
    }

    @Test func anotherAuthorityIsRefused() async throws {
      let other = try DatabaseAuthority(of: lisbon.founder)
      let refused = try await refusal(
        of: porto, by: lisbon, ours: ours, theirs: .members(try other.identity(of: porto.id)))
      // Who connects looks at the certificate first.
      guard case NetworkError.unknownAuthority = refused.connector else {
        Issue.record("\(refused.connector)")
        return
      }
      expectRefusedByPeer(refused.listener)
    }

    @Test func anotherDatabaseIsRefused() async throws {
      let stranger = try Replica(notes)
      let other = try DatabaseAuthority(of: stranger.founder)
      let refused = try await refusal(
        of: stranger, by: lisbon, ours: ours, theirs: .members(try other.identity(of: stranger.id)))
      #expect(
        refused.connector as? NetworkError
          == .certificateOfOtherDatabase(ours: stranger.founder, theirs: lisbon.founder))
      expectRefusedByPeer(refused.listener)
    }

    @Test func anotherReplicaThanTheCertifiedOneIsRefused() async throws {
      let folder = try TemporaryFolder()
      let identity = try authority.identity(of: lisbon.id)
      let mallory = try Replica(notes, joining: lisbon.founder)
      let stolen = try ownCertificates(authority.identity(of: porto.id), in: folder)
      let refused = try await refusal(
        of: mallory, by: lisbon, ours: .members(identity), theirs: .certificates(stolen))
      #expect(
        refused.listener as? NetworkError
          == .notCertifiedReplica(certified: porto.id, greeting: mallory.id))
      guard case SyncError.refused(let reason, true) = refused.connector else {
        Issue.record("\(refused.connector)")
        return
      }
      #expect(reason.contains("greets with a certificate of"))
    }

    @Test func whoShowsNoCertificateIsRefused() async throws {
      let folder = try TemporaryFolder()
      var bare = try ownCertificates(authority.identity(of: porto.id), in: folder)
      (bare.chain, bare.key) = (nil, nil)
      let refused = try await refusal(
        of: porto, by: lisbon, ours: ours, theirs: .certificates(bare))
      #expect(refused.listener as? NetworkError == .noCertificate)
      expectRefusedByPeer(refused.connector)
    }

    @Test func plaintextToTLSIsRefused() async throws {
      let refused = try await refusal(of: porto, by: lisbon, ours: ours, theirs: .plaintext)
      #expect(refused.listener as? NetworkError == .peerSpeaksPlaintext)
      #expect(refused.connector as? NetworkError == .peerSpeaksTLS)
    }

    @Test func tlsToPlaintextIsRefused() async throws {
      let refused = try await refusal(of: porto, by: lisbon, ours: .plaintext, theirs: theirs)
      #expect(refused.listener as? NetworkError == .peerSpeaksTLS)
      #expect(refused.connector as? NetworkError == .peerSpeaksPlaintext)
    }

    @Test func earlierVersionsOfTLSAreRefused() async throws {
      let listener = lisbon.listen(on: .loopback, security: try ours, options: .patient())
      try await running(listener) { address in
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.maximumTLSVersion = .tlsv12
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: nil))
            }
          }
          .connect(host: "127.0.0.1", port: try #require(address.port)).get()
        let status = await listener.waits { $0.lastError != nil }
        #expect(status.lastError as? NetworkError == .peerSpeaksEarlierTLS)
        try? await channel.close()
      }
    }

    @Test func aLinkEndsWhenItsCertificateIsRevoked() async throws {
      let revoked = RevokedMembers()
      let listener = lisbon.listen(
        on: .loopback, security: .members(try authority.identity(of: lisbon.id), revoked: revoked),
        options: .patient())
      try await running(listener) { address in
        let identity = try authority.identity(of: porto.id)
        let connector = porto.connect(
          to: address, security: .members(identity), options: .patient())
        try await running(connector) {
          try await lisbon.note("before")
          try await porto.shows("before")
          revoked.revoke(porto.id)
          let status = await listener.waits { $0.lastError != nil }
          #expect(
            status.lastError as? NetworkError == .certificateRevoked(serial: identity.serial))
          try await lisbon.note("after")
          await connector.waits { status in
            if case NetworkError.certificateRefusedByPeer? = status.peers.first?.lastError {
              true
            } else {
              false
            }
          }
        }
      }
      #expect(try !porto.has("after"))
    }

    @Test func aLinkEndsWhenItsCertificateDoes() async throws {
      let listener = lisbon.listen(on: .loopback, security: try ours, options: .patient())
      try await running(listener) { address in
        let brief = try authority.identity(
          of: porto.id, holding: past.lowerBound..<Date.now.addingTimeInterval(3))
        let connector = porto.connect(to: address, security: .members(brief), options: .patient())
        try await running(connector) {
          let status = await listener.waits { $0.lastError != nil }
          guard case NetworkError.certificateExpired? = status.lastError else {
            Issue.record("\(String(describing: status.lastError))")
            return
          }
        }
      }
    }

    @Test func theEndIsToldAMonthBefore() async throws {
      let (logger, lines) = loggerInMemory()
      let soon = try authority.identity(
        of: lisbon.id, holding: past.lowerBound..<Date.now.addingTimeInterval(29 * 86_400))
      let listener = lisbon.listen(
        on: .loopback, security: .members(soon), options: .patient(), logger: logger)
      try await running(listener) { _ in
        #expect(listener.status.isCertificateEnding)
        #expect(listener.status.certificateEnd == soon.end)
      }
      #expect(
        lines.entries.contains { $0.level == .warning && "\($0.message)".contains("ends soon") })
    }

    @Test func anIdentityOfAnotherReplicaIsNotUsed() async throws {
      let identity = try authority.identity(of: porto.id)
      await #expect {
        try await lisbon.listen(on: .loopback, security: .members(identity)).run()
      } throws: { error in
        if case NetworkError.certificateOfOther = error { true } else { false }
      }
    }

    @Test func certificatesOfOnesOwnLink() async throws {
      let folder = try TemporaryFolder()
      let (first, second) = (try TemporaryFolder(), folder)
      var here = try ownCertificates(authority.identity(of: lisbon.id), in: first)
      here.replica = { bytes in
        (try? Certificate(derEncoded: bytes)).flatMap { MemberName(of: $0)?.replica }
      }
      let there = try ownCertificates(authority.identity(of: porto.id), in: second)
      let listener = lisbon.listen(
        on: .loopback, security: .certificates(here), options: .patient())
      try await running(listener) { address in
        let connector = porto.connect(
          to: address, security: .certificates(there), options: .patient())
        try await running(connector) {
          try await lisbon.note("own")
          try await porto.shows("own")
        }
      }
    }

    /// An identity as files that other programs read, too.
    private func ownCertificates(
      _ identity: MemberIdentity, in folder: TemporaryFolder
    ) throws -> OwnCertificates {
      try identity.save(to: folder.path(of: "key.pem"))
      let files = [("chain.pem", identity.certificate), ("roots.pem", identity.authority)]
      for (name, certificate) in files {
        try certificate.serializeAsPEM().pemString.write(
          toFile: folder.path(of: name), atomically: true, encoding: .utf8)
      }
      var own = OwnCertificates(
        chain: folder.path(of: "chain.pem"), key: folder.path(of: "key.pem"),
        roots: folder.path(of: "roots.pem"))
      own.verifiesHost = false
      return own
    }
  }
#endif
