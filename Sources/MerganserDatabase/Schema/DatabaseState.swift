import HashTreeCollections
package import MerganserTypes

/// All rows of a database at one moment, and which versions they are the join of.
///
/// A value: a copy costs next to nothing, and later changes do not show in it.
package struct DatabaseState: Sendable {
  /// The rows, by the number of their table.
  package internal(set) var tables: [any AnyTableState]
  /// By foreign key: the children's keys by their parent's key.
  ///
  /// Kept for paths only: a child with its parent's key is found without.
  private var children: [TreeDictionary<[UInt8], TreeSet<[UInt8]>>]
  /// By index of a rule: where the rows stand.
  private(set) var indexes: [RuleIndex]
  /// The last version of each origin that is in the rows.
  package private(set) var heads: [ReplicaID: Head] = [:]
  /// How far each origin's versions are in the rows; a replica's causal context.
  package internal(set) var vector = VersionVector()

  init(_ catalog: Catalog) {
    tables = catalog.tables.map { $0.emptyState() }
    indexes = Array(repeating: RuleIndex(), count: catalog.rules.indexes.count)
    children = Array(repeating: [:], count: catalog.rules.foreignKeys.count)
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
  /// - Throws: if the version is malformed; nothing has changed then.
  mutating func apply(
    _ version: Version, replicaTable: [ReplicaID], catalog: Catalog
  ) throws(ReplicationError) {
    let arrival = Arrival(
      origin: version.origin, sequences: version.sequences, replicaTable: replicaTable,
      seen: CausalContext(vector))
    var decoded: [(table: Int, deltas: any DecodedDeltas)] = []
    for delta in version.tables {
      guard let number = catalog.number(of: delta.name) else { continue }
      decoded.append((number, try catalog.tables[number].decode(delta.rows, of: arrival)))
    }
    var changes: [(table: Int, change: RowChange)] = []
    for (number, deltas) in decoded {
      for change in deltas.merge(into: &tables[number], seen: arrival.seen) {
        changes.append((number, change))
      }
    }
    settle(changes, in: catalog.rules)
  }

  /// Brings everything that follows from changed rows up to date: who refers to whom, and which
  /// incarnations have lost what they refer to and go with it.
  ///
  /// What lives afterwards follows from the versions that are in the rows alone, not from their order:
  /// an incarnation lives if no version removed it and all that it refers to lives.
  ///
  /// - Returns: the rows that went with others.
  @discardableResult
  mutating func settle(
    _ changes: [(table: Int, change: RowChange)], in rules: RuleBook
  ) -> [(table: Int, key: [UInt8])] {
    var open = changes
    var collected: [(table: Int, key: [UInt8])] = []
    while let (table, change) = open.popLast() {
      for number in rules.tables[table].indexes {
        let entries = rules.indexes[number].entries(of: change.key, in: tables[table])
        indexes[number].place(change.key, entries)
      }
      for number in rules.tables[table].references {
        let key = rules.foreignKeys[number]
        note(change.key, under: key, number: number)
        guard key.deletion == .cascade else { continue }
        let dead = change.created.filter { !isSupported($0, of: change.key, by: key) }
        if !dead.isEmpty {
          open.append((table, collect(dead, of: change.key, in: table)))
          collected.append((table, change.key))
        }
      }
      guard !change.removed.isEmpty else { continue }
      for number in rules.tables[table].referrers {
        let key = rules.foreignKeys[number]
        guard key.deletion == .cascade else { continue }
        for child in childKeys(of: change.key, by: key, number: number) {
          let dead = tables[key.child].incarnations(of: child).filter {
            !isSupported($0, of: child, by: key)
          }
          if !dead.isEmpty {
            open.append((key.child, collect(dead, of: child, in: key.child)))
            collected.append((key.child, child))
          }
        }
      }
    }
    return collected
  }

  private mutating func collect(_ dead: [Dot], of key: [UInt8], in table: Int) -> RowChange {
    tables[table].collect(dead, of: key)
    return RowChange(key: key, removed: dead)
  }

  /// Whether a parent that an incarnation was created under still lives.
  private func isSupported(_ incarnation: Dot, of child: [UInt8], by key: ForeignKeyRule) -> Bool {
    let parents = tables[key.parent].incarnations(of: key.parentKey(of: child))
    return tables[key.child].anchors(of: child, incarnation: incarnation).contains {
      parents.contains($0)
    }
  }

  /// The children that refer to a parent.
  func childKeys(of parent: [UInt8], by key: ForeignKeyRule, number: Int) -> [[UInt8]] {
    switch key.reference {
    case .sameKey: [parent]
    case .parentOfPath: Array(children[number][parent] ?? [])
    }
  }

  private mutating func note(_ child: [UInt8], under key: ForeignKeyRule, number: Int) {
    guard key.reference == .parentOfPath else { return }
    let parent = key.parentKey(of: child)
    if tables[key.child].incarnations(of: child).isEmpty {
      children[number][parent]?.remove(child)
      if children[number][parent]?.isEmpty == true { children[number][parent] = nil }
    } else {
      children[number][parent, default: []].insert(child)
    }
  }
}
