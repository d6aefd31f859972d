/// A row that was put in the place of another.
struct ReplacedRow {
  let table: Int
  let key: [UInt8]
  let before: AnyRow?
  let after: AnyRow?
  /// The incarnations that came and went.
  let lives: Lives
  /// What a transaction wrote to it, where one did.
  var staged: StagedRow?
  /// What it takes by the indexes over the table.
  var indexed: [IndexedChange] = []

  /// What a transaction wrote to it, as a row; `nil` if none did.
  var written: AnyRow? { staged?.written }
}

/// What a row took before and after a change, by one index.
struct IndexedChange {
  let index: Int
  let before: [IndexEntry]
  let after: [IndexEntry]
}
