import MerganserTypes

/// What a transaction touched, for the rules over more than one row: the rows before and after it.
package struct Footprint {
  let catalog: Catalog
  let base: DatabaseState
  let state: DatabaseState
  /// By table number: the keys of the rows that were written, and of those that went with them.
  let keys: [Int: [[UInt8]]]
  /// By index: what the written rows took before and after; nothing where it is not known.
  private let indexed: [[[UInt8]: IndexedChange]]
  /// Who writes.
  let author: ReplicaID
  let clearance: Clearance

  init(
    catalog: Catalog, base: DatabaseState, state: DatabaseState, keys: [Int: [[UInt8]]],
    indexed: [IndexedChange], author: ReplicaID, clearance: Clearance
  ) {
    self.catalog = catalog
    self.base = base
    self.state = state
    self.keys = keys
    self.author = author
    self.clearance = clearance
    var changes: [[[UInt8]: IndexedChange]] = Array(
      repeating: [:], count: catalog.rules.indexes.count)
    for change in indexed { changes[change.index][change.key] = change }
    self.indexed = changes
  }

  /// What a row took before and takes after the transaction, by an index over its table.
  func entries(
    of key: [UInt8], in number: Int, by place: Int
  ) throws(StorageError) -> (before: [RuleIndex.Entry], after: [RuleIndex.Entry]) {
    if let known = indexed[place][key] { return (known.before, known.after) }
    let index = catalog.rules.indexes[place]
    return (
      try index.entries(of: key, in: base.tables[number]),
      try index.entries(of: key, in: state.tables[number])
    )
  }

  /// Refuses a write that can break `rule` on a merge, unless it is about this replica only.
  func requireCoordination(for rule: some Invariant, in table: some AnyTable) throws {
    if clearance.refuses(rule.name) {
      throw CoordinationNeed(invariant: rule.name, table: table.name)
    }
  }

  /// The incarnations of a row that went.
  func removed(_ key: [UInt8], in number: Int) throws(StorageError) -> Bool {
    let after = try state.tables[number].incarnations(of: key)
    return try base.tables[number].incarnations(of: key).contains { !after.contains($0) }
  }

  /// The incarnations of a row that came to be.
  func inserted(_ key: [UInt8], in number: Int) throws(StorageError) -> Bool {
    let before = try base.tables[number].incarnations(of: key)
    return try state.tables[number].incarnations(of: key).contains { !before.contains($0) }
  }
}

/// Why a write was refused that breaks nothing here: it can break an invariant on a merge.
struct CoordinationNeed: Error {
  let invariant: String
  let table: String
}

/// A rule that is checked at commit over what the transaction touched.
package protocol FootprintRule: BindableInvariant {
  /// Checks the footprint.
  ///
  /// - Complexity: follows the footprint, and not the tables.
  /// - Throws: ``InvariantViolation``, or what says that the write needs coordination.
  func check(_ footprint: Footprint) throws
}

/// A row that was found to break a rule.
func violation(
  _ rule: some Invariant, _ number: Int, _ key: [UInt8], _ catalog: Catalog, found: String,
  needed: String
) -> InvariantViolation {
  InvariantViolation(
    invariant: rule.name, table: catalog.tables[number].name,
    key: catalog.tables[number].text(ofKey: key), found: found, needed: needed)
}
