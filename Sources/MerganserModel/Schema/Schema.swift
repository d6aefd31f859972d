public import MerganserTypes

/// The tables of a database and the invariants that hold over them.
///
/// The tables are the stored properties that are a ``Table``. The invariants are declared in a result
/// builder:
///
/// ```swift
/// struct Bank: Schema {
///   let accounts = Table<String, EscrowCounter>("accounts")
///   let owners = Table<String, LWWRegister<String>>("owners")
///
///   var invariants: [any Invariant] {
///     Bounds(accounts, in: 0...)
///     ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
///   }
/// }
/// ```
public protocol Schema: Sendable {
  /// The invariants that every replica keeps at every moment.
  @InvariantsBuilder var invariants: [any Invariant] { get }
}

extension Schema {
  /// A schema with no invariants.
  public var invariants: [any Invariant] { [] }
}

/// Collects the invariants of a schema.
@resultBuilder
public enum InvariantsBuilder {
  /// One invariant.
  public static func buildExpression(_ invariant: some Invariant) -> [any Invariant] { [invariant] }

  /// Invariants one after the other.
  public static func buildBlock(_ parts: [any Invariant]...) -> [any Invariant] {
    parts.flatMap { $0 }
  }

  /// Invariants under a condition.
  public static func buildOptional(_ part: [any Invariant]?) -> [any Invariant] { part ?? [] }

  /// The invariants of the first branch.
  public static func buildEither(first part: [any Invariant]) -> [any Invariant] { part }

  /// The invariants of the second branch.
  public static func buildEither(second part: [any Invariant]) -> [any Invariant] { part }

  /// The invariants of a loop.
  public static func buildArray(_ parts: [[any Invariant]]) -> [any Invariant] {
    parts.flatMap { $0 }
  }
}

/// Why a schema cannot be used.
public enum SchemaError: MerganserError, Hashable {
  /// Two tables have the same name.
  case duplicateTable(String)
  /// Two declared transactions have this name.
  case duplicateTransaction(String)
  /// A declared transaction makes no sense.
  case invalidTransaction(String, reason: String)
  /// A table's name is empty, too long, not in normalization form C, or has a character that separates
  /// names from keys.
  case invalidTableName(String)
  /// A table is not one of the schema's, or the schema has one of that name with other types.
  case unknownTable(String, expected: String?)
  /// A table holds what this program has no type for, and so cannot merge.
  case unknownType(table: String, type: String)
  /// An invariant makes no sense; `reason` says why and what to change.
  case invalidInvariant(String, reason: String)
  /// A condition reads a table that it is not declared over, so that it would not be asked where that changes.
  case unlistedTable(String, invariant: String)
  /// A condition reads what follows from no table, such as the time, so that it would not be asked when that changes.
  case unlistedRead(String, invariant: String)
  /// The schema is larger than replicas take of each other.
  case exceedsLimit(reason: String)
}

extension SchemaError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .duplicateTable(let name): "two tables are named \(name); rename one"
    case .duplicateTransaction(let name):
      "two declared transactions are named \(name); rename one"
    case .invalidTransaction(let name, let reason): "transaction \(name): \(reason)"
    case .invalidTableName(let name):
      """
      "\(name)" is no name for a table: use 1 to 128 bytes of text in normalization form C without \
      control characters
      """
    case .unknownTable(let name, let expected?):
      "table \(name) holds \(expected) in this schema, and is used with another type"
    case .unknownTable(let name, nil): "the schema has no table \(name); declare it as a property"
    case .unknownType(let table, let type):
      "table \(table) holds \(type.shortened), for which this program has no type; use one that has it in code"
    case .unlistedTable(let table, let invariant):
      """
      the condition of "\(invariant)" reads \(table), over which it is not declared, and would not be asked when that \
      changes; list it among the tables
      """
    case .unlistedRead(let what, let invariant):
      """
      the condition of "\(invariant)" reads \(what), which follows from none of its tables, and would not be asked when that \
      changes; keep what it needs in a table, and list that
      """
    case .exceedsLimit(let reason): "the schema is too large: \(reason)"
    case .invalidInvariant(let name, let reason): "invariant \"\(name)\": \(reason)"
    }
  }
}
