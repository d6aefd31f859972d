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
  func incarnations(of key: [UInt8], in number: Int) -> [Dot] {
    if let found = staged.first(where: { $0.number == number }) {
      return found.rows.incarnations(of: key)
    }
    return base.tables[number].incarnations(of: key)
  }

  /// Whether every foreign key of a row's incarnation has a parent that lives in this transaction.
  ///
  /// One that this transaction created refers to whatever lives when it commits.
  func isSupported(_ incarnation: Dot, anchors: [Dot], of key: [UInt8], in number: Int) -> Bool {
    if isOwn(incarnation) { return true }
    return catalog.rules.tables[number].references.allSatisfy { reference in
      let foreignKey = catalog.rules.foreignKeys[reference]
      guard foreignKey.deletion == .cascade else { return true }
      let parents = incarnations(of: foreignKey.parentKey(of: key), in: foreignKey.parent)
      return anchors.contains { parents.contains($0) }
    }
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
  func incarnations(of key: [UInt8]) -> [Dot]
  /// Makes the incarnations that the transaction created refer to `anchors`.
  func anchor(_ key: [UInt8], to anchors: [Dot], where isOwn: (Dot) -> Bool)
  /// Appends the row's delta.
  func encodeDelta(of key: [UInt8], to encoder: inout BinaryEncoder)
  /// The violation of a check that the row would be, if it is one.
  func violation(of check: any RowCheck, key: [UInt8]) -> InvariantViolation?
  /// Puts what was written into the table's rows, and says what that changed.
  func commit(into state: inout any AnyTableState) -> [RowChange]
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

  init(_ base: TableState<Store>) { self.base = base }

  /// The row under `key` as the transaction sees it.
  subscript(key: [UInt8]) -> Row<Store> {
    written[key]?.row ?? base.rows[key] ?? Row()
  }

  /// Takes `row` for the row under `key`, and `delta` for what brought it there.
  func write(_ key: [UInt8], _ row: Row<Store>, delta: Causal<Row<Store>>) {
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

  var writtenKeys: [[UInt8]] { written.keys.sorted { $0.lexicographicallyPrecedes($1) } }

  func incarnations(of key: [UInt8]) -> [Dot] { self[key].incarnationDots }

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

  func encodeDelta(of key: [UInt8], to encoder: inout BinaryEncoder) {
    written[key]?.delta.encode(to: &encoder)
  }

  func violation(of check: any RowCheck, key: [UInt8]) -> InvariantViolation? {
    check.violation(key: key, row: self[key])
  }

  func commit(into state: inout any AnyTableState) -> [RowChange] {
    TableState<Store>.modify(&state) { table in
      written.map { key, written in table.update(key) { $0 = written.row } }
    } ?? []
  }
}
