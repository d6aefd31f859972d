package import MerganserModel
package import MerganserTypes

/// All rows of a database at one moment, and which versions they are the join of.
///
/// A value: a copy costs next to nothing, and later changes do not show in it.
package struct DatabaseState: Sendable {
  /// The rows, by the number of their table.
  package internal(set) var tables: LayeredMaps<TableState>
  /// By index of an invariant: where the rows stand.
  var indexes: LayeredMaps<InvariantIndex>
  /// The last version of each origin that is in the rows.
  private var lastVersions = ReplicaMap<Head>()
  /// How far each origin's versions are in the rows; a replica's causal context.
  package internal(set) var vector = VersionVector()
  /// Who has ended, and who takes whose place: what the table of the cuts says.
  package private(set) var succession = Succession()
  /// By table: how many rows are stored.
  var storedCounts: [Int]
  /// Whether rows that are not in memory are looked for in what is stored.
  var restsOnStored = false
  /// What was read of it lately; `nil` if that is not kept.
  var cached: RowCache.Generation?
  /// Whether the stored rows may be ahead of the vector, so that a change that is made again may have
  /// been made already, but not what follows from it.
  var isRecovering = false
  /// What is promised: all, but in simulations.
  var guarantees = Guarantees.all {
    didSet { succession.mintsOnce = guarantees.contains(.mintedOnce) }
  }

  init(_ catalog: Catalog) {
    tables = LayeredMaps(catalog.tables.enumerated().map { TableState($1, number: $0) })
    indexes = LayeredMaps(
      catalog.invariantBook.indexNames.enumerated().map {
        InvariantIndex(storedUnder: $1.hashed, number: $0)
      })
    storedCounts = Array(repeating: 0, count: catalog.tables.count)
  }

  /// The last version of each origin that is in the rows.
  package var heads: [ReplicaID: Head] {
    Dictionary(lastVersions.map { ($0, $1) }) { first, _ in first }
  }

  /// The last version of an origin that is in the rows; `nil` if there is none.
  package func head(of origin: ReplicaID) -> Head? { lastVersions[origin] }

  /// Notes that an origin's versions up to `head` are in the rows.
  mutating func advance(_ origin: ReplicaID, to head: Head) {
    lastVersions[origin] = head
    vector[origin] = head.sequence
  }

  /// Reads the table of the cuts anew, which has changed.
  mutating func readCuts(_ catalog: Catalog) throws(StorageError) {
    guard let number = catalog.cuts, tables[number].count > 0 || !succession.cuts.isEmpty else {
      return
    }
    var rows: [(key: ReplicaID, value: GSet<Cut>)] = []
    var entries = try tables[number].rows.entries()
    while let (key, row) = try entries.next() {
      guard let identity = try? ReplicaID(keyEncoded: key),
        let decided = row.typed(as: GSet<Cut>.Store.self).value(as: GSet<Cut>.self)
      else { continue }
      rows.append((identity, decided))
    }
    var read = Succession(rows)
    read.mintsOnce = succession.mintsOnce
    if read != succession { succession = read }
  }

  /// Reads one row of the table of the cuts anew, which has changed.
  mutating func readCut(_ number: Int, key: [UInt8]) throws(StorageError) {
    guard let identity = try? ReplicaID(keyEncoded: key) else { return }
    let row = try tables[number].row(key)
    succession.set(
      row?.typed(as: GSet<Cut>.Store.self).value(as: GSet<Cut>.self), for: identity)
  }

  /// Joins a row into the one under a key; `seen` is what has been seen here, and `otherSeen` there.
  ///
  /// - Returns: what that changed, where anything can follow from it.
  @discardableResult
  mutating func merge(
    _ table: Int, key: UnsafeRawBufferPointer, with other: AnyRow?, seen: CausalContext,
    otherSeen: CausalContext, in invariants: InvariantBook
  ) throws(StorageError) -> RowChange? {
    guard invariants.tables[table].isFollowed else {
      try tables[table].update(key) { row, operations in
        _ = operations.merge(&row, other, seen, otherSeen)
      }
      return nil
    }
    let array = Array(key)
    let read = invariants.tables[table].key(array)
    let kinds = invariants.tables[table].indexes.map { invariants.indexes[$0] }
    let (lives, before, after) = try tables[table].update(key) { row, operations in
      let before = kinds.map { $0(read, row, nil).before }
      let lives = operations.merge(&row, other, seen, otherSeen)
      return (lives, before, lives == nil ? before : kinds.map { $0(read, nil, row).after })
    }
    for (place, index) in invariants.tables[table].indexes.enumerated() {
      indexes[index].make(.init(array, from: before[place], to: after[place]))
    }
    return RowChange(table: table, key: array, lives: lives ?? Lives())
  }

  /// Puts a row, or none, in the place of the one under a key.
  ///
  /// - Returns: what that changed.
  mutating func replace(
    _ table: Int, key: [UInt8], with row: AnyRow?, in invariants: InvariantBook
  ) throws(StorageError) -> ReplacedRow {
    let (before, lives) = try key.withUnsafeBufferPointer { bytes throws(StorageError) in
      try tables[table].update(UnsafeRawBufferPointer(bytes)) { found, operations in
        let before = found
        found = row
        return (before, operations.lives(from: before, to: row))
      }
    }
    var replaced = ReplacedRow(table: table, key: key, before: before, after: row, lives: lives)
    if invariants.tables[table].indexes.isEmpty { return replaced }
    let read = invariants.tables[table].key(key)
    let places = invariants.tables[table].indexes
    var moves: [(index: Int, move: InvariantIndex.Move)] = []
    moves.reserveCapacity(places.count)
    replaced.indexed.reserveCapacity(places.count)
    for index in places {
      let (old, new) = invariants.indexes[index](read, before, row)
      replaced.indexed.append(IndexedChange(index: index, before: old, after: new))
      let move = InvariantIndex.Move(key, from: old, to: new)
      if !move.isNothing { moves.append((index, move)) }
    }
    if moves.count > 1 { InvariantIndex.prefetch(moves.map { (indexes[$0.index], $0.move) }) }
    for (index, move) in moves { indexes[index].make(move) }
    return replaced
  }

  /// Brings everything that follows from changed rows up to date: which incarnations have lost what
  /// they refer to and go with it.
  ///
  /// What lives afterwards follows from the versions that are in the rows alone, not from their order:
  /// an incarnation lives if no version removed it and all that it refers to lives.
  ///
  mutating func settle(
    _ changes: [RowChange], in invariants: InvariantBook
  ) throws(StorageError) {
    var collected: [ReplacedRow] = []
    try settle(changes, in: invariants, noting: &collected)
  }

  /// As ``settle(_:in:)``, noting the rows that went with others.
  mutating func settle(
    _ changes: [RowChange], in invariants: InvariantBook, noting collected: inout [ReplacedRow]
  ) throws(StorageError) {
    if invariants.references.isEmpty || !guarantees.contains(.anchors) { return }
    var open = changes
    while let change = open.popLast() {
      for number in invariants.tables[change.table].references {
        let key = invariants.references[number]
        guard key.key.isCascading else { continue }
        if change.lives.created.isEmpty, !isRecovering { continue }
        let dead = try unsupported(
          of: change.key, by: key, among: isRecovering ? nil : change.lives.created)
        if dead.isEmpty { continue }
        let gone = try collect(dead, of: change.key, in: change.table, invariants: invariants)
        open.append(gone.change)
        collected.append(gone)
      }
      guard isRecovering || !change.lives.removed.isEmpty else { continue }
      for number in invariants.tables[change.table].referrers {
        let key = invariants.references[number]
        guard key.key.isCascading else { continue }
        for child in try tables[key.child].keys(referringTo: change.key, by: key.key) {
          let dead = try unsupported(of: child, by: key, among: nil)
          if dead.isEmpty { continue }
          let gone = try collect(dead, of: child, in: key.child, invariants: invariants)
          open.append(gone.change)
          collected.append(gone)
        }
      }
    }
  }

  /// Removes incarnations of a row that nothing supports any longer.
  private mutating func collect(
    _ dead: [Dot], of key: [UInt8], in table: Int, invariants: InvariantBook
  ) throws(StorageError) -> ReplacedRow {
    let row = try tables[table].row(key).flatMap { row in
      tables[table].operations.mapAnchors(row) { dot, anchors in
        dead.contains(dot) ? nil : anchors
      }
    }
    return try replace(table, key: key, with: row, in: invariants)
  }

  /// Those incarnations of a row, of some or of all, of which no parent lives that they were created under.
  private func unsupported(
    of child: [UInt8], by key: InvariantBook.TableReference, among some: [Dot]?
  ) throws(StorageError) -> [Dot] {
    let incarnations = try tables[key.child].anchoredIncarnations(of: child)
    if incarnations.isEmpty { return [] }
    let parents = tables[key.parent]
    let living = parents.operations.living(try parents.row(key.parentKey(of: child)))
    let asked = some.map { LivingIncarnations($0) }
    return incarnations.filter { incarnation in
      asked?.hasAny([incarnation.dot]) ?? true && !living.hasAny(incarnation.anchors)
    }.map { $0.dot }
  }
}
