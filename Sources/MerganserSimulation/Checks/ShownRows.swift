import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The rows that a replica showed, table by table, and what changes from one state to the next.
///
/// Each look goes through all rows that are not shared with the state before; only of those that are not as they were
/// before are the bytes and the dots read.
struct ShownRows {
  /// What is different from what was shown before.
  struct Changes {
    /// The dots that are there and were not.
    var added: [Dot] = []
    /// The dots that were there and are not.
    var removed: [Dot] = []
    /// By the number of their tables: the rows that are new or different.
    var rows: [(table: Int, key: [UInt8], row: AnyRow)] = []
    /// The numbers of the tables that are different.
    var tables: Set<Int> = []
  }

  private var tables: [String: [ShownRow]] = [:]
  /// The state that was looked at last: held here, what it shares with later ones stays as it is.
  private var last: Snapshot?
  /// The sum of all rows' numbers: equal for equal rows.
  private(set) var hash: UInt64 = 0

  /// Looks at a state.
  ///
  /// - Returns: what is different from the one before.
  /// - Throws: ``Violation``, if a table does not count its rows right; what reading throws.
  mutating func look(at snapshot: Snapshot) throws -> Changes {
    var changes = Changes()
    let numbers =
      last.map(snapshot.tablesThatMayDiffer) ?? Array(snapshot.catalog.tables.indices)
    last = snapshot
    for number in numbers {
      let name = snapshot.catalog.tables[number].name
      // Taken out of the dictionary meanwhile, for it not to be copied.
      let before = tables[name].take() ?? []
      let now = try rows(of: number, in: snapshot, named: name, before: before, noting: &changes)
      tables[name] = now
      guard now.count == snapshot.count(ofTable: number) else {
        throw Violation(
          guarantee: .recovery,
          evidence: "\(name) has \(now.count) rows, and counts \(snapshot.count(ofTable: number))")
      }
    }
    return changes
  }

  private mutating func rows(
    of number: Int, in snapshot: Snapshot, named name: String, before: [ShownRow],
    noting changes: inout Changes
  ) throws -> [ShownRow] {
    var now: [ShownRow] = []
    now.reserveCapacity(before.count)
    var place = 0
    let hashing = RowHash(table: name)
    try snapshot.forEachFoundRow(ofTable: number) { entry in
      while place < before.count, before[place].stands(before: entry) {
        forget(before[place], of: number, noting: &changes)
        place += 1
      }
      let known = place < before.count && before[place].hasKey(of: entry) ? before[place] : nil
      if known != nil { place += 1 }
      let found = try known?.asIs(in: entry, by: hashing)
      if let found { return now.append(found) }
      let row = try read(entry, of: number, in: snapshot, by: hashing)
      if let known { forget(known, of: number, noting: &changes) }
      hash &+= row.shown.hash
      changes.added += row.shown.dots
      changes.tables.insert(number)
      changes.rows.append((number, row.shown.key, row.content))
      now.append(row.shown)
    }
    for row in before[place...] { forget(row, of: number, noting: &changes) }
    return now
  }

  private mutating func forget(_ row: ShownRow, of number: Int, noting changes: inout Changes) {
    hash &-= row.hash
    changes.removed += row.dots
    changes.tables.insert(number)
  }

  private func read(
    _ entry: FoundEntry<AnyRow>, of number: Int, in snapshot: Snapshot, by hashing: RowHash
  ) throws -> (shown: ShownRow, content: AnyRow) {
    let operations = snapshot.catalog.tables[number].operations
    let key = entry.key
    guard let content = try entry.inMemory ?? snapshot.row(key, ofTable: number) else {
      throw Violation(
        guarantee: .recovery,
        evidence: "\(snapshot.catalog.tables[number].text(ofKey: key)) is listed, and is not there")
    }
    var dots: Set<Dot> = []
    _ = operations.firstDot(content) { dot in
      dots.insert(dot)
      return true
    }
    let hash = operations.encoded(content).withUnsafeBytes { bytes in
      key.withUnsafeBytes { hashing(bytes, under: $0) }
    }
    return (ShownRow(key: key, row: entry.inMemory, hash: hash, dots: dots), content)
  }
}

extension FoundEntry<AnyRow> {
  fileprivate var key: [UInt8] {
    switch self {
    case .inMemory(let key, _): key
    case .stored(let key, _): Array(key)
    }
  }

  fileprivate var inMemory: AnyRow? {
    if case .inMemory(_, let row) = self { row } else { nil }
  }
}

extension ShownRow {
  /// Whether it stands before an entry in the order of keys.
  fileprivate func stands(before entry: FoundEntry<AnyRow>) -> Bool {
    switch entry {
    case .inMemory(let other, _): key != other && key.lexicographicallyPrecedes(other)
    case .stored(let other, _): !key.elementsEqual(other) && key.lexicographicallyPrecedes(other)
    }
  }

  fileprivate func hasKey(of entry: FoundEntry<AnyRow>) -> Bool {
    switch entry {
    case .inMemory(let other, _): key == other
    case .stored(let other, _): key.elementsEqual(other)
    }
  }

  /// The row as it is found again; `nil` if it is different.
  fileprivate func asIs(
    in entry: FoundEntry<AnyRow>, by hashing: RowHash
  ) throws -> ShownRow? {
    switch entry {
    case .inMemory(_, let row): return row === self.row ? self : nil
    case .stored(let key, let bytes):
      guard hashing(bytes, under: key) == hash else { return nil }
      return row == nil ? self : ShownRow(key: self.key, row: nil, hash: hash, dots: dots)
    }
  }
}
