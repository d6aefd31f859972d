package import MerganserModel
import MerganserTypes

extension Catalog {
  /// A schema with the tables that the program declares as it declares them: the program has their types, so
  /// that it names them, and tells their layouts.
  ///
  /// Of types of the program's own of which it tells no layout, what an earlier version told stays, as `stored`
  /// has it.
  package func declaring(
    _ schema: SchemaDescription, storedAs stored: SchemaDescription
  ) -> SchemaDescription {
    let known = Dictionary(stored.tables.map { ($0.name, $0) }) { first, _ in first }
    var declared: [String: SchemaDescription.Table] = [:]
    for table in tables where !described.contains(table.name) {
      let own = table.description
      let types = table.types
      declared[own.name] =
        known[own.name].map {
          own.completed(by: $0, for: OwnTypes.all(in: [types.key, types.value]))
        } ?? own
    }
    return SchemaDescription(
      tables: schema.tables.map { declared[$0.name] ?? $0 }, invariants: schema.invariants)
  }

  /// The catalog by which a program reads and hands on what was written under a schema that grew from its
  /// own: its own tables and invariants, and those that it lacks as far as their description tells them.
  ///
  /// The program writes to its own tables only, and not to those about which the schema has an invariant that is
  /// code which the program does not have.
  ///
  /// - Throws: ``/MerganserModel/SchemaError/unknownType(table:type:)``, if a table holds what no type is known for here;
  ///   others, if `schema` is none.
  package func extended(
    to schema: SchemaDescription,
    making table: (SchemaDescription.Table) -> (any AnyTable)? = KnownTypes.table
  ) throws(SchemaError) -> Catalog {
    // Types that are made stay in memory, so nothing is made of a schema that is refused.
    _ = try extended(to: schema, of: KnownTypes.standIn)
    return try extended(to: schema, of: table)
  }

  private func extended(
    to schema: SchemaDescription, of table: (SchemaDescription.Table) -> (any AnyTable)?
  ) throws(SchemaError) -> Catalog {
    var tables: [String: any AnyTable] = [:]
    for table in self.tables { tables[table.name] = table }
    let known = Set(tables.keys)
    for new in schema.tables where !known.contains(new.name) {
      guard let described = table(new) else {
        throw .unknownType(table: new.name, type: new.unknownTypes)
      }
      guard tables.updateValue(described, forKey: new.name) == nil else {
        throw .duplicateTable(new.name)
      }
    }
    var invariants = invariants.map(\.invariant) as [any Invariant]
    var lacking = lacking
    for invariant in schema.invariants where !description.invariants.contains(invariant) {
      if let invariant = invariant.described(among: tables) {
        invariants.append(invariant)
      } else if !invariant.isUnderstood || !invariant.traits.decides.isEmpty {
        throw .invalidInvariant(
          invariant.name,
          reason: """
            this program cannot keep \(invariant.kind) \(invariant.parameters), which decides what rows hold; use a \
            version that can
            """)
      } else {
        lacking.append(invariant)
      }
    }
    // The system tables are every catalog's own.
    for table in systemTables { tables[table.name] = nil }
    return try Catalog(
      tables: Array(tables.values), invariants: invariants, lacking: lacking,
      described: described.union(tables.keys.filter { !known.contains($0) }), of: schema)
  }
}
