package import MerganserTypes

/// All rows of a database at one moment, and which versions they are the join of.
///
/// A value: a copy costs next to nothing, and later changes do not show in it.
package struct DatabaseState: Sendable {
  /// The rows, by the number of their table.
  package internal(set) var tables: [any AnyTableState]
  /// By index of a rule: where the rows stand.
  var indexes: [RuleIndex]
  /// The last version of each origin that is in the rows.
  package internal(set) var heads: [ReplicaID: Head] = [:]
  /// How far each origin's versions are in the rows; a replica's causal context.
  package internal(set) var vector = VersionVector()
  /// By table: how many rows are stored.
  var storedCounts: [Int]
  /// Whether rows that are not in memory are looked for in what is stored.
  var restsOnStored = false
  /// Whether the stored rows may be ahead of the vector, so that a change that is made again may have
  /// been made already, but not what follows from it.
  var isRecovering = false

  init(_ catalog: Catalog) {
    tables = catalog.tables.map { $0.emptyState() }
    indexes = Array(repeating: RuleIndex(), count: catalog.rules.indexes.count)
    storedCounts = Array(repeating: 0, count: catalog.tables.count)
  }

  /// Notes that `version` is in the rows.
  mutating func advance(to version: StoredVersion) {
    heads[version.origin] = version.head
    vector[version.origin] = version.sequences.upperBound
  }

  /// The rows of a table; nothing where they are of another type.
  func rows<Store>(_ number: Int, as: Store.Type) -> TableState<Store>? {
    tables[number] as? TableState<Store>
  }

  /// Takes one more version into the rows; `catalog` says which tables are known.
  ///
  /// What a version wrote to tables that are not known stays in the log, for a program that knows them.
  ///
  /// - Returns: what is wrong with the version, where it is malformed; nothing has changed then.
  /// - Throws: what reading stored rows throws; the state is of no use then.
  mutating func apply(
    _ version: Version, replicaTable: [ReplicaID], catalog: Catalog
  ) throws(StorageError) -> ReplicationError? {
    let arrival = Arrival(
      origin: version.origin, sequences: version.sequences, replicaTable: replicaTable,
      seen: CausalContext(vector))
    var decoded: [(table: Int, keys: [[UInt8]], deltas: any DecodedDeltas)] = []
    do throws(ReplicationError) {
      for delta in version.tables {
        guard let number = catalog.number(of: delta.name) else { continue }
        let deltas = try catalog.tables[number].decode(delta.rows, of: arrival)
        decoded.append((number, delta.rows.map(\.key), deltas))
      }
    } catch {
      return error
    }
    var changes: [(table: Int, change: RowChange)] = []
    for (number, keys, deltas) in decoded {
      changes += try change(number, keys, in: catalog.rules) { table throws(StorageError) in
        try deltas.merge(into: &table, seen: arrival.seen).map { (number, $0) }
      }
    }
    try settle(changes, in: catalog.rules)
    return nil
  }

  /// Changes rows of a table by `body`, and what is indexed of them.
  mutating func change<Result>(
    _ table: Int, _ keys: [[UInt8]], in rules: RuleBook,
    _ body: (inout any AnyTableState) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    var noted: [IndexedChange] = []
    return try change(table, keys, in: rules, noting: &noted, body)
  }

  /// Changes rows of a table by `body`, and what is indexed of them, which it notes.
  mutating func change<Result>(
    _ table: Int, _ keys: [[UInt8]], in rules: RuleBook, noting noted: inout [IndexedChange],
    _ body: (inout any AnyTableState) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    let numbers = rules.tables[table].indexes
    if numbers.isEmpty { return try body(&tables[table]) }
    let kinds = numbers.map { rules.indexes[$0] }
    var before: [[[RuleIndex.Entry]]] = []
    for key in keys { before.append(try tables[table].entries(of: key, by: kinds)) }
    let result = try body(&tables[table])
    for (key, old) in zip(keys, before) {
      let new = try tables[table].entries(of: key, by: kinds)
      for (place, number) in numbers.enumerated() {
        try indexes[number].move(key, from: old[place], to: new[place])
        noted.append(
          IndexedChange(index: number, key: key, before: old[place], after: new[place]))
      }
    }
    return result
  }

  /// Brings everything that follows from changed rows up to date: which incarnations have lost what
  /// they refer to and go with it.
  ///
  /// What lives afterwards follows from the versions that are in the rows alone, not from their order:
  /// an incarnation lives if no version removed it and all that it refers to lives.
  ///
  /// - Returns: the rows that went with others.
  @discardableResult
  mutating func settle(
    _ changes: [(table: Int, change: RowChange)], in rules: RuleBook
  ) throws(StorageError) -> [(table: Int, key: [UInt8])] {
    if rules.foreignKeys.isEmpty { return [] }
    var open = changes
    var collected: [(table: Int, key: [UInt8])] = []
    while let (table, change) = open.popLast() {
      for number in rules.tables[table].references {
        let key = rules.foreignKeys[number]
        guard key.deletion == .cascade else { continue }
        let new = isRecovering ? try tables[table].incarnations(of: change.key) : change.created
        let dead = try unsupported(new, of: change.key, by: key)
        if !dead.isEmpty {
          open.append((table, try collect(dead, of: change.key, in: table, rules)))
          collected.append((table, change.key))
        }
      }
      guard isRecovering || !change.removed.isEmpty else { continue }
      for number in rules.tables[table].referrers {
        let key = rules.foreignKeys[number]
        guard key.deletion == .cascade else { continue }
        for child in try childKeys(of: change.key, by: key) {
          let dead = try unsupported(
            try tables[key.child].incarnations(of: child), of: child, by: key)
          if !dead.isEmpty {
            open.append((key.child, try collect(dead, of: child, in: key.child, rules)))
            collected.append((key.child, child))
          }
        }
      }
    }
    return collected
  }

  private mutating func collect(
    _ dead: [Dot], of key: [UInt8], in table: Int, _ rules: RuleBook
  ) throws(StorageError) -> RowChange {
    try change(table, [key], in: rules) { rows throws(StorageError) in
      try rows.collect(dead, of: key)
    }
    return RowChange(key: key, removed: dead)
  }

  /// Those incarnations of which no parent lives that they were created under.
  private func unsupported(
    _ incarnations: [Dot], of child: [UInt8], by key: ForeignKeyRule
  ) throws(StorageError) -> [Dot] {
    if incarnations.isEmpty { return [] }
    let parents = try tables[key.parent].incarnations(of: key.parentKey(of: child))
    var dead: [Dot] = []
    for incarnation in incarnations {
      let anchors = try tables[key.child].anchors(of: child, incarnation: incarnation)
      if !anchors.contains(where: { parents.contains($0) }) { dead.append(incarnation) }
    }
    return dead
  }

  /// The children that refer to a parent.
  ///
  /// A path's children stand together behind its key.
  func childKeys(
    of parent: [UInt8], by key: ForeignKeyRule
  ) throws(StorageError) -> [[UInt8]] {
    switch key.reference {
    case .sameKey: return [parent]
    case .parentOfPath:
      let prefix = Path<String, String>.prefix(below: parent)
      var children: [[UInt8]] = []
      let keys = try tables[key.child].keys(from: prefix)
      while let child = try keys.next(), child.starts(with: prefix) { children.append(child) }
      return children
    }
  }
}

/// What a row took before and after a change, by one index.
struct IndexedChange {
  let index: Int
  let key: [UInt8]
  let before: [RuleIndex.Entry]
  let after: [RuleIndex.Entry]
}
