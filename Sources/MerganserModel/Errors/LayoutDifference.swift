/// Where two programs read the rows of one table in different ways.
public struct LayoutDifference: Hashable, Sendable {
  /// The table.
  public var table: String
  /// The type whose layout differs; `nil` if the table's types themselves are others.
  public var type: String?
  /// What this program declares: a layout, or the table's types.
  public var expected: String
  /// What was found.
  public var found: String

  /// The difference of the given parts.
  public init(table: String, type: String?, expected: String, found: String) {
    self.table = table
    self.type = type
    self.expected = expected
    self.found = found
  }
}

extension LayoutDifference: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    if let type {
      return """
        table \(table) holds \(type) with the layout "\(found)", and is declared with the layout \
        "\(expected)"
        """
    }
    return "table \(table) holds \(found), and is declared with \(expected)"
  }
}
