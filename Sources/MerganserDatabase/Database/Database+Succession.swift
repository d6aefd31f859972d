public import MerganserModel
public import MerganserTypes

/// Why an identity cannot be ended here.
public enum SuccessionError: MerganserError, Hashable {
  /// It is this replica's own.
  case ownIdentity(ReplicaID)
  /// Nothing that it wrote is known here.
  case unknown(ReplicaID)
  /// It has ended already.
  case ended(ReplicaID, Cut)
}

extension SuccessionError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .ownIdentity(let identity):
      "\(identity.shortDescription) is this replica itself; end it from another one"
    case .unknown(let identity):
      """
      nothing that \(identity.shortDescription) wrote is known here; sync with a replica that has met it, \
      and end it there
      """
    case .ended(let identity, let cut):
      "\(identity.shortDescription) has ended already: it \(cut)"
    }
  }
}

extension Database {
  /// Ends another replica's identity, with this one for its heir: what is lost for good goes on here.
  ///
  /// The cut is the last version of it that is here: what the lost replica wrote beyond is set aside
  /// wherever the cut is known, and who has applied such versions cannot meet this replica any more. So sync
  /// with all that are left before.
  ///
  /// From then on the rights of the ended identity count here, also those that it is given later. If it was
  /// the founder, or the founder's heir, the rights of rows that are created are minted here.
  ///
  /// - Throws: ``SuccessionError``; ``/MerganserModel/TransactionError``; ``/MerganserModel/StorageError``.
  /// - Returns: the version to be stored.
  public mutating func succeed(
    _ identity: ReplicaID, wall: HybridTime
  ) throws -> StoredVersion? {
    try succeed(identity, wall: wall, evenIfUnknown: false)
  }

  /// As ``succeed(_:wall:)``; of an identity of which nothing is known here, nothing counts.
  package mutating func succeed(
    _ identity: ReplicaID, wall: HybridTime, evenIfUnknown: Bool
  ) throws -> StoredVersion? {
    guard identity != replica else { throw SuccessionError.ownIdentity(identity) }
    if let cut = state.succession.cuts[identity] { throw SuccessionError.ended(identity, cut) }
    let known = state.head(of: identity)
    guard let last = known ?? (evenIfUnknown ? Head(sequence: 0, hash: 0) : nil) else {
      throw SuccessionError.unknown(identity)
    }
    let heir = replica
    return try transact(scope: .localOnly, wall: wall) { tx in
      let cut = Cut(last: last, heir: heir, decided: try tx.open().author.nextSequence)
      try tx[cutTable, identity].insert(cut)
    }.version
  }
}

extension Snapshot {
  /// The identities that have ended, each with its cut.
  public var cuts: [ReplicaID: Cut] {
    note(unlisted: "the ends of identities")
    return state.succession.cuts
  }

  /// Who acts as the database's founder: it, or its heir if it has ended.
  public var actingFounder: ReplicaID { state.succession.holder(for: founder) }
}

extension Snapshot {
  /// What a storage's rows and versions tell of the tables that every database has, whatever types its other
  /// tables are of.
  package init(ofSystemTablesIn snapshot: any VersionSnapshot, identity: StoreIdentity) throws {
    var database = Database(
      catalog: try Catalog(ofSystemTablesIn: identity.schema), replica: identity.replica,
      founder: identity.founder)
    _ = try database.recover(judging: snapshot)
    self = database.snapshot
  }
}

extension Succession {
  /// The succession that a storage's rows and versions tell, whatever types its other tables are of.
  package init(of snapshot: any VersionSnapshot, identity: StoreIdentity) throws {
    self = try Snapshot(ofSystemTablesIn: snapshot, identity: identity).state.succession
  }
}

extension Catalog {
  /// The catalog of the tables that every database has, which leaves a schema's own tables out.
  package convenience init(ofSystemTablesIn schema: SchemaDescription) throws(SchemaError) {
    try self.init(
      tables: [], invariants: [], lacking: [], leftOut: Set(schema.tables.map(\.name)), of: schema)
  }
}
