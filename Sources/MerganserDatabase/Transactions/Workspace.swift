public import MerganserTypes

/// What a running transaction reads and has written so far.
///
/// It never leaves the writer's thread.
@usableFromInline
final class Workspace {
  @usableFromInline let catalog: Catalog
  @usableFromInline let founder: ReplicaID
  /// Who writes.
  @usableFromInline var author: Author
  /// Whether the closure has returned.
  @usableFromInline private(set) var hasEnded = false
  /// By table, what was written to it.
  private(set) var staged: [StagedTable] = []
  /// What the transaction reads; nothing once it has been let go of.
  private var base: DatabaseState?
  private let ownSequences: PartialRangeFrom<UInt64>

  init(catalog: Catalog, founder: ReplicaID, base: DatabaseState, author: Author) {
    self.catalog = catalog
    self.founder = founder
    self.base = base
    self.author = author
    ownSequences = author.nextSequence...
  }

  /// Nothing is read or written any more.
  func end() {
    hasEnded = true
    letGo()
  }

  /// Lets go of what the transaction has read, so that it can be changed where it stands.
  func letGo() {
    base = nil
    for table in staged { table.letGo() }
  }

  /// The rows of a table as this transaction sees them.
  @usableFromInline
  func rows(_ number: Int) -> StagedTable {
    if let found = staged.first(where: { $0.number == number }) { return found }
    let rows = StagedTable(
      number, of: base?.tables[number] ?? TableState(catalog.tables[number].operations))
    staged.append(rows)
    return rows
  }

  /// A row as this transaction sees it; nothing where there is none.
  private func row(_ key: [UInt8], in number: Int) throws(StorageError) -> AnyRow? {
    if let found = staged.first(where: { $0.number == number }) { return try found.row(key) }
    return try base?.tables[number].row(key)
  }

  /// The living incarnations of a row, as this transaction sees it.
  func incarnations(of key: [UInt8], in number: Int) throws(StorageError) -> [Dot] {
    try row(key, in: number).map {
      catalog.tables[number].operations.incarnations($0).map { $0.dot }
    } ?? []
  }

  /// Whether every foreign key of a row's incarnation has a parent that lives in this transaction.
  ///
  /// One that this transaction created refers to whatever lives when it commits.
  @usableFromInline
  func isSupported(
    _ incarnation: Dot, anchors: [Dot], of key: [UInt8], in number: Int
  ) throws(StorageError) -> Bool {
    if isOwn(incarnation) { return true }
    for reference in catalog.rules.tables[number].references {
      let foreignKey = catalog.rules.foreignKeys[reference]
      guard foreignKey.deletion == .cascade else { continue }
      let parent = try row(foreignKey.parentKey(of: key), in: foreignKey.parent)
      guard let parent,
        catalog.tables[foreignKey.parent].operations.hasAny(parent, anchors)
      else { return false }
    }
    return true
  }

  /// Whether this transaction made the dot.
  func isOwn(_ dot: Dot) -> Bool {
    dot.replica == author.replica && ownSequences.contains(dot.sequence)
  }
}

/// What a transaction has written to a table.
@usableFromInline
final class StagedTable {
  /// A row that was written to, and what brought it to where it is.
  struct Written: Sendable {
    var row: AnyRow?
    var delta: AnyRowDelta
  }

  let number: Int
  private var base: TableState
  private let operations: RowOperations
  private(set) var written = OrderedMap<Written>()
  /// The row that was read last, which is often the next that is written.
  private var lastRead: (key: [UInt8], row: AnyRow?)?

  init(_ number: Int, of base: TableState) {
    self.number = number
    self.base = base
    operations = base.operations
  }

  /// Lets go of what was read.
  func letGo() {
    base = TableState(operations)
    lastRead = nil
  }

  /// The row under `key` as the transaction sees it; nothing where there is none.
  @usableFromInline
  func row(_ key: [UInt8]) throws(StorageError) -> AnyRow? {
    if !written.isEmpty, let found = written[key] { return found.row }
    if let lastRead, lastRead.key == key { return lastRead.row }
    let row = try base.row(key)
    lastRead = (key, row)
    return row
  }

  /// The row under `key` as one of the given type; the row that is not there where there is none.
  @inlinable
  func row<Store>(_ key: [UInt8], as: Store.Type) throws(StorageError) -> Row<Store> {
    try row(key)?.typed(as: Store.self) ?? Row()
  }

  /// Takes `row` for the row under `key`, and `delta` for what brought it there.
  @inlinable
  func write<Store>(_ key: [UInt8], _ row: Row<Store>, delta: Causal<Row<Store>>) {
    write(
      key, row.isBottom ? nil : TypedRow(row),
      AnyRowDelta(
        row: delta.store.isBottom ? nil : TypedRow(delta.store), context: delta.context))
  }

  @usableFromInline
  func write(_ key: [UInt8], _ row: AnyRow?, _ delta: AnyRowDelta) {
    lastRead = nil
    key.withUnsafeBytes { bytes in
      written.update(bytes) { written in
        guard var earlier = written.take() else {
          written = Written(row: row, delta: delta)
          return
        }
        earlier.row = row
        operations.mergeDelta(&earlier.delta, delta)
        written = earlier
      }
    }
  }

  /// What was written to a row so far; setting it goes back to there.
  subscript(writtenTo key: [UInt8]) -> Written? {
    get { written[key] }
    set { written[key] = newValue }
  }

  /// The living incarnations of a row.
  func incarnations(of key: [UInt8]) throws(StorageError) -> [Dot] {
    try row(key).map { operations.incarnations($0).map { $0.dot } } ?? []
  }

  /// Makes the incarnations of a row for which a condition holds refer to `anchors`.
  func anchor(_ key: [UInt8], to anchors: [Dot], where isOwn: (Dot) -> Bool) {
    func anchored(_ row: AnyRow?) -> AnyRow? {
      row.flatMap { operations.mapAnchors($0) { isOwn($0) ? anchors : $1 } }
    }
    guard var found = written[key] else { return }
    found.row = anchored(found.row)
    found.delta.row = anchored(found.delta.row)
    written[key] = found
  }

  /// Takes what was written to a row to be what `encoder`, which has its delta, makes of it.
  func readBack(_ key: [UInt8], _ encoder: BinaryEncoder) throws(BinaryDecodingError) {
    guard var found = written[key] else { return }
    found.delta = try BinaryDecoder.decoding(encoder.bytes) { decoder throws(BinaryDecodingError) in
      decoder.replicas = encoder.replicas
      return try operations.decodeDelta(&decoder)
    }
    found.row = try found.row.flatMap { row throws(BinaryDecodingError) in
      let bytes = BinaryEncoder.standalone { operations.encode(row, &$0) }
      return try BinaryDecoder.decodingStandalone(bytes, operations.decode)
    }
    written[key] = found
  }

  /// The bytes of a row's delta.
  func encodeDelta(of written: Written, to encoder: inout BinaryEncoder) {
    operations.encodeDelta(written.delta, &encoder)
  }
}
