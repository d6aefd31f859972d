/// What a state that is handed over removes from one table.
public struct RemovedRows: Hashable, Sendable {
  /// The table.
  public var table: String
  /// How many of its rows are removed.
  public var removed: Int
  /// How many rows it has.
  public var rows: Int
  /// How many states removed shortly before (``AdoptionPolicy/period``).
  public var earlier: Int

  /// The removal of so many rows.
  public init(table: String, removed: Int, rows: Int, earlier: Int = 0) {
    self.table = table
    self.removed = removed
    self.rows = rows
    self.earlier = earlier
  }
}

extension RemovedRows: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    "\(removed) of the \(rows) rows of \(table)"
      + (earlier > 0 ? ", after \(earlier) that went like this shortly before" : "")
  }
}
