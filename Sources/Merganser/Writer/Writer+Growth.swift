import MerganserDatabase
import MerganserModel

// Taking over a schema that grew elsewhere, while the replica is in use.
extension Writer {
  /// Keeps what is written under `schema` from now on, if it is later than what there is.
  ///
  /// All that is stored is read anew with it, as after a crash, between two groups of the writer. Once that
  /// has gone well it is recorded: before any version that needs it.
  func grow(to schema: SchemaDescription) async throws {
    try await onWriter { try $0.takeOver(schema) }
  }

  /// As ``grow(to:)``, on the writer.
  func takeOver(_ schema: SchemaDescription) throws {
    try database.withLock { database in
      let earlier = database.catalog
      let later = try earlier.description.later(schema)
      if later == earlier.description { return }
      var grown = Database(
        catalog: try earlier.extended(to: later), replica: database.replica,
        founder: database.founder)
      grown.takeOptions(from: database)
      grown.cache = database.cache
      try grown.recover(from: storage.snapshot())
      if guarantees.contains(.recordedSchemas) { try storage.updateSchema(later) }
      database = grown
      renew(&database)
      publish(database)
      keepOrder(of: database)
    }
  }
}
