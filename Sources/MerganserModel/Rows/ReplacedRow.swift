/// A row that was put in the place of another.
package struct ReplacedRow {
  package let table: Int
  package let key: [UInt8]
  package let before: AnyRow?
  package let after: AnyRow?
  /// The incarnations that came and went.
  package let lives: Lives
  /// What a transaction wrote to it, where one did.
  package var staged: StagedRow?
  /// What it takes by the indexes over the table.
  package var indexed: [IndexedChange] = []

  /// The row of the given parts.
  package init(
    table: Int, key: [UInt8], before: AnyRow?, after: AnyRow?, lives: Lives,
    staged: StagedRow? = nil, indexed: [IndexedChange] = []
  ) {
    self.table = table
    self.key = key
    self.before = before
    self.after = after
    self.lives = lives
    self.staged = staged
    self.indexed = indexed
  }

  /// What a transaction wrote to it, as a row; `nil` if none did.
  package var written: AnyRow? { staged?.written }
}

/// What a row took before and after a change, by one index.
package struct IndexedChange {
  package let index: Int
  package let before: [IndexEntry]
  package let after: [IndexEntry]

  /// The change of the given parts.
  package init(index: Int, before: [IndexEntry], after: [IndexEntry]) {
    self.index = index
    self.before = before
    self.after = after
  }
}
