package import MerganserTypes

/// What invariants see of a state.
package protocol StateView: Sendable {
  /// Who founded the database.
  var founder: ReplicaID { get }
  /// Which versions the state is the join of.
  var vector: VersionVector { get }
  /// Who has ended, and who takes whose place.
  var succession: Succession { get }

  /// A table, by its number.
  func definition(ofTable number: Int) -> any TableDefinition

  /// The row under a key of a table; `nil` if there is none.
  func row(_ key: [UInt8], ofTable number: Int) throws(StorageError) -> AnyRow?

  /// Calls `body` with the rows of a table, in the order of their keys, until it returns `false`.
  func forEachRow(ofTable number: Int, body: ([UInt8], AnyRow) throws -> Bool) throws

  /// Calls `body` with the keys of a table's rows, in their order, until it returns `false`.
  ///
  /// Rows are not read: one that cannot be is no hindrance.
  func forEachKey(ofTable number: Int, body: ([UInt8]) throws -> Bool) throws

  /// The keys of a table that refer to a parent; of these some may have no row.
  func keys(
    ofTable number: Int, referringTo parent: [UInt8], by reference: KeyReference
  ) throws(StorageError) -> [[UInt8]]

  /// Another row that takes some of what a row takes, by an index, if there is one.
  func conflict(
    inIndex number: Int, of key: [UInt8], taking entries: [IndexEntry]
  ) throws(StorageError) -> IndexConflict?

  /// Two rows that take the same by an index, if there are any.
  func firstConflict(inIndex number: Int) throws(StorageError) -> IndexConflict?

  /// How many rows take a resource by an index, counted up to a limit.
  func count(
    inIndex number: Int, of resource: [UInt8], upTo limit: Int
  ) throws(StorageError) -> Int

  /// Calls `body` with the key of the first row beyond a limit for each resource that more rows take by an index,
  /// until it returns `false`.
  func forEachExcess(
    inIndex number: Int, beyond limit: Int, body: ([UInt8]) -> Bool
  ) throws(StorageError)
}

extension StateView {
  /// A key as a person reads it.
  package func text(ofKey key: [UInt8], in table: Int) -> String {
    definition(ofTable: table).text(ofKey: key)
  }

  /// A row that was found to break an invariant.
  package func violation(
    of invariant: some Invariant, in table: Int, under key: [UInt8], found: String, needed: String
  ) -> InvariantViolation {
    let table = definition(ofTable: table)
    return InvariantViolation(
      invariant: invariant.name, table: table.name, key: table.text(ofKey: key), found: found,
      needed: needed)
  }

  /// How often a row was created of which all creations live: its incarnations that are no touches.
  func creationCount(of key: [UInt8], inTable number: Int) throws(StorageError) -> Int {
    guard let row = try row(key, ofTable: number) else { return 0 }
    let incarnations = definition(ofTable: number).operations.incarnations(row)
    return incarnations.count { !$0.anchors.contains($0.dot) }
  }
}
