import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A schema of one table with one condition.
struct OneTable<Value: Replicated>: Schema {
  typealias Rows = Table<String, Value>

  let rows = Rows("rows")
  private let name: String
  private let condition: @Sendable (Snapshot, Rows) throws -> Bool

  init(
    _ name: String, of type: Value.Type,
    condition: @escaping @Sendable (Snapshot, Rows) throws -> Bool
  ) {
    self.name = name
    self.condition = condition
  }

  var invariants: [any Invariant] {
    let (rows, condition) = (rows, condition)
    Custom(name, over: [rows]) { try condition($0, rows) }
  }
}

/// A schema of two tables with one condition over both.
struct TwoTables<One: Replicated, Two: Replicated>: Schema {
  typealias Condition =
    @Sendable (Snapshot, Table<String, One>, Table<String, Two>) throws -> Bool

  let one = Table<String, One>("one")
  let two = Table<String, Two>("two")
  private let name: String
  private let condition: Condition

  init(_ name: String, of one: One.Type, and two: Two.Type, condition: @escaping Condition) {
    self.name = name
    self.condition = condition
  }

  var invariants: [any Invariant] {
    let (one, two, condition) = (one, two, condition)
    Custom(name, over: [one, two]) { try condition($0, one, two) }
  }
}

/// A schema of one table with an invariant that comes with the package.
struct DeclaredTable<Key: TableKey, Value: Replicated>: Schema {
  let rows = Table<Key, Value>("rows")
  private let declaration: @Sendable (Table<Key, Value>) -> any Invariant

  init(
    keys: Key.Type, of type: Value.Type,
    declaration: @escaping @Sendable (Table<Key, Value>) -> any Invariant
  ) { self.declaration = declaration }

  var invariants: [any Invariant] { declaration(rows) }
}
