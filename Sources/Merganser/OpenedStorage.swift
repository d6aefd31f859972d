import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What a storage holds, read back for a program's schema: what a replica begins with.
struct OpenedStorage {
  /// The database, with all that was acknowledged.
  let database: Database
  /// How the schema's declared transactions run.
  let admission: Admission

  /// Reads a storage back, founds the database if nothing has happened in it, and lets it grow to the schema.
  ///
  /// - Parameters:
  ///   - storage: the storage.
  ///   - schema: the program's schema.
  ///   - catalog: the same, made ready.
  ///   - recorded: the later of that and the schema that the storage records.
  ///   - path: where the storage is, for errors.
  ///   - running: how declared transactions run.
  ///   - repair: what makes rows keep a check which is new.
  ///   - options: what is taken of other replicas.
  ///   - wall: the wall clock.
  ///   - guarantees: what is promised: all, but in simulations.
  ///   - room: how many bytes there are at most for each kind of versions that are not applied; `nil` for as many as
  ///     replicas have.
  /// - Throws: as ``Replica/open(_:at:joining:id:running:repairing:options:)``; a later attempt goes on from there.
  init(
    _ storage: any RecoverableStorage, as schema: some Schema, catalog: Catalog, recorded: Catalog,
    at path: String, running: Running, repairing repair: RowRepair? = nil, options: ReplicaOptions,
    wall: @escaping @Sendable () -> HybridTime, guarantees: Guarantees = .all, room: Int? = nil
  ) throws {
    let identity = storage.identity
    let unreadable = try catalog.unreadableSample(
      of: storage.snapshot(), recorded: identity.schema, own: identity.replica)
    if let unreadable { throw OpenError.unreadableRows(path: path, unreadable) }
    var indexes = try IndexRebuilding(of: storage.snapshot().state, catalog: recorded)
    while let step = try indexes.next() { try storage.store(step) }
    var database = Database(
      catalog: recorded, replica: identity.replica, founder: identity.founder)
    database.guarantees = guarantees
    if let room { database.limitRooms(to: room) }
    database.cache = RowCache(limit: options.cacheLimit)
    database.tolerance = try TimeTolerance(drift: options.toleratedDrift)
    database.takesUnverifiedVersions = storage.takesUnverifiedVersions
    try database.acceptTimes(upTo: storage.acceptedTime)
    try storage.recover(&database)
    admission = try running.admission(of: schema, catalog: catalog, founder: database.founder)
    let versions = try running.found(schema, in: &database, wall: wall())
    if !versions.isEmpty {
      try storage.append(versions)
      database.noteStored()
    }
    try SchemaGrowth(
      store: storage, path: path, repair: repair, clearance: admission.clearance(.everywhere),
      wall: wall
    ).complete(&database)
    self.database = database
  }
}
