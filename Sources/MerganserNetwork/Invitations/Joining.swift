#if Network
  import Foundation
  package import Logging
  package import MerganserModel
  import MerganserTypes

  /// What a new replica asks for.
  private struct JoinQuestion: Codable {
    var invitation: String
    /// The public half of its key, in PEM.
    var publicKey: String
  }

  /// What it is given.
  private struct JoinAnswer: Codable {
    /// Its certificate and the authority's, in PEM.
    var certificates: String
    /// The schema's description, as it is stored.
    var schema: Data
    /// Where to link.
    var addresses: [String]
  }

  /// Lets new replicas in that have invitations, by the authority's key.
  package struct InvitationDesk: Sendable {
    private let authority: DatabaseAuthority
    private let used: UsedInvitations
    private let schema: @Sendable () -> SchemaDescription
    private let addresses: @Sendable () -> [NetworkAddress]?
    private let logger: Logger

    /// A desk.
    ///
    /// - Parameters:
    ///   - authority: who signs.
    ///   - used: which invitations were used.
    ///   - schema: the database's schema.
    ///   - addresses: where who has joined links; `nil` as long as that is not known, and nobody joins.
    ///   - logger: what is told who joins, and who does not.
    package init(
      authority: DatabaseAuthority, used: UsedInvitations,
      schema: @escaping @Sendable () -> SchemaDescription,
      addresses: @escaping @Sendable () -> [NetworkAddress]?, logger: Logger
    ) {
      self.authority = authority
      self.used = used
      self.schema = schema
      self.addresses = addresses
      self.logger = logger
    }

    /// Where it is asked.
    static let path = "/join"

    /// Answers.
    package func answer(_ question: HTTPQuestion) -> HTTPAnswer {
      guard question.method == "POST", question.path == Self.path else {
        return HTTPAnswer(404, text: "Only those who join are answered.")
      }
      guard let addresses = addresses() else {
        return HTTPAnswer(503, text: "It does not listen yet; ask again.")
      }
      do {
        guard let asked = try? JSONDecoder().decode(JoinQuestion.self, from: Data(question.body))
        else { throw InvitationError.unreadable(reason: "the question is none") }
        let invitation = try Invitation(asked.invitation)
        try authority.check(invitation, now: .now)
        // Drawn here: whoever chose it could choose that of a member.
        let replica = ReplicaID.random()
        // What cannot be certified does not use the invitation.
        let certificates = try authority.certificates(for: asked.publicKey, of: replica)
        try used.use(invitation, for: replica)
        let answer = JoinAnswer(
          certificates: certificates, schema: Data(schema().binaryEncoded()),
          addresses: addresses.map(\.description))
        let text = String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
        logger.info(
          "joined", metadata: ["replica": "\(replica)", "invitation": "\(invitation.id)"])
        return HTTPAnswer(text: text, type: "application/json")
      } catch {
        let reason =
          error is any MerganserError ? "\(error)" : "the question has no key that can be certified"
        logger.warning("nobody has joined", metadata: ["error": "\(reason)"])
        return HTTPAnswer(403, text: reason)
      }
    }
  }

  /// What a new replica is given by who has invited it.
  package struct Admission: Sendable {
    /// Its key and certificate.
    package let identity: MemberIdentity
    /// The database's schema.
    package let schema: SchemaDescription
    /// Where to link, as the other side has it; the host may be none.
    private let addresses: [String]
    private let asked: NetworkAddress

    /// Joins a database by an invitation, which is used then.
    ///
    /// - Parameters:
    ///   - address: where those are answered who join.
    ///   - invitation: the invitation.
    /// - Throws: ``InvitationError``; ``NetworkError``.
    package init(at address: NetworkAddress, by invitation: Invitation) async throws {
      guard .now < invitation.end else { throw InvitationError.expired(ended: invitation.end) }
      let key = MemberKey()
      var client = HTTPClient(
        address,
        tls: HTTPPinning(fingerprint: invitation.fingerprint, database: invitation.database))
      client.limit = 1 << 23
      let question = JoinQuestion(invitation: "\(invitation)", publicKey: key.publicKey)
      let answer = try await client.ask(
        InvitationDesk.path, method: "POST", body: Array(try JSONEncoder().encode(question)))
      let text = Data(answer.body)
      guard answer.status == 200 else {
        throw InvitationError.refused(
          reason: String(decoding: text.prefix(400), as: UTF8.self).shortened)
      }
      do {
        let given = try JSONDecoder().decode(JoinAnswer.self, from: text)
        identity = try MemberIdentity(key, certificates: given.certificates)
        schema = try SchemaDescription(binaryEncoded: Array(given.schema))
        addresses = given.addresses
        asked = address
      } catch {
        throw InvitationError.refused(reason: "what it answers cannot be read")
      }
      guard identity.database == invitation.database else {
        throw InvitationError.ofOtherDatabase(
          ours: invitation.database, theirs: identity.database)
      }
      guard try identity.authorityFingerprint == invitation.fingerprint else {
        throw InvitationError.refused(
          reason: "what it answers is signed by another authority than the invitation names")
      }
    }

    /// Where to link: the first address that can be reached from here, as far as its text tells.
    package var address: NetworkAddress? {
      let here = asked.isLocal
      return addresses.compactMap { try? NetworkAddress($0) }.first { here || !$0.isLocal }
        .map { address in
          switch (address, asked.host) {
          case (.tcp("0.0.0.0", let port), let host?), (.tcp("::", let port), let host?):
            .tcp(host: host, port: port)
          case (.webSocket("0.0.0.0", let port, let path, let isSecure), let host?),
            (.webSocket("::", let port, let path, let isSecure), let host?):
            .webSocket(host: host, port: port, path: path, isSecure: isSecure)
          default: address
          }
        }
    }
  }
#endif
