/// Any condition over whole tables, of which nothing is known.
///
/// Two replicas can each keep such a condition and break it when they meet. Writes to its tables are
/// therefore refused, unless they are made with ``Scope/localOnly``: then the condition is checked over
/// this replica's own state, and after a merge it may not hold.
public struct Custom: BindableInvariant {
  /// The name by which a violation is reported.
  public let name: String
  private let tables: [any AnyTable]
  let condition: @Sendable (Snapshot) throws -> Bool

  /// A condition over `tables`; it is evaluated over the state that a transaction would leave.
  ///
  /// What it throws refuses the transaction. A condition on counters compares their `count`
  /// (``Counted/count``), which is there also where their `value` does not fit 64 bits and throws.
  ///
  /// - Complexity: every commit that writes to one of the tables evaluates it as a whole.
  public init(
    _ name: String, over tables: [any AnyTable],
    _ condition: @escaping @Sendable (Snapshot) throws -> Bool
  ) {
    self.name = name
    self.tables = tables
    self.condition = condition
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(kind: "Custom", name: name, parameters: tables.map(\.name))
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    for table in tables {
      rules.tables[try rules.number(of: table, for: name)].coordinated.append(self)
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    var found = "a state that breaks it"
    do {
      if try condition(snapshot) { return nil }
    } catch let error as StorageError {
      throw error
    } catch {
      found = "a state of which it cannot be told: \(error)"
    }
    return InvariantViolation(
      invariant: name, table: tables.map(\.name).joined(separator: ", "), key: "", found: found,
      needed: "a state in which it holds")
  }
}
