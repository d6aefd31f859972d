import Merganser
import MerganserDatabase
import MerganserLog

/// A store as tools see it: opened to be read, beside whoever writes to it, its tables known by the
/// schema that it records.
struct StoredDatabase {
  let path: String
  let identity: StoreIdentity
  let catalog: Catalog
  let log: LogSnapshot
  let reading: LogReading

  /// Opens the store in a folder, as it is now.
  init(at path: String) throws {
    self.path = path
    reading = try LogStore.openForReading(at: path)
    identity = reading.identity
    catalog = try Catalog(describing: identity.schema)
    log = try reading.snapshot()
  }

  /// The tables whose types this program does not know; they stay in the log as they are.
  var unknownTables: [SchemaDescription.Table] {
    identity.schema.tables.filter { table in
      !catalog.description.tables.contains { $0.name == table.name }
    }
  }

  /// What the store's versions come to.
  func snapshot() throws -> Snapshot { try recovered().snapshot }

  /// What the store's versions come to, and which of them cannot be applied.
  func recovered() throws -> (snapshot: Snapshot, recovery: Recovery) {
    var database = Database(
      catalog: catalog, replica: identity.replica, founder: identity.founder)
    let recovery = try database.recover(judging: log)
    return (database.snapshot, recovery)
  }

  /// The store's versions one by one, each after those that it depends on.
  func walk() throws -> LogWalk { try LogWalk(log, catalog: catalog, identity: identity) }

  /// The store's versions one by one, each after those that it depends on: the last `count` of some
  /// replicas, with those of others between them, or all.
  ///
  /// What a version changed is told by the state before it. For the last versions of a log that is small
  /// and whole, that is made of all before them; otherwise as far back as the last checkpoint.
  func walk(last count: Int?, of origins: Set<ReplicaID>) throws -> (LogWalk, VersionVector) {
    let start = try count.map { try log.vector(beforeLast: $0, of: origins) } ?? VersionVector()
    let isWhole = try log.truncatedTo.isEmpty && log.logBytes <= Self.smallLog
    let walk = try LogWalk(
      log, catalog: catalog, identity: identity, beyond: count == nil || isWhole ? nil : start)
    return (walk, start)
  }

  /// How many bytes a log has that is read from its beginning to show its end.
  private static let smallLog = 16 << 20
}
