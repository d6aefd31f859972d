/// A row that was put in the place of another.
@usableFromInline
package struct ReplacedRow {
  @usableFromInline package let table: Int
  @usableFromInline package let key: [UInt8]
  @usableFromInline package let before: AnyRow?
  @usableFromInline package let after: AnyRow?
  /// The incarnations that came and went.
  @usableFromInline package let lives: Lives
  /// What a transaction wrote to it, where one did.
  @usableFromInline package var staged: StagedRow?
  /// What it takes by the indexes over the table.
  @usableFromInline package var indexed: [IndexedChange]

  /// The row of the given parts.
  @inlinable
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
  package var written: AnyRow? { staged?.writtenRow }
}

/// What a row took before and after a change, by one index.
@usableFromInline
package struct IndexedChange {
  @usableFromInline package let index: Int
  @usableFromInline package let before: [IndexEntry]
  @usableFromInline package let after: [IndexEntry]

  /// The change of the given parts.
  @inlinable
  package init(index: Int, before: [IndexEntry], after: [IndexEntry]) {
    self.index = index
    self.before = before
    self.after = after
  }
}
