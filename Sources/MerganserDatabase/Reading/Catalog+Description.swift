public import MerganserModel
import MerganserTypes

extension Catalog {
  /// The catalog of a schema that is known by its description only, as a tool finds it in a store.
  ///
  /// It holds the tables whose types come with this package, and the invariants that a description tells.
  /// Conditions that are code are not in it. A table of any other type is left out, and so is one whose rows
  /// follow from an invariant that cannot be made: they live and die with those of a table that is left out.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the description is none of a schema: tables have the same name, an
  ///   invariant makes no sense, or a system table is of another type than this program's.
  public convenience init(describing description: SchemaDescription) throws(SchemaError) {
    try self.init(describing: description, of: KnownTypes.table)
  }

  /// The names of the tables that ``init(describing:)`` holds, for which none of their types is made.
  ///
  /// - Throws: as there.
  package static func tables(
    knownIn description: SchemaDescription
  ) throws(SchemaError) -> Set<String> {
    let standIns = try Catalog(describing: description, of: KnownTypes.standIn)
    return Set(standIns.description.tables.map(\.name))
  }

  private convenience init(
    describing description: SchemaDescription,
    of table: (SchemaDescription.Table) -> (any AnyTable)?
  ) throws(SchemaError) {
    var tables: [String: any AnyTable] = [:]
    for described in description.tables {
      if let own = systemTables.first(where: { $0.name == described.name }) {
        guard own.description.difference(from: described) == nil else {
          throw .unknownType(table: described.name, type: described.unknownTypes)
        }
        continue
      }
      guard let known = table(described) else { continue }
      guard tables.updateValue(known, forKey: described.name) == nil else {
        throw .duplicateTable(described.name)
      }
    }
    // The system tables are every catalog's own.
    for table in systemTables { tables[table.name] = table }
    Self.leaveOut(&tables, by: description.invariants)
    var invariants: [any Invariant] = []
    for invariant in description.invariants {
      if let invariant = invariant.described(among: tables) { invariants.append(invariant) }
    }
    for table in systemTables { tables[table.name] = nil }
    try self.init(
      tables: Array(tables.values), invariants: invariants, lacking: [],
      leftOut: Set(description.tables.map(\.name)).subtracting(tables.keys))
  }

  /// Removes the tables whose rows cannot be told from the log by the invariants that are known.
  private static func leaveOut(
    _ tables: inout [String: any AnyTable], by invariants: [SchemaDescription.Invariant]
  ) {
    var before: Int
    repeat {
      before = tables.count
      for invariant in invariants where invariant.described(among: tables) == nil {
        for table in invariant.traits.decides { tables[table] = nil }
      }
    } while tables.count < before
  }
}

// What tools may do with a whole store's rows.
extension Catalog {
  /// The catalog of a store's schema, known by its description, if all its tables are known by that.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/needsReplica(_:reason:)``, if they are not; ``/MerganserModel/SchemaError``.
  package convenience init(describingAllOf identity: StoreIdentity) throws {
    try self.init(describing: identity.schema)
    let known = Set(description.tables.map(\.name))
    if let table = identity.schema.tables.first(where: { !known.contains($0.name) }) {
      throw ReplicationError.needsReplica(
        identity.replica, reason: "table \(table.name) holds \(table.unknownTypes)")
    }
  }

  /// The catalog of a store's schema, known by its description, if that is enough to take rows in.
  ///
  /// What an invariant looks up in an index is stored with the rows, and made of them by code.
  ///
  /// - Throws: as ``init(describingAllOf:)``.
  package convenience init(takingRowsInto identity: StoreIdentity) throws {
    try self.init(describingAllOf: identity)
    if let invariant = identity.schema.invariants.first(where: { $0.traits.storesIndex }) {
      throw ReplicationError.needsReplica(
        identity.replica,
        reason: "code decides what \(invariant.kind) \"\(invariant.name)\" compares")
    }
  }
}

extension Catalog {
  /// The catalog by which a store judges what comes to it that no program has open: it keeps the rows of the
  /// tables that every database has, and of all others the log alone.
  ///
  /// What versions write to a table whose types come with this package is read and judged as such. Of other
  /// tables the types are known to a program alone, and so are all invariants.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the description is none of a schema.
  package convenience init(judging schema: SchemaDescription) throws(SchemaError) {
    let own = Set(systemTables.map(\.name))
    let recorded = Set(schema.tables.map(\.name))
    let known = schema.tables.filter { !own.contains($0.name) }.compactMap { KnownTypes.table($0) }
    try self.init(
      tables: known, invariants: [], lacking: [],
      leftOut: recorded.subtracting(own).subtracting(known.map(\.name)), of: schema
    ) { name in
      if !own.contains(name) { return .judged }
      return recorded.contains(name) ? .kept : .refused
    }
  }
}
