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
  @inlinable
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
  let table: any AnyTable
  let check: RowCheck

  @usableFromInline
  init(_ name: String, _ table: any AnyTable, _ check: RowCheck) {
    self.name = name
    self.table = table
    self.check = check
  }

  /// Requires `condition` of every value written to a row of `table`.
  @inlinable
  public init<Key, Value: ConsistsOfWrites>(
    _ name: String, on table: Table<Key, Value>,
    _ condition: @escaping @Sendable (Key, Value.Written) -> Bool
  ) {
    self.init(
      name, table,
      RowCheck(of: table) { key, written in
        if condition(key, written) { return nil }
        return InvariantViolation(
          invariant: name, table: table.name, key: "\(key)", found: "\(written)",
          needed: "a value for which the check holds")
      })
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
    let definition = snapshot.catalog.tables[number]
    var rows = try snapshot.state.tables[number].rows.entries()
    while let (key, row) = try rows.next() {
      if let found = check.violation(definition.key(key), row) { return found }
    }
    return nil
  }
}

/// A condition on the rows of one table, for whoever need not know its types.
@usableFromInline
struct RowCheck: Sendable {
  /// The violation that a row under a key would be, if it is one.
  @usableFromInline let violation: @Sendable (AnyKey, AnyRow) -> InvariantViolation?

  @inlinable
  init(_ violation: @escaping @Sendable (AnyKey, AnyRow) -> InvariantViolation?) {
    self.violation = violation
  }

  /// A condition on each written value of a row.
  @inlinable
  init<Key: TableKey, Value: ConsistsOfWrites>(
    of _: Table<Key, Value>,
    _ violation: @escaping @Sendable (Key, Value.Written) -> InvariantViolation?
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
