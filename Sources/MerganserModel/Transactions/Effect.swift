/// What a transaction did to a table: the kinds of writes that the theorems speak of.
public struct Effect: Hashable, Sendable, Codable {
  /// A kind of write.
  public typealias Kind = WriteKind

  /// The table.
  public var table: String
  /// What was done.
  public var kind: Kind

  /// The effect of the given kind on a table.
  public init(_ kind: Kind, in table: String) {
    self.kind = kind
    self.table = table
  }
}

extension Effect: CustomStringConvertible {
  /// As a person reads it.
  public var description: String { "\(kind.rawValue) \(table)" }
}
