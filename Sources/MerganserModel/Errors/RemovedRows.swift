/// What a state that is handed over removes from one table.
public struct RemovedRows: Hashable, Sendable {
  /// The table.
  public var table: String
  /// How many of its rows are removed.
  public var removed: Int
  /// How many rows it has.
  public var rows: Int

  /// The removal of so many rows.
  public init(table: String, removed: Int, rows: Int) {
    self.table = table
    self.removed = removed
    self.rows = rows
  }
}

extension RemovedRows: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(removed) of the \(rows) rows of \(table)" }
}
