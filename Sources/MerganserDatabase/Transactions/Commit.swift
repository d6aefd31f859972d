import MerganserTypes

/// What a transaction that keeps every invariant leaves behind: the rows after it, and its deltas.
struct Commit {
  /// The rows with what was written in them.
  private(set) var state: DatabaseState
  private let author: Author
  private var tables: [TableDelta] = []
  private var replicaTable: [ReplicaID]

  /// Checks what `workspace` has written; nothing where it wrote nothing.
  ///
  /// - Throws: ``InvariantViolation``; ``TransactionError/needsCoordination(invariant:table:remedy:)``.
  init?(_ workspace: Workspace, clearance: Clearance) throws {
    author = workspace.author
    state = workspace.base
    replicaTable = [workspace.author.replica]
    let staged = workspace.staged.map {
      (number: $0.number, rows: $0.rows, keys: $0.rows.writtenKeys)
    }
    .filter { !$0.keys.isEmpty }.sorted { $0.number < $1.number }
    if staged.isEmpty { return nil }

    for (number, rows, keys) in staged {
      for key in keys { try Self.check(key, of: rows, in: number, workspace) }
    }
    var changes: [(table: Int, change: RowChange)] = []
    var indexed: [IndexedChange] = []
    for (number, rows, keys) in staged {
      changes += try state.change(
        number, keys, in: workspace.catalog.rules, noting: &indexed
      ) {
        table throws(StorageError) in try rows.commit(into: &table).map { (number, $0) }
      }
      tables.append(
        TableDelta(
          name: workspace.catalog.tables[number].name,
          rows: keys.map { RowDelta(key: $0, delta: encodeDelta(of: $0, in: rows)) }))
    }
    let collected = try state.settle(changes, in: workspace.catalog.rules)
    try checkDeletions(changes, workspace.catalog, clearance)
    let touched = Set(staged.map { $0.number }).union(collected.map { $0.table }).sorted()
    for number in touched {
      if let invariant = clearance.reserved[number] {
        throw TransactionError.reserved(
          invariant: invariant, table: workspace.catalog.tables[number].name)
      }
    }
    // What went with others afterwards is looked up again.
    if !collected.isEmpty { indexed = [] }
    try checkFootprint(
      staged.map { ($0.number, $0.keys) }, collected, indexed, workspace, clearance)
    for number in touched { try checkCoordinated(number, workspace, clearance) }
  }

  /// The version of what was written.
  func version(
    request: RequestID?, dependencies: VersionVector, previousHash: UInt64
  ) -> StoredVersion {
    let first = state.vector[author.replica] + 1
    return Version(
      origin: author.replica, sequences: first...max(first, author.nextSequence - 1),
      time: author.time, dependencies: dependencies, previousHash: previousHash,
      request: request, tables: tables
    ).stored(replicaTable: replicaTable)
  }

  /// Checks one written row: that all it refers to is there, and the conditions on its values.
  private static func check(
    _ key: [UInt8], of rows: any StagedTable, in number: Int, _ workspace: Workspace
  ) throws {
    let catalog = workspace.catalog
    let rules = catalog.rules.tables[number]
    if try rows.incarnations(of: key).contains(where: workspace.isOwn) {
      var anchors: [Dot] = []
      for reference in rules.references {
        let foreignKey = catalog.rules.foreignKeys[reference]
        let parent = foreignKey.parentKey(of: key)
        let parents = try workspace.incarnations(of: parent, in: foreignKey.parent)
        guard !parents.isEmpty else {
          let parentTable = catalog.tables[foreignKey.parent]
          throw InvariantViolation(
            invariant: foreignKey.name, table: catalog.tables[number].name,
            key: catalog.tables[number].text(ofKey: key),
            found: "no row \(parentTable.text(ofKey: parent)) in \(parentTable.name)",
            needed: "that row, before or in this transaction", shortfall: nil)
        }
        if foreignKey.deletion == .cascade { anchors += parents }
      }
      rows.anchor(key, to: anchors.sorted(), where: workspace.isOwn)
    }
    for check in rules.checks {
      if let violation = try rows.violation(of: check, key: key) { throw violation }
    }
  }

  /// Appends what a row's delta needs to the table of replicas, and gives the delta's bytes.
  private mutating func encodeDelta(of key: [UInt8], in rows: any StagedTable) -> [UInt8] {
    var encoder = BinaryEncoder()
    for replica in replicaTable { encoder.register(replica) }
    rows.encodeDelta(of: key, to: &encoder)
    replicaTable = encoder.replicas
    return encoder.bytes
  }

  /// Checks the rules over more than one row.
  private func checkFootprint(
    _ written: [(table: Int, keys: [[UInt8]])], _ collected: [(table: Int, key: [UInt8])],
    _ indexed: [IndexedChange], _ workspace: Workspace, _ clearance: Clearance
  ) throws {
    let rules = workspace.catalog.rules
    if rules.footprints.isEmpty { return }
    var keys: [Int: [[UInt8]]] = [:]
    for (table, some) in written { keys[table] = some }
    for (table, key) in collected where keys[table]?.contains(key) != true {
      keys[table, default: []].append(key)
    }
    let footprint = Footprint(
      catalog: workspace.catalog, base: workspace.base, state: state, keys: keys,
      indexed: indexed, author: author.replica, clearance: clearance)
    for place in Set(keys.keys.flatMap { rules.tables[$0].footprints }).sorted() {
      do {
        try rules.footprints[place].check(footprint)
      } catch let need as CoordinationNeed {
        throw workspace.catalog.needsCoordination(need.invariant, need.table)
      }
    }
  }

  /// Refuses deletions that can take rows with them which this replica has not seen.
  private func checkDeletions(
    _ changes: [(table: Int, change: RowChange)], _ catalog: Catalog, _ clearance: Clearance
  ) throws {
    for (table, change) in changes where !change.removed.isEmpty {
      let name = catalog.tables[table].name
      for invariant in catalog.rules.hazards.invariants[table] where clearance.refuses(invariant) {
        throw catalog.needsCoordination(invariant, name)
      }
      for below in catalog.rules.hazards.reach[table] {
        guard let invariant = clearance.reserved[below] else { continue }
        throw TransactionError.reserved(invariant: invariant, table: name)
      }
    }
  }

  /// Checks the rules that no replica can keep by itself, or refuses the write.
  private func checkCoordinated(
    _ number: Int, _ workspace: Workspace, _ clearance: Clearance
  ) throws {
    for rule in workspace.catalog.rules.tables[number].coordinated {
      let table = workspace.catalog.tables[number].name
      if clearance.refuses(rule.name) {
        throw workspace.catalog.needsCoordination(rule.name, table)
      }
      let snapshot = Snapshot(
        catalog: workspace.catalog, founder: workspace.founder, state: state)
      guard try rule.condition(snapshot) else {
        throw InvariantViolation(
          invariant: rule.name, table: table, key: "", found: "a state that breaks it",
          needed: "a state in which it holds", shortfall: nil)
      }
    }
  }
}

extension Catalog {
  /// The refusal of a write that can break an invariant on a merge.
  fileprivate func needsCoordination(_ invariant: String, _ table: String) -> TransactionError {
    let rule = description.rules.first { $0.name == invariant }
    return .needsCoordination(invariant: invariant, table: table, remedy: rule?.remedy ?? "")
  }
}
