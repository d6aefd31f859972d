package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What a replica says of itself at the beginning of a sync.
package struct Greeting: Hashable, Sendable {
  /// Who speaks.
  package var replica: ReplicaID
  /// The founder of the database that it belongs to.
  package var founder: ReplicaID
  /// Its schema.
  package var schema: SchemaDescription
  /// What tells the plan apart by which its declared transactions run, 0 where there is none; `nil`
  /// where nobody runs transactions, as with a store that is not open.
  package var plan: UInt64?
  /// The last version of each origin that it holds.
  package var heads: [ReplicaID: Head]
  /// Up to where its log has no versions any more.
  package var truncatedTo: VersionVector
  /// The identities that have ended, each with its cut.
  package var cuts: [ReplicaID: Cut]
  /// What later versions of the protocol say besides, by number; who does not know a number passes it over.
  package var extensions: [UInt64: [UInt8]] = [:]

  /// The number of the extension that says ``window``.
  private static let windowExtension: UInt64 = 1

  /// How many bytes of versions may be sent to the side ahead of what it has stored, where it stays linked; `nil` where it
  /// only syncs.
  package var window: Int? {
    get {
      extensions[Self.windowExtension].flatMap { try? UInt64(binaryEncoded: $0) }.map {
        Int(min($0, 1 << 62))
      }
    }
    set { extensions[Self.windowExtension] = newValue.map { UInt64(max($0, 0)).binaryEncoded() } }
  }

  /// The number of the extension that says ``silence``.
  private static let silenceExtension: UInt64 = 2

  /// For how long the side of a link lets nothing come before it takes the other for gone; `nil` where it does not say so.
  package var silence: Duration? {
    get {
      extensions[Self.silenceExtension].flatMap { try? UInt64(binaryEncoded: $0) }.map {
        .milliseconds(Int64(clamping: $0))
      }
    }
    set {
      extensions[Self.silenceExtension] = newValue.map {
        UInt64(min(max($0 / .milliseconds(1), 1), 1e15)).binaryEncoded()
      }
    }
  }

  /// How many extensions a greeting has at most.
  package static let maximumExtensions = 64
  /// How many bytes a greeting has at most: there is room for as many origins as a database can have.
  package static let maximumSize = 16 << 20

  /// The greeting with the given parts.
  package init(
    replica: ReplicaID, founder: ReplicaID, schema: SchemaDescription, plan: UInt64? = nil,
    heads: [ReplicaID: Head], truncatedTo: VersionVector = VersionVector(),
    cuts: [ReplicaID: Cut] = [:]
  ) {
    self.replica = replica
    self.founder = founder
    self.schema = schema
    self.plan = plan
    self.heads = heads
    self.truncatedTo = truncatedTo
    self.cuts = cuts
  }

  /// The greeting of a replica whose storage holds `snapshot`.
  package init(
    replica: ReplicaID, founder: ReplicaID, schema: SchemaDescription, plan: UInt64? = nil,
    snapshot: any VersionSnapshot, cuts: [ReplicaID: Cut] = [:]
  ) {
    self.init(
      replica: replica, founder: founder, schema: schema, plan: plan,
      heads: snapshot.heads, truncatedTo: VersionVector(snapshot.truncatedTo), cuts: cuts)
  }

  /// Checks that a correct replica can say it, whatever it holds.
  ///
  /// - Complexity: O(*n*) in the number of origins, of which only so many are looked at as a database can have.
  /// - Throws: ``/MerganserModel/ReplicationError/exceedsLimit(_:found:limit:)``;
  ///   ``/MerganserModel/ReplicationError/unexpectedMessage(_:)``.
  package func check() throws(ReplicationError) {
    for (what, found) in [
      ("heads in its greeting", heads.count),
      ("ends of identities in its greeting", cuts.count),
    ] where found > Database.maximumOrigins {
      throw .exceedsLimit(what, found: found, limit: Database.maximumOrigins)
    }
    guard extensions.count <= Self.maximumExtensions else {
      throw .exceedsLimit(
        "extensions in its greeting", found: extensions.count, limit: Self.maximumExtensions)
    }
    for head in heads.values where !(1...Dot.maximumSequence).contains(head.sequence) {
      throw .unexpectedMessage("a greeting with a write numbered \(head.sequence)")
    }
    for (origin, sequence) in truncatedTo where sequence > heads[origin]?.sequence ?? 0 {
      throw .unexpectedMessage(
        "a greeting by which the log of \(origin.shortDescription) begins behind its end")
    }
    for cut in cuts.values where cut.last.sequence > Dot.maximumSequence {
      throw .unexpectedMessage("a greeting with an identity that ends at \(cut.last.sequence)")
    }
  }

  /// How far its log goes for each origin.
  ///
  /// - Complexity: O(*n* log *n*) in the number of origins.
  package var vector: VersionVector { VersionVector(heads) }
}
