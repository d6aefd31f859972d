import MerganserModel
import MerganserTypes

/// What a transaction wrote, encoded, and the table of replicas that it was encoded with.
struct CommittedWrites {
  private(set) var rows: [RowDelta] = []
  /// All deltas, one behind the other, so that no memory is allocated for each of them.
  private var encoder: BinaryEncoder
  /// Where each of them ends.
  private var ends: [Int] = []

  /// Nothing yet of what `author` writes to so many rows.
  init(of author: Author, rows count: Int) {
    rows.reserveCapacity(count)
    ends.reserveCapacity(count)
    encoder = BinaryEncoder(reservingCapacity: 48 * count)
    encoder.register(author.replica)
    encoder.latestStamp = author.time
  }

  var replicas: [ReplicaID] { encoder.replicas }

  /// Has each row refer to its delta, once all are encoded.
  fileprivate mutating func complete() {
    var start = 0
    for (place, end) in ends.enumerated() {
      rows[place].delta = encoder.bytes[start..<end]
      start = end
    }
  }
}

extension DatabaseState {
  /// Puts what `workspace` has written in place, if that keeps every invariant; if not, nothing has
  /// changed.
  ///
  /// Rows are changed where they stand, and put back where an invariant then finds itself broken.
  ///
  /// - Returns: what was written; `nil` if that is nothing.
  /// - Throws: ``/MerganserModel/InvariantViolation``; ``/MerganserModel/TransactionError/needsCoordination(invariant:table:remedy:)``;
  ///   ``/MerganserModel/PlanError``.
  mutating func commit(
    _ workspace: Workspace, clearance: Clearance
  ) throws -> CommittedWrites? {
    let staged = try workspace.anchored()
    if staged.isEmpty { return nil }
    let count = staged.reduce(0) { $0 + $1.written.count }
    var committed = CommittedWrites(of: workspace.author, rows: count)
    let origin = DeltaOrigin(workspace.author)
    for table in staged {
      try committed.append(
        table, of: workspace.catalog.tables[table.number], from: origin, after: vector)
    }
    committed.complete()
    workspace.letGo()
    let invariants = workspace.catalog.invariantBook
    var replaced: [ReplacedRow] = []
    replaced.reserveCapacity(count)
    do {
      for table in staged {
        var rows = table.written.entries()
        while let (key, staged) = rows.next() {
          var row = try replace(table.number, key: key, with: staged.row, in: invariants)
          row.staged = staged
          replaced.append(row)
        }
      }
      let written = replaced.count
      if !invariants.references.isEmpty {
        try settle(replaced.map(\.change), in: invariants, noting: &replaced)
      }
      try checkOrder(
        replaced[..<written], catalog: workspace.catalog, order: clearance.order)
      try checkDeletions(replaced[..<written], catalog: workspace.catalog, clearance: clearance)
      if !clearance.reserved.isEmpty {
        for number in Set(replaced.map(\.table)).sorted() {
          let table = workspace.catalog.tables[number].name
          if let invariant = clearance.reserved[table] {
            throw TransactionError.reserved(invariant: invariant, table: table)
          }
        }
      }
      if !clearance.searched.isEmpty {
        for number in Set(replaced.map(\.table)).sorted() {
          let table = workspace.catalog.tables[number].name
          if let transaction = clearance.searched[table] {
            throw TransactionError.reservedBySearch(transaction: transaction, table: table)
          }
        }
      }
      try requireInvariants(
        replaced, settled: replaced.count > written, workspace: workspace, clearance: clearance)
      if workspace.notesEffects || clearance.permission != nil {
        let rows =
          replaced.count > written ? try once(replaced, invariants: invariants) : replaced
        workspace.kinds = Self.kinds(of: rows, in: workspace.catalog)
        if let permission = clearance.permission { try workspace.require(permission) }
      }
      if let cuts = workspace.catalog.cuts, replaced.contains(where: { $0.table == cuts }) {
        try readCuts(workspace.catalog)
      }
    } catch {
      try putBack(replaced, invariants: invariants)
      throw error
    }
    return committed
  }

  /// Puts rows back to where they were before they were replaced; they are in memory since, so that nothing
  /// is read for it.
  private mutating func putBack(
    _ replaced: [ReplacedRow], invariants: InvariantBook
  ) throws(StorageError) {
    for row in replaced.reversed() {
      _ = try replace(row.table, key: row.key, with: row.before, in: invariants)
    }
  }

  /// Checks the invariants of the tables that were touched, those last that look at whole tables.
  private func requireInvariants(
    _ replaced: [ReplacedRow], settled: Bool, workspace: Workspace, clearance: Clearance
  ) throws {
    let invariants = workspace.catalog.invariantBook
    let places = invariants.checks(ofTables: replaced.lazy.map(\.table))
    if places.isEmpty || !guarantees.contains(.checkedCommits) { return }
    let footprint = Footprint(
      state: Snapshot(catalog: workspace.catalog, founder: workspace.founder, state: self),
      rows: settled ? try once(replaced, invariants: invariants) : replaced,
      author: workspace.author.replica,
      clearance: clearance)
    for place in places {
      do {
        try invariants.bound[place].invariant.check(footprint, at: invariants.bound[place].place)
      } catch let need as CoordinationNeed {
        if let (owner, name) = need.owned {
          throw TransactionError.ownedElsewhere(
            name, by: owner, invariant: need.invariant, table: need.table)
        }
        throw workspace.catalog.needsCoordination(need.invariant, table: need.table)
      }
    }
  }

  /// Each row that was replaced once, from what it was at first to what it is now.
  private func once(
    _ replaced: [ReplacedRow], invariants: InvariantBook
  ) throws(StorageError) -> [ReplacedRow] {
    var rows: [ReplacedRow] = []
    var known: [Set<[UInt8]>] = Array(repeating: [], count: tables.count)
    for row in replaced where known[row.table].insert(row.key).inserted {
      let after = try tables[row.table].row(row.key)
      let read = invariants.tables[row.table].key(row.key)
      rows.append(
        ReplacedRow(
          table: row.table, key: row.key, before: row.before, after: after,
          lives: tables[row.table].operations.lives(from: row.before, to: after),
          staged: row.staged,
          indexed: invariants.tables[row.table].indexes.map { index in
            let (before, after) = invariants.indexes[index](read, row.before, after)
            return IndexedChange(index: index, before: before, after: after)
          }))
    }
    return rows
  }

  /// Refuses deletions that can take rows with them which this replica has not seen.
  private func checkDeletions(
    _ written: ArraySlice<ReplacedRow>, catalog: Catalog, clearance: Clearance
  ) throws {
    for row in written where !row.lives.removed.isEmpty {
      let name = catalog.tables[row.table].name
      for invariant in catalog.invariantBook.hazards.invariants[row.table]
      where clearance.refuses(invariant) {
        throw catalog.needsCoordination(invariant, table: name)
      }
      for below in catalog.invariantBook.hazards.reach[row.table] {
        guard let invariant = clearance.reserved[catalog.tables[below].name] else { continue }
        throw TransactionError.reserved(invariant: invariant, table: name)
      }
      if clearance.searched.isEmpty { continue }
      for below in catalog.invariantBook.hazards.reach[row.table] {
        let table = catalog.tables[below].name
        guard let transaction = clearance.searched[table] else { continue }
        throw TransactionError.reservedBySearch(transaction: transaction, table: table)
      }
    }
  }
}

extension CommittedWrites {
  /// Appends what was written to a table; no stamp in it is later than the transaction.
  ///
  /// Where bytes have another form than what was written, the table goes on with what is read from them:
  /// invariants, indexes and readers see the same here as on every other replica.
  ///
  /// - Throws: ``/MerganserModel/TransactionError/writesForOthers(table:key:)``, if other replicas would not take it;
  ///   ``/MerganserModel/TransactionError/rowTooLarge(table:key:size:limit:)``;
  ///   ``/MerganserModel/TransactionError/unreadable(table:key:reason:)``.
  fileprivate mutating func append(
    _ table: StagedTable, of definition: any TableDefinition, from origin: DeltaOrigin,
    after vector: VersionVector
  ) throws {
    var written = table.written.entries()
    while let (key, row) = written.next() {
      if !row.isSound(from: origin, after: vector) {
        throw TransactionError.writesForOthers(
          table: definition.name, key: definition.text(ofKey: key))
      }
      let start = encoder.bytes.count
      row.encodeDelta(to: &encoder)
      let end = encoder.bytes.count
      if encoder.takeChanges() {
        let bytes = Array(encoder.bytes[start..<end])
        do { try row.replaceDelta(by: bytes, replicas: replicas) } catch {
          throw TransactionError.unreadable(
            table: definition.name, key: definition.text(ofKey: key), reason: "\(error)")
        }
      }
      try definition.measure(row, under: key, written: end - start)
      rows.append(RowDelta(table: definition.name, key: key[...], delta: []))
      ends.append(end)
    }
  }
}

extension TableDefinition {
  /// Notes how large a row is to which so many bytes were written, and refuses one that became too large.
  ///
  /// The row is encoded only where the sum of what it had and of what was written passes the limit, and what it has
  /// then is known exactly: that is once for as many bytes of deltas as there is room.
  fileprivate func measure(
    _ staged: StagedRow, under key: [UInt8], written: Int
  ) throws {
    guard let row = staged.row else { return }
    let limit = RowSize.maximumWritten
    row.size = (staged.base?.size ?? 0) + written + RowSize.names(1)
    guard row.size > limit else { return }
    row.size = operations.size(of: row)
    // Whatever merging has made larger can be made smaller.
    guard row.size > limit, row.size > staged.base.map(operations.size) ?? 0 else { return }
    throw TransactionError.rowTooLarge(
      table: name, key: text(ofKey: key), size: row.size, limit: limit)
  }
}

extension Workspace {
  /// The tables that were written to, in order.
  private var written: [StagedTable] {
    // Most transactions write to one.
    if staged.count == 1 { return staged[0].written.isEmpty ? [] : staged }
    return staged.filter { !$0.written.isEmpty }.sorted { $0.number < $1.number }
  }

  /// The tables that were written to, in order, with their rows made to refer to what is there.
  fileprivate func anchored() throws -> [StagedTable] {
    let tables = written
    guard tables.contains(where: { !catalog.invariantBook.tables[$0.number].references.isEmpty })
    else {
      for table in tables { try askInvariants(of: table) }
      return tables
    }
    // Rows that refer to others can have these created, which are checked after them.
    var rank = Int.max
    while let table = lastWritten(below: rank) {
      rank = catalog.rank(of: table.number)
      try askInvariants(of: table)
      try table.anchor(self)
    }
    return written
  }

  /// Of the tables that were written to, the one of the greatest rank below the given one; `nil` if there is none.
  private func lastWritten(below rank: Int) -> StagedTable? {
    staged.filter { !$0.written.isEmpty && catalog.rank(of: $0.number) < rank }
      .max { catalog.rank(of: $0.number) < catalog.rank(of: $1.number) }
  }

  /// Refuses to write to a table that has invariants which this program lacks.
  private func askInvariants(of table: StagedTable) throws {
    if let invariant = catalog.invariantBook.tables[table.number].lacking {
      throw TransactionError.lacksInvariant(invariant, table: catalog.tables[table.number].name)
    }
  }
}

extension StagedTable {
  /// Makes the written rows refer to what is there, and refuses those of which something is not.
  fileprivate func anchor(_ workspace: Workspace) throws {
    if workspace.catalog.invariantBook.tables[number].references.isEmpty { return }
    var rows = written.entries()
    while let (key, staged) = rows.next() {
      guard try incarnations(of: key).contains(where: workspace.isOwn) else { continue }
      staged.anchor(to: try anchors(of: key, in: workspace), where: workspace.isOwn)
    }
  }

  /// What a new incarnation of a row refers to.
  private func anchors(of key: [UInt8], in workspace: Workspace) throws -> [Dot] {
    let catalog = workspace.catalog
    var anchors: [Dot] = []
    for reference in catalog.invariantBook.tables[number].references {
      let reference = catalog.invariantBook.references[reference]
      let parent = reference.parentKey(of: key)
      let parents = try workspace.incarnations(of: parent, in: reference.parent)
      if parents.isEmpty {
        let parentTable = catalog.tables[reference.parent]
        throw InvariantViolation(
          invariant: reference.name, table: catalog.tables[number].name,
          key: catalog.tables[number].text(ofKey: key),
          found: "no row \(parentTable.text(ofKey: parent)) in \(parentTable.name)",
          needed: "that row, before or in this transaction", shortfall: nil)
      }
      guard reference.key.isCascading else { continue }
      let creations = parents.filter { !$0.anchors.contains($0.dot) }.map { $0.dot }
      // Where only touches keep the parent alive, nothing is created under these, which come and go.
      anchors +=
        creations.isEmpty
        ? [try workspace.create(parent, in: reference.parent)] : creations
    }
    return anchors.sorted()
  }
}

extension Catalog {
  /// The refusal of a write that can break an invariant on a merge.
  fileprivate func needsCoordination(_ invariant: String, table: String) -> TransactionError {
    let known = description.invariants.first { $0.name == invariant }
    return .needsCoordination(
      invariant: invariant, table: table, remedy: known?.traits.remedy ?? "")
  }
}
