/// A row whose bytes cannot be read as what its table holds.
public struct UnreadableRow: Hashable, Sendable {
  /// The table.
  public var table: String
  /// The row's key, as a person reads it.
  public var key: String
  /// What is wrong with the bytes.
  public var reason: String

  /// The row of the given parts.
  public init(table: String, key: String, reason: String) {
    self.table = table
    self.key = key
    self.reason = reason
  }
}

extension UnreadableRow: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "row \(key) of table \(table) cannot be read: \(reason)" }
}
