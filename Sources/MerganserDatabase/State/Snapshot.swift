import CXXHash
public import MerganserModel
public import MerganserTypes

/// All of a database at one moment: what its readers see.
///
/// A value that never changes; holding one keeps what it shows in memory.
///
/// ```swift
/// let snapshot = replica.snapshot
/// let balance = try snapshot[bank.accounts, "alice"]?.value ?? 0
/// for row in try snapshot.rows(bank.accounts, in: "a"..<"b") { print(row.key, try row.value.value) }
/// ```
public struct Snapshot: Sendable {
  /// The schema.
  public let catalog: Catalog
  /// The database's founder.
  public var founder: ReplicaID {
    scope?.note(unlisted: "the founder")
    return ownFounder
  }
  private let ownFounder: ReplicaID
  package let state: DatabaseState
  /// The latest time of what is in it, on its replicas' hybrid clocks; nothing in it is later.
  public var time: HybridTime {
    scope?.note(unlisted: "the time")
    return ownTime
  }
  private let ownTime: HybridTime
  /// What can be read, and by which condition; `nil` for all.
  private var scope: ConditionScope?
  /// The requests that are open in the order; `nil` if nobody has looked for them.
  package internal(set) var open: OpenRequests?
  /// Of whom something is in it that its replica's own last version does not come behind, and that replica; `nil` if that is not
  /// known.
  var tips: [ReplicaID]?

  package init(
    catalog: Catalog, founder: ReplicaID, state: DatabaseState, time: HybridTime = .zero
  ) {
    ownTime = time
    self.catalog = catalog
    ownFounder = founder
    self.state = state
  }

  /// The snapshot for the condition of an invariant.
  func limited(to scope: ConditionScope) -> Snapshot {
    var snapshot = self
    snapshot.scope = scope
    return snapshot
  }

  /// - Throws: ``/MerganserModel/SchemaError/unlistedTable(_:invariant:)``.
  @usableFromInline
  func requireReadable(_ table: String) throws(SchemaError) {
    guard let scope else { return }
    guard scope.tables.contains(table) else {
      throw .unlistedTable(table, invariant: scope.invariant)
    }
    scope.note(table: table)
  }

  /// Refuses what no condition may ask.
  func refuseInConditions(_ what: String) throws(SchemaError) {
    if let scope { throw .unlistedRead(what, invariant: scope.invariant) }
  }

  /// Notes what a condition reads that follows from no table.
  func note(unlisted what: String) { scope?.note(unlisted: what) }

  /// Notes that a row is read, where somebody asks for that.
  @usableFromInline
  func note(_ key: [UInt8], of table: String) { scope?.note(key: key, ofTable: table) }

  /// Which versions the snapshot is the join of.
  public var vector: VersionVector {
    scope?.note(unlisted: "the vector")
    return state.vector
  }

  /// The versions that all that is in the snapshot is before, or one of; more, where it is no replica's.
  package var frontier: [ReplicaID: Head] {
    guard let tips else { return state.heads }
    var frontier: [ReplicaID: Head] = [:]
    for origin in tips { frontier[origin] = state.head(of: origin) }
    return frontier
  }

  /// The value of a row; `nil` if there is no row.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the table is not the schema's; ``/MerganserModel/KeyError``, if the key is too long;
  ///   ``/MerganserModel/StorageError``, if stored rows cannot be read.
  @inlinable
  public subscript<Key, Value>(table: Table<Key, Value>, key: Key) -> Value? {
    get throws {
      let rows = try rows(of: table)
      let key = try table.encoded(key) { try rows.row($0) }
      note(key, of: table.name)
      return try rows.row(key)?.value(as: Value.self)
    }
  }

  /// All rows of a table, in the order of their keys.
  ///
  /// - Complexity: O(*n*), in memory too; ``forEachRow(of:from:body:)`` takes one row at a time.
  /// - Throws: as ``subscript(_:_:)``.
  @inlinable
  public func rows<Key, Value>(
    _ table: Table<Key, Value>
  ) throws -> [(key: Key, value: Value)] {
    var rows: [(key: Key, value: Value)] = []
    try forEachRow(of: table) { key, value in
      rows.append((key, value))
      return true
    }
    return rows
  }

  /// Hands the rows of a table to `body`, in the order of their keys, until it returns false.
  ///
  /// One row at a time is in memory.
  ///
  /// - Parameters:
  ///   - table: the table.
  ///   - first: the least key; without one, all are handed over.
  ///   - body: what is done with a row; it tells whether there is more to do.
  /// - Throws: as ``subscript(_:_:)``, and what `body` throws.
  @inlinable
  public func forEachRow<Key, Value>(
    of table: Table<Key, Value>, from first: Key? = nil, body: (Key, Value) throws -> Bool
  ) throws {
    try forEachRow(of: table, from: try first.map(table.encoded) ?? [], below: nil, body: body)
  }

  /// How many rows a table has.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the table is not the schema's.
  public func count<Key, Value>(_ table: Table<Key, Value>) throws -> Int {
    try rows(of: table).count
  }

  /// How far `replica` may move a counter in `direction`; `nil` if no bound limits that.
  ///
  /// - Throws: as ``subscript(_:_:)``.
  public func rights<Key>(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction,
    in table: Table<Key, EscrowCounter>, key: Key
  ) throws -> Int64? {
    let number = try catalog.number(of: table)
    let rows = try rows(of: table)
    let row = try rows.row(table.encoded(key) { try rows.row($0) }, as: EscrowCounter.self)
    return try EscrowView(
      row?.incarnations ?? [], limits: catalog.invariantBook.tables[number].limits,
      founder: ownFounder,
      succession: state.succession
    ).rights(of: replica, towards: direction)
  }

  /// Every invariant that does not hold here, each with one violation.
  ///
  /// What committed and merged under invariants that are I-confluent has none; what ran with
  /// ``/MerganserModel/Scope/localOnly`` may.
  ///
  /// A ``/MerganserModel/Custom`` condition that throws counts as broken.
  ///
  /// - Complexity: O(number of rows), and what conditions cost.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public func violations() throws -> [InvariantViolation] {
    try refuseInConditions("what invariants say")
    return try catalog.invariants.compactMap { try $0.violation(in: self) }
  }

  /// A number that is equal for equal contents, on every machine.
  ///
  /// It is taken over the vector and every row's bytes, in the order of tables and keys.
  ///
  /// - Complexity: O(*n*).
  /// - Throws: ``/MerganserModel/StorageError``, if a row cannot be read.
  public var digest: UInt64 {
    get throws {
      for table in catalog.tables { try requireReadable(table.name) }
      var encoder = BinaryEncoder()
      state.vector.encode(to: &encoder)
      var hash = encoder.bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
      for replica in encoder.replicas { hash = hash &* 31 &+ (replica.high ^ replica.low) }
      for (number, table) in catalog.tables.enumerated() {
        let rows = state.tables[number]
        var keys = try rows.keys()
        while let key = try keys.next() {
          let bytes = Array(table.name.utf8) + [0] + key + [0] + (try rows.encodedRow(key) ?? [])
          hash = bytes.withUnsafeBytes { XXH3_64bits_withSeed($0.baseAddress, $0.count, hash) }
        }
      }
      return hash
    }
  }

  /// How many rows a table has, by its number.
  package func count(ofTable number: Int) -> Int { state.tables[number].count }

  @inlinable
  func rows<Key, Value>(of table: Table<Key, Value>) throws(SchemaError) -> TableState {
    try requireReadable(table.name)
    return rows(ofTable: try catalog.number(of: table))
  }

  @usableFromInline
  func rows(ofTable number: Int) -> TableState { state.tables[number] }
}

// What tools see that do not have the schema's types in code.
extension Snapshot {
  /// The rows of a table as a person reads them, in the order of their keys.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema has no such table.
  public func text(ofTable name: String) throws -> [(key: String, value: String)] {
    try requireReadable(name)
    guard let number = catalog.number(of: name) else {
      throw SchemaError.unknownTable(name, expected: nil)
    }
    var texts: [(key: String, value: String)] = []
    var keys = try state.tables[number].keys()
    while let key = try keys.next() {
      if try isForgotten(key, ofTable: name) { continue }
      if let row = try state.tables[number].row(key) {
        texts.append(catalog.tables[number].text(of: row, under: key))
      }
    }
    return texts
  }
}

extension Snapshot: StateView {
  package var succession: Succession { state.succession }

  package func definition(ofTable number: Int) -> any TableDefinition { catalog.tables[number] }

  package func row(_ key: [UInt8], ofTable number: Int) throws(StorageError) -> AnyRow? {
    try state.tables[number].row(key)
  }

  package func forEachRow(
    ofTable number: Int, body: ([UInt8], AnyRow) throws -> Bool
  ) throws {
    var entries = try state.tables[number].rows.entries()
    while let (key, row) = try entries.next() {
      if try !body(key, row) { return }
    }
  }

  package func forEachKey(ofTable number: Int, body: ([UInt8]) throws -> Bool) throws {
    var keys = try state.tables[number].keys()
    while let key = try keys.next() {
      if try !body(key) { return }
    }
  }

  package func keys(
    ofTable number: Int, referringTo parent: [UInt8], by reference: KeyReference
  ) throws(StorageError) -> [[UInt8]] {
    try state.tables[number].keys(referringTo: parent, by: reference)
  }

  package func conflict(
    inIndex number: Int, of key: [UInt8], taking entries: [IndexEntry]
  ) throws(StorageError) -> IndexConflict? {
    try state.indexes[number].conflict(of: key, taking: entries)
  }

  package func firstConflict(inIndex number: Int) throws(StorageError) -> IndexConflict? {
    try state.indexes[number].firstConflict()
  }

  package func count(
    inIndex number: Int, of resource: [UInt8], upTo limit: Int
  ) throws(StorageError) -> Int {
    try state.indexes[number].count(of: resource, upTo: limit)
  }

  package func forEachExcess(
    inIndex number: Int, beyond limit: Int, body: ([UInt8]) -> Bool
  ) throws(StorageError) {
    try state.indexes[number].forEachExcess(beyond: limit, body: body)
  }
}
