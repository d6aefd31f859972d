import CXXHash
public import MerganserTypes

/// All of a database at one moment: what its readers see.
///
/// A value that never changes; holding one keeps what it shows in memory.
public struct Snapshot: Sendable {
  /// The schema.
  public let catalog: Catalog
  /// The database's founder.
  public let founder: ReplicaID
  package let state: DatabaseState

  package init(catalog: Catalog, founder: ReplicaID, state: DatabaseState) {
    self.catalog = catalog
    self.founder = founder
    self.state = state
  }

  /// Which versions the snapshot is the join of.
  public var vector: VersionVector { state.vector }

  /// The value of a row; nothing where there is no row.
  ///
  /// - Throws: ``SchemaError``, if the table is not the schema's; ``KeyError``, if the key is too long.
  public subscript<Key, Value>(table: Table<Key, Value>, key: Key) -> Value? {
    get throws {
      let rows = try rows(of: table)
      return try rows.rows[table.encoded(key)]?.value(as: Value.self)
    }
  }

  /// All rows of a table, in the order of their keys.
  ///
  /// - Complexity: O(*n* log *n*).
  /// - Throws: ``SchemaError``, if the table is not the schema's.
  public func rows<Key, Value>(
    _ table: Table<Key, Value>
  ) throws -> [(key: Key, value: Value)] {
    let rows = try rows(of: table)
    return try rows.sortedKeys.compactMap { encoded in
      guard let value = rows.rows[encoded]?.value(as: Value.self) else { return nil }
      return (try Key(keyEncoded: encoded), value)
    }
  }

  /// How many rows a table has.
  ///
  /// - Throws: ``SchemaError``, if the table is not the schema's.
  public func count<Key, Value>(_ table: Table<Key, Value>) throws -> Int {
    try rows(of: table).rows.count
  }

  /// How far `replica` may move a counter in `direction`; nothing where no bound limits that.
  ///
  /// - Throws: as ``subscript(_:_:)``.
  public func rights<Key>(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction,
    in table: Table<Key, EscrowCounter>, _ key: Key
  ) throws -> Int64? {
    let number = try catalog.number(of: table)
    let row = try rows(of: table).rows[table.encoded(key)]
    return try EscrowView(
      row?.incarnations ?? [], bounds: catalog.rules.tables[number].bounds, founder: founder
    ).rights(of: replica, towards: direction)
  }

  /// Every invariant that does not hold here, each with one violation.
  ///
  /// What committed and merged under invariants that are I-confluent has none; what ran with
  /// ``Scope/localOnly`` may.
  ///
  /// - Complexity: O(number of rows), and what conditions cost.
  /// - Throws: what a ``Custom`` condition throws.
  public func violations() throws -> [InvariantViolation] {
    try catalog.invariants.compactMap { try $0.violation(in: self) }
  }

  /// A number that is equal for equal contents, on every machine.
  ///
  /// It is taken over the vector and every row's bytes, in the order of tables and keys.
  public var digest: UInt64 {
    var encoder = BinaryEncoder()
    vector.encode(to: &encoder)
    var hash = encoder.bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    for replica in encoder.replicas { hash = hash &* 31 &+ (replica.high ^ replica.low) }
    for (number, table) in catalog.tables.enumerated() {
      let rows = state.tables[number]
      for key in rows.sortedKeys {
        let bytes = Array(table.name.utf8) + [0] + key + [0] + (rows.encodedRow(key) ?? [])
        hash = bytes.withUnsafeBytes { XXH3_64bits_withSeed($0.baseAddress, $0.count, hash) }
      }
    }
    return hash
  }

  private func rows<Key, Value>(
    of table: Table<Key, Value>
  ) throws(SchemaError) -> TableState<Value.Store> {
    guard let rows = state.rows(try catalog.number(of: table), as: Value.Store.self) else {
      throw .unknownTable(table.name, expected: nil)
    }
    return rows
  }
}

// What tools see that do not have the schema's types in code.
extension Snapshot {
  /// The rows of a table as a person reads them, in the order of their keys.
  ///
  /// - Throws: ``SchemaError``, if the schema has no such table.
  public func text(ofTable name: String) throws(SchemaError) -> [(key: String, value: String)] {
    guard let number = catalog.number(of: name) else {
      throw .unknownTable(name, expected: nil)
    }
    let rows = state.tables[number]
    return rows.sortedKeys.compactMap { catalog.tables[number].text(of: $0, in: rows) }
  }
}
