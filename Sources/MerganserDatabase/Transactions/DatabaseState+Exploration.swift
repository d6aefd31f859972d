package import MerganserModel
package import MerganserTypes

// What a search over states does with them: a transaction, a merge, and other numbers for the dots.
extension DatabaseState {
  /// The state in which nothing has happened.
  package static func initial(_ catalog: Catalog) -> DatabaseState { DatabaseState(catalog) }

  /// The state after a transaction of `replica`; `nil` if it wrote nothing.
  ///
  /// The tables that it asked for or wrote to, and whether it read its time, are observed whatever became of it.
  ///
  /// - Throws: what ``Database/transact(scope:wall:body:)`` throws.
  package func transacting(
    as replica: ReplicaID, founder: ReplicaID, catalog: Catalog, clearance: Clearance,
    time: HybridTime,
    observing observed: inout ObservedTransaction, body: (borrowing Transaction) throws -> Void
  ) throws -> DatabaseState? {
    let author = Author(replica, nextSequence: vector[replica] + 1, time: time)
    let workspace = Workspace(catalog: catalog, founder: founder, base: self, author: author)
    workspace.notesEffects = true
    defer {
      workspace.end()
      observed = workspace.observed
    }
    try body(Transaction(workspace))
    var next = self
    guard try next.commit(workspace, clearance: clearance) != nil else { return nil }
    next.vector[replica] = max(workspace.author.nextSequence - 1, vector[replica] + 1)
    return next
  }

  /// Joins another state in: the state after all the versions that either is the join of.
  ///
  /// - Complexity: O(number of rows of both).
  package mutating func merge(_ other: DatabaseState, catalog: Catalog) throws(StorageError) {
    let seen = CausalContext(vector)
    let otherSeen = CausalContext(other.vector)
    var changes: [RowChange] = []
    for number in tables.indices where tables[number].count + other.tables[number].count > 0 {
      var mine = try tables[number].rows.entries()
      var theirs = try other.tables[number].rows.entries()
      var left = try mine.next()
      var right = try theirs.next()
      while let key = [left?.key, right?.key].compactMap({ $0 }).min(by: { $0.precedes($1) }) {
        let row = right?.key == key ? right?.value : nil
        let result: Result<RowChange?, StorageError> = key.withUnsafeBytes { bytes in
          Result { () throws(StorageError) in
            try merge(
              number, key: bytes, with: row, seen: seen, otherSeen: otherSeen,
              in: catalog.invariantBook)
          }
        }
        if let change = try result.get() { changes.append(change) }
        if left?.key == key { left = try mine.next() }
        if right?.key == key { right = try theirs.next() }
      }
    }
    try settle(changes, in: catalog.invariantBook)
    vector.merge(other.vector)
  }

  /// The state under other numbers for its dots and times.
  package func renamed(by renaming: Renaming) throws -> DatabaseState {
    var renamed = self
    for number in tables.indices where tables[number].count > 0 {
      renamed.tables[number] = try tables[number].renamed(by: renaming)
    }
    renamed.vector = VersionVector()
    for (place, replica) in renaming.replicas.enumerated() {
      renamed.vector[replica] = renaming.renamed(vector[replica], ofReplicaAt: place)
    }
    return renamed
  }

  /// Appends the rows of every table, but not what has been seen.
  package func encodeRows(to encoder: inout BinaryEncoder) throws(StorageError) {
    for table in tables { try table.encodeRows(to: &encoder) }
  }
}

extension DatabaseState {
  /// The state that holds some rows, each with the number of its table, after all that is in a vector.
  package static func holding(
    _ rows: some Sequence<(table: Int, key: [UInt8], row: AnyRow)>, after vector: VersionVector,
    catalog: Catalog
  ) throws(StorageError) -> DatabaseState {
    var state = DatabaseState(catalog)
    state.vector = vector
    for (table, key, row) in rows {
      _ = try state.replace(table, key: key, with: row, in: catalog.invariantBook)
    }
    return state
  }

  /// Calls `body` with every row, and the number of its table.
  package func forEachRow(
    _ body: (_ table: Int, _ key: [UInt8], _ row: AnyRow) throws -> Void
  ) throws {
    for (number, table) in tables.enumerated() where table.count > 0 {
      var entries = try table.rows.entries()
      while let (key, row) = try entries.next() { try body(number, key, row) }
    }
  }
}

extension Catalog {
  /// The tables to whose rows those of a table refer, with which they go, each with what gives the key there.
  package func cascadingParents(
    ofTable number: Int
  ) -> [(table: Int, key: @Sendable (_ child: [UInt8]) -> [UInt8])] {
    invariantBook.tables[number].references.map { invariantBook.references[$0] }
      .filter(\.key.isCascading).map { reference in
        (reference.parent, { reference.parentKey(of: $0) })
      }
  }
}
