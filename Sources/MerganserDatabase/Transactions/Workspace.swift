import MerganserTypes

/// What a running transaction reads and has written so far.
///
/// It never leaves the writer's thread.
final class Workspace {
  let catalog: Catalog
  let founder: ReplicaID
  /// What the transaction reads.
  let base: DatabaseState
  /// Who writes.
  var author: Author
  /// Whether the closure has returned.
  var hasEnded = false
  private(set) var staged: [(number: Int, rows: any StagedTable)] = []

  init(catalog: Catalog, founder: ReplicaID, base: DatabaseState, author: Author) {
    self.catalog = catalog
    self.founder = founder
    self.base = base
    self.author = author
  }

  /// The rows of a table as this transaction sees them; nothing where they are of another type.
  func rows<Store>(_ number: Int, as: Store.Type) -> StagedRows<Store>? {
    if let found = staged.first(where: { $0.number == number }) {
      return found.rows as? StagedRows<Store>
    }
    guard let base = base.rows(number, as: Store.self) else { return nil }
    let rows = StagedRows(base)
    staged.append((number, rows))
    return rows
  }

  /// The living incarnations of a row, as this transaction sees it.
  func incarnations(of key: [UInt8], in number: Int) throws(StorageError) -> [Dot] {
    if let found = staged.first(where: { $0.number == number }) {
      return try found.rows.incarnations(of: key)
    }
    return try base.tables[number].incarnations(of: key)
  }

  /// Whether every foreign key of a row's incarnation has a parent that lives in this transaction.
  ///
  /// One that this transaction created refers to whatever lives when it commits.
  func isSupported(
    _ incarnation: Dot, anchors: [Dot], of key: [UInt8], in number: Int
  ) throws(StorageError) -> Bool {
    if isOwn(incarnation) { return true }
    for reference in catalog.rules.tables[number].references {
      let foreignKey = catalog.rules.foreignKeys[reference]
      guard foreignKey.deletion == .cascade else { continue }
      let parents = try incarnations(of: foreignKey.parentKey(of: key), in: foreignKey.parent)
      if !anchors.contains(where: { parents.contains($0) }) { return false }
    }
    return true
  }

  /// Whether this transaction made the dot.
  func isOwn(_ dot: Dot) -> Bool {
    dot.replica == author.replica && dot.sequence > base.vector[author.replica]
  }
}

/// What a transaction has written to a table of some type.
protocol StagedTable: AnyObject {
  /// The keys of the rows that it wrote to, in order.
  var writtenKeys: [[UInt8]] { get }
  func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot]
  /// Makes the incarnations that the transaction created refer to `anchors`.
  func anchor(_ key: [UInt8], to anchors: [Dot], where isOwn: (Dot) -> Bool)
  /// Appends the row's delta.
  func encodeDelta(of key: [UInt8], to encoder: inout BinaryEncoder)
  /// The violation of a check that the row would be, if it is one.
  func violation(
    of check: any RowCheck, key: [UInt8]
  ) throws(StorageError) -> InvariantViolation?
  /// Puts what was written into the table's rows, and says what that changed.
  func commit(into state: inout any AnyTableState) throws(StorageError) -> [RowChange]
}

/// What a transaction has written to a table.
final class StagedRows<Store: DotStore & BinaryCodable>: StagedTable {
  /// A row that was written to, and what brought it to where it is.
  struct Written {
    var row: Row<Store>
    var delta: Causal<Row<Store>>
  }

  private let base: TableState<Store>
  private var written: [[UInt8]: Written] = [:]
  /// The row that was read last, which is often the next that is written.
  private var lastRead: (key: [UInt8], row: Row<Store>)?

  init(_ base: TableState<Store>) { self.base = base }

  /// The row under `key` as the transaction sees it.
  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func row(_ key: [UInt8]) throws(StorageError) -> Row<Store> {
    if let found = written[key] { return found.row }
    if let lastRead, lastRead.key == key { return lastRead.row }
    let row = try base.row(key) ?? Row()
    lastRead = (key, row)
    return row
  }

  /// Takes `row` for the row under `key`, and `delta` for what brought it there.
  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func write(_ key: [UInt8], _ row: Row<Store>, delta: Causal<Row<Store>>) {
    lastRead = nil
    guard var earlier = written.removeValue(forKey: key) else {
      written[key] = Written(row: row, delta: delta)
      return
    }
    earlier.row = row
    earlier.delta.merge(delta)
    written[key] = earlier
  }

  /// What was written to a row so far; setting it goes back to there.
  subscript(writtenTo key: [UInt8]) -> Written? {
    get { written[key] }
    set { written[key] = newValue }
  }

  var writtenKeys: [[UInt8]] { written.keys.sorted { $0.precedes($1) } }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try row(key).incarnationDots
  }

  func anchor(_ key: [UInt8], to anchors: [Dot], where isOwn: (Dot) -> Bool) {
    func anchored(_ row: Row<Store>) -> Row<Store> {
      var row = row
      row.incarnations = row.incarnations.map {
        isOwn($0.dot) ? .init(dot: $0.dot, anchors: anchors, store: $0.store) : $0
      }
      return row
    }
    guard let found = written[key] else { return }
    written[key]?.row = anchored(found.row)
    written[key]?.delta.store = anchored(found.delta.store)
  }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func encodeDelta(of key: [UInt8], to encoder: inout BinaryEncoder) {
    written[key]?.delta.encode(to: &encoder)
  }

  func violation(
    of check: any RowCheck, key: [UInt8]
  ) throws(StorageError) -> InvariantViolation? {
    check.violation(key: key, row: try row(key))
  }

  @_specialize(where Store == EscrowCounter)
  @_specialize(where Store == PNCounter)
  @_specialize(where Store == GCounter)
  @_specialize(where Store == LWWRegister<String>)
  func commit(into state: inout any AnyTableState) throws(StorageError) -> [RowChange] {
    try TableState<Store>.modify(&state) { table throws(StorageError) in
      var changes: [RowChange] = []
      for (key, written) in written {
        changes.append(try table.update(key) { $0 = written.row })
      }
      return changes
    } ?? []
  }
}
