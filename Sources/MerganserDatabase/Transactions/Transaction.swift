public import MerganserTypes

/// One transaction: it reads one snapshot and its own writes, and commits all of them or none.
///
/// It is valid inside its closure only.
public struct Transaction: ~Copyable {
  @usableFromInline let workspace: Workspace

  init(_ workspace: Workspace) {
    self.workspace = workspace
  }

  /// The replica that the transaction runs at.
  @inlinable
  public var replica: ReplicaID { workspace.author.replica }

  /// The time of everything that the transaction writes.
  @inlinable
  public var time: HybridTime { workspace.author.time }

  /// The row of `table` under `key`, there or not.
  ///
  /// - Throws: ``SchemaError``, if the table is not the schema's; ``KeyError``, if the key is too long;
  ///   ``TransactionError/ended``.
  @inlinable
  public subscript<Key, Value>(table: Table<Key, Value>, key: Key) -> Item<Key, Value> {
    get throws {
      guard !workspace.hasEnded else { throw TransactionError.ended }
      let number = try workspace.catalog.number(of: table)
      let rows = workspace.rows(number)
      return Item(
        table: table, number: number, key: key,
        encodedKey: try table.encoded(key) { try rows.row($0) }, rows: rows, workspace: workspace)
    }
  }
}
