public import MerganserTypes

/// A condition on the rows of one table, for whoever need not know its types.
@usableFromInline
package struct RowCheck: Sendable {
  /// The violation that a row under a key would be, if it is one.
  @usableFromInline package let violation: @Sendable (AnyKey, AnyRow) -> InvariantViolation?

  @inlinable
  init(_ violation: @escaping @Sendable (AnyKey, AnyRow) -> InvariantViolation?) {
    self.violation = violation
  }

  /// A condition on each written value of a row.
  @inlinable
  init<Key: TableKey, Value: ConsistsOfWrites>(
    of _: Table<Key, Value>,
    violation: @escaping @Sendable (Key, Value.Written) -> InvariantViolation?
  ) {
    self.init { any, row in
      guard let key = any.typed(as: Key.self) else { return nil }
      for incarnation in row.typed(as: Value.Store.self).living {
        for written in Value.written(in: incarnation.store) {
          if let found = violation(key, written) { return found }
        }
      }
      return nil
    }
  }
}

extension RowCheck {
  /// Throws the first violation among the rows that a transaction wrote.
  package func require(of rows: some Sequence<ReplacedRow>, in table: any TableDefinition) throws {
    for row in rows {
      guard let written = row.staged?.row else { continue }
      if let found = violation(table.key(row.key), written) { throw found }
    }
  }

  /// Refuses for good a write whose values break the condition, if it was written under this schema.
  package func obstacle(to write: ReceivedWrite, from version: ReceivedVersion) -> VersionObstacle?
  {
    guard version.isOfThisSchema else { return nil }
    return violation(write.table.key(write.key), write.row).map(version.refused)
  }

  /// Calls `body` with each row of a table that breaks the condition, until it returns `false`.
  package func forEachViolation(
    in state: any StateView, table: Int, body: (InvariantViolation) -> Bool
  ) throws {
    let definition = state.definition(ofTable: table)
    try state.forEachRow(ofTable: table) { key, row in
      violation(definition.key(key), row).map(body) ?? true
    }
  }
}
