#if Network
  public import MerganserTypes

  /// By what two replicas know each other before they say anything.
  public struct NetworkSecurity: Sendable {
    enum Kind: Sendable {
      case plaintext
      case members(MemberIdentity, RevokedMembers)
      case certificates(OwnCertificates)
    }

    let kind: Kind

    /// Nothing: on this machine alone, where the system guards who connects.
    public static let plaintext = Self(kind: .plaintext)

    /// TLS 1.3, with certificates of the database's authority on both sides.
    ///
    /// - Parameters:
    ///   - identity: this replica's.
    ///   - revoked: with whom no link is made any more.
    /// - Returns: the security.
    public static func members(
      _ identity: MemberIdentity, revoked: RevokedMembers = RevokedMembers()
    ) -> Self { Self(kind: .members(identity, revoked)) }

    /// TLS 1.3, with certificates of an authority of one's own.
    ///
    /// - Parameter certificates: what is shown, and what is trusted.
    /// - Returns: the security.
    public static func certificates(_ certificates: OwnCertificates) -> Self {
      Self(kind: .certificates(certificates))
    }
  }

  /// Certificates that were made by other means than ``DatabaseAuthority``.
  public struct OwnCertificates: Sendable {
    /// The file of this side's certificate and of those between it and a root, in PEM; `nil` where a client shows none.
    public var chain: String?
    /// The file of its key, in PEM, which nobody but its owner may be able to read.
    public var key: String?
    /// The file of the roots that are trusted, in PEM; the system's, if it is `nil`.
    public var roots: String?
    /// Whether a client checks that the other side's certificate names the host that it connects to.
    public var verifiesHost = true
    /// Whether a listener asks for certificates, as it should unless something before it has.
    public var asksClients = true
    /// Tells which replica a certificate is of, in DER; `nil` if nobody's, which is refused.
    ///
    /// Without this, whoever has a certificate that is trusted may greet as any replica.
    public var replica: (@Sendable (_ certificate: [UInt8]) -> ReplicaID?)?

    /// Certificates in files.
    ///
    /// - Parameters:
    ///   - chain: this side's certificate and those between it and a root, in PEM.
    ///   - key: its key, in PEM.
    ///   - roots: the roots that are trusted, in PEM; the system's, if it is `nil`.
    public init(chain: String?, key: String?, roots: String?) {
      self.chain = chain
      self.key = key
      self.roots = roots
    }
  }
#endif
