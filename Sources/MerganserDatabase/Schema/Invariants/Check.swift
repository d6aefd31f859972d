public import MerganserTypes

/// A type whose merged value consists of values that somebody wrote, so that what holds of each write
/// holds of every merge.
public protocol ConsistsOfWrites: Replicated {
  /// What a write chooses.
  associatedtype Written

  /// The written values that `store` consists of.
  static func written(in store: Store) -> [Written]
}

extension LWWRegister: ConsistsOfWrites {
  /// The value, if one was written.
  public static func written(in store: Self) -> [Value] { store.value.map { [$0] } ?? [] }
}

extension MVRegister: ConsistsOfWrites {
  /// The values that stand side by side.
  public static func written(in store: Store) -> [Value] { Array(MVRegister(store).values) }
}

extension ORSet: ConsistsOfWrites where Element: BinaryCodable {
  /// The elements.
  public static func written(in store: Store) -> [Element] { Array(ORSet(store)) }
}

extension GSet: ConsistsOfWrites {
  /// The elements.
  public static func written(in store: Self) -> [Element] { Array(store) }
}

/// A condition that holds of every value written to a table.
///
/// It is declared for types whose merged value consists of written values, and looks at one of them at
/// a time; therefore it is I-confluent, whatever the condition says.
public struct Check: BindableInvariant {
  /// The name by which a violation is reported.
  public let name: String
  private let table: any AnyTable
  private let check: any RowCheck

  /// Requires `condition` of every value written to a row of `table`.
  public init<Key, Value: ConsistsOfWrites>(
    _ name: String, on table: Table<Key, Value>,
    _ condition: @escaping @Sendable (Key, Value.Written) -> Bool
  ) {
    self.name = name
    self.table = table
    check = TypedCheck(name: name, table: table, condition: condition)
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(kind: "Check", name: name, parameters: [table.name])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    rules.tables[try rules.number(of: table, for: name)].checks.append(check)
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name) else { return nil }
    return try check.firstViolation(in: snapshot.state.tables[number])
  }
}

/// A condition on the rows of one table, for whoever need not know its types.
package protocol RowCheck: Sendable {
  /// The violation that a row's incarnations would be, if they are one.
  func violation<Store>(key: [UInt8], row: Row<Store>) -> InvariantViolation?
  /// The violation of the first row that breaks the check, in the order of the keys.
  func firstViolation(in table: any AnyTableState) throws(StorageError) -> InvariantViolation?
}

private struct TypedCheck<Key: TableKey, Value: ConsistsOfWrites>: RowCheck {
  let name: String
  let table: Table<Key, Value>
  let condition: @Sendable (Key, Value.Written) -> Bool

  func firstViolation(in table: any AnyTableState) throws(StorageError) -> InvariantViolation? {
    guard let table = table as? TableState<Value.Store> else { return nil }
    var rows = try table.rows.entries()
    while let (key, row) = try rows.next() {
      if let found = violation(key: key, row: row) { return found }
    }
    return nil
  }

  func violation<Store>(key: [UInt8], row: Row<Store>) -> InvariantViolation? {
    guard let row = row as? Row<Value.Store>, let typedKey = try? Key(keyEncoded: key) else {
      return nil
    }
    for incarnation in row.incarnations {
      for written in Value.written(in: incarnation.store) where !condition(typedKey, written) {
        return InvariantViolation(
          invariant: name, table: table.name, key: "\(typedKey)", found: "\(written)",
          needed: "a value for which the check holds")
      }
    }
    return nil
  }
}
