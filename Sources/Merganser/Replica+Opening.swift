import Dispatch
public import MerganserDatabase
import MerganserLog
public import MerganserModel
public import MerganserTypes

/// Why a store cannot be opened as a replica of a database.
public enum OpenError: MerganserError, Hashable {
  /// The store was written under a schema that is not the program's; `difference` says where.
  case otherSchema(path: String, difference: String)
  /// The store's rows are not read as the program reads them: their types, or a type's layout, are others.
  case otherLayout(path: String, LayoutDifference)
  /// Most rows of a table, such as this one, cannot be read as what the program declares, of which neither
  /// it nor the store tells a layout.
  case unreadableRows(path: String, UnreadableRow)
  /// Rows that are there break a check that the schema has now and had not when they were written.
  case brokenRows(path: String, BrokenRows)
  /// The store belongs to another database than the one that was to be joined.
  case otherDatabase(path: String, expected: ReplicaID, found: ReplicaID)
  /// The store is another replica's than the one that it was to be; `renewal` says why it took another id, if
  /// it did so just now.
  case otherReplica(path: String, expected: ReplicaID, found: ReplicaID, renewal: Renewal?)
}

extension OpenError: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .otherSchema(let path, let difference):
      """
      \(path) was written under another schema: \(difference); nothing was changed; use the program that wrote \
      it. If another replica brought the table or the invariant, it stays in the database: declare it as it is \
      there, and yours under another name
      """
    case .otherLayout(let path, let difference) where difference.type == nil:
      """
      \(path): \(difference); nothing was changed; use the program that wrote it. If another replica brought the \
      table, it stays in the database: declare it as it is there, and yours under another name. A type that only \
      moved to another module declares the name that it had, as typeName
      """
    case .otherLayout(let path, let difference):
      """
      \(path): \(difference); nothing was changed; use the program that wrote it, and give a type whose \
      bytes change another name, in a table of its own; a type that only moved to another module declares \
      the name that it had, as typeName
      """
    case .unreadableRows(let path, let row):
      """
      \(path) was written by a program with other types: \(row); nothing was changed; use the program that \
      wrote it, and give a type whose bytes change another name, in a table of its own
      """
    case .brokenRows(let path, let rows):
      """
      \(path) has rows that break a new check (\(rows)); open it with a transaction that repairs them \
      (open(…, repairing:)), or change them with the program that wrote them
      """
    case .otherDatabase(let path, let expected, let found):
      """
      \(path) belongs to the database founded by \(found.shortDescription), not to that of \
      \(expected.shortDescription); name another folder, or remove this one if it was founded where it was to join
      """
    case .otherReplica(let path, let expected, let found, let renewal):
      """
      \(path) is the store of replica \(found)\(renewal.map { " (\($0))" } ?? ""), not of \(expected); \
      open it without an id, or name another folder
      """
    }
  }
}

extension Replica {
  /// Opens the replica whose store is in a folder, creating it if there is none.
  ///
  /// What was acknowledged before is there again; what was not, is there as a whole or not at all.
  ///
  /// The schema may have grown since the store was written: by tables, by invariants about these alone, and by
  /// ``/MerganserModel/Check``s, which the rows that are there have to keep: those that do not are told
  /// (``OpenError/brokenRows(path:_:)``), or repaired. A store remembers the
  /// latest schema that it was written under. An earlier program opens it too, where all tables that it
  /// lacks are of types that come with this package: it keeps and hands on what it does not know, and is
  /// refused the writes that an invariant which it does not have could refuse
  /// (``/MerganserModel/TransactionError/lacksInvariant(_:table:)``).
  ///
  /// - Parameters:
  ///   - schema: the schema of the database.
  ///   - location: the store's folder. One replica has it open at a time.
  ///   - founder: the founder of the database that a new store joins; without one it founds a database of its
  ///     own. Check an id that was read from text before: `nil` is no error here. A store that is there must
  ///     belong to it.
  ///   - id: the identity of a new store, which nobody else has or had; without one it is chosen at random.
  ///     A store that is there must have it.
  ///   - running: how the schema's declared transactions run.
  ///   - repair: a transaction that makes rows keep a check which is new. It is run for about a thousand
  ///     rows at a time, is durable by itself, and may be run again after a crash. The schema is recorded
  ///     once all rows keep it.
  ///   - options: durability, limits, what is taken of other replicas, and the clock.
  /// - Returns: the replica, with all that was acknowledged.
  /// - Throws: ``/MerganserModel/SchemaError``; ``/MerganserModel/PlanError``;
  ///   ``/MerganserModel/OptionError`` and ``/MerganserModel/TimeError``, before anything is touched; ``/MerganserModel/StorageError``; ``OpenError``.
  public static func open(
    _ schema: S, at location: some FileLocation, joining founder: ReplicaID? = nil,
    id: ReplicaID? = nil,
    running: Running = Running(), repairing repair: RowRepair? = nil,
    options: ReplicaOptions = ReplicaOptions()
  ) async throws -> Replica {
    let path = try location.checkedPath()
    let catalog = try Catalog(schema)
    try options.check()
    _ = try TimeTolerance(drift: options.toleratedDrift)
    let wall = options.wall ?? systemClock
    var options = options
    options.wall = wall
    let storeOptions = options
    // What must not run is refused before a store is made; who orders is known once it is open.
    _ = try running.admission(of: schema, catalog: catalog, founder: founder ?? .random())
    try running.check(schema, in: catalog)
    return try await onBlockingThread {
      let (store, recorded) = try openStore(
        catalog, at: path, joining: founder, id: id, options: storeOptions)
      do {
        let opened = try OpenedStorage(
          store, as: schema, catalog: catalog, recorded: recorded, at: path, running: running,
          repairing: repair, options: storeOptions, wall: wall)
        return Replica(
          schema, database: opened.database, admission: opened.admission, storage: store,
          adopting: storeOptions.adoption, wall: wall)
      } catch {
        try store.close()
        throw error
      }
    }
  }

  /// Finishes what was begun, and closes the store.
  ///
  /// Nothing can be written afterwards, and snapshots of it end: reading rows from them that were not in
  /// memory throws.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if the store cannot be left as it should.
  public func close() async throws {
    let checkpoint = await withCheckedContinuation { continuation in
      writer.close { continuation.resume(returning: $0) }
    }
    guard let store = writer.storage as? LogStore else { return }
    try await onBlockingThread { try store.close() }
    try checkpoint.get()
  }

  /// How many bytes of disk the replica's store takes; 0 for one in memory.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  public var sizeOnDisk: Int {
    get throws { try (writer.storage as? LogStore)?.sizeOnDisk ?? 0 }
  }

  private static func openStore(
    _ catalog: Catalog, at path: String, joining founder: ReplicaID?, id: ReplicaID?,
    options: ReplicaOptions
  ) throws -> (LogStore, Catalog) {
    guard try LogStore.exists(at: path) else {
      let id = id ?? .random()
      let store = try LogStore.create(
        at: path,
        identity: StoreIdentity(replica: id, founder: founder ?? id, schema: catalog.description),
        options: options)
      return (store, catalog)
    }
    let store = try LogStore.open(at: path, options: options)
    do {
      let identity = store.identity
      if let founder, founder != identity.founder {
        throw OpenError.otherDatabase(path: path, expected: founder, found: identity.founder)
      }
      if let id, id != identity.replica {
        throw OpenError.otherReplica(
          path: path, expected: id, found: identity.replica, renewal: store.renewal)
      }
      return (store, try catalog.opening(identity.schema, at: path))
    } catch {
      try store.close()
      throw error
    }
  }
}

extension Catalog {
  /// The catalog by which a program with this one opens a store that records `schema`: the later of both, with
  /// the program's tables as it declares them.
  package func opening(_ schema: SchemaDescription, at path: String) throws -> Catalog {
    if let difference = description.layoutDifference(from: schema) {
      throw OpenError.otherLayout(path: path, difference)
    }
    let hindrance = description.hindrance(toGrowingFrom: schema)
    if let hindrance, schema.hindrance(toGrowingFrom: description) != nil {
      throw OpenError.otherSchema(path: path, difference: hindrance)
    }
    let later = declaring(hindrance == nil ? description : schema, storedAs: schema)
    if later == description { return self }
    do { return try extended(to: later) } catch {
      throw OpenError.otherSchema(path: path, difference: "\(error)")
    }
  }
}

/// Does work that waits for the disk where it holds no task up.
func onBlockingThread<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
  }
}

extension Replica {
  /// What the replica's log holds now; all of it is durable.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  public func log() throws(StorageError) -> any VersionSnapshot {
    try writer.storage.snapshot()
  }
}
