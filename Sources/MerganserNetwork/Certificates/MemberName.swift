#if Network
  import MerganserTypes
  import X509

  /// What a certificate says of who has it: `merganser://DATABASE/REPLICA`, or `merganser://DATABASE` for an authority.
  struct MemberName: Hashable, CustomStringConvertible {
    var database: ReplicaID
    var replica: ReplicaID?

    var description: String {
      "merganser://\(database)" + (replica.map { "/\($0)" } ?? "")
    }

    init(database: ReplicaID, replica: ReplicaID?) {
      self.database = database
      self.replica = replica
    }

    /// Reads a name from its text.
    init?(_ text: String) {
      let scheme = "merganser://"
      guard text.utf8.count <= 128, text.hasPrefix(scheme) else { return nil }
      let parts = text.dropFirst(scheme.count).split(
        separator: "/", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count), let database = ReplicaID(String(parts[0])) else {
        return nil
      }
      self.database = database
      if parts.count == 2 {
        guard let replica = ReplicaID(String(parts[1])) else { return nil }
        self.replica = replica
      }
    }

    /// The one name of this kind that a certificate has; `nil` if it has none, or several.
    init?(of certificate: Certificate) {
      let names = (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 } ?? .init([])
      let found = names.compactMap { name in
        if case .uniformResourceIdentifier(let text) = name { MemberName(text) } else { nil }
      }
      guard found.count == 1 else { return nil }
      self = found[0]
    }
  }
#endif
