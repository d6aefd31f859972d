/// The plain counters of a table never pass a limit.
///
/// Moving away from the limit is I-confluent, moving towards it is not (Bailis et al., VLDB 2015, Table
/// 2: counters under > and <). ``Bounds`` keeps the same limit without coordination, by escrow.
public struct Limit: FootprintRule {
  /// The name by which a violation is reported.
  public let name: String
  private let table: any AnyTable
  private let lower: Int64?
  private let upper: Int64?
  private let count: @Sendable (any AnyTableState, [UInt8]) throws -> Int64?

  /// Keeps counters at or above a limit.
  public init<Key, Counter: Counted>(
    _ name: String, _ table: Table<Key, Counter>, atLeast limit: Int64
  ) {
    self.init(name, table, lower: limit, upper: nil)
  }

  /// Keeps counters at or below a limit.
  public init<Key, Counter: Counted>(
    _ name: String, _ table: Table<Key, Counter>, atMost limit: Int64
  ) {
    self.init(name, table, lower: nil, upper: limit)
  }

  private init<Key, Counter: Counted>(
    _ name: String, _ table: Table<Key, Counter>, lower: Int64?, upper: Int64?
  ) {
    self.name = name
    self.table = table
    self.lower = lower
    self.upper = upper
    count = Self.counting(Counter.self)
  }

  /// What gives the count of a row of counters.
  static func counting<Counter: Counted>(
    _: Counter.Type
  ) -> @Sendable (any AnyTableState, [UInt8]) throws -> Int64? {
    { table, key in
      try (table as? TableState<Counter.Store>)?.row(key)?.value(as: Counter.self)?.count
    }
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(
      kind: "Limit", name: name,
      parameters: [
        table.name, lower.map(String.init) ?? "", upper.map(String.init) ?? "",
      ])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    try rules.add(self, over: [table])
  }

  package func check(_ footprint: Footprint) throws {
    guard let number = footprint.catalog.number(of: table.name) else { return }
    for key in footprint.keys[number] ?? [] {
      let old = try count(footprint.base.tables[number], key)
      let new = try count(footprint.state.tables[number], key)
      if let found = violation(of: new, number, key, footprint.catalog) { throw found }
      let towards = lower != nil ? new ?? 0 < old ?? 0 : new ?? 0 > old ?? 0
      let removed = try footprint.removed(key, in: number) && !(lower ?? 0 <= 0 && upper ?? 0 >= 0)
      if towards || removed { try footprint.requireCoordination(for: self, in: table) }
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name) else { return nil }
    let rows = snapshot.state.tables[number]
    let keys = try rows.keys()
    while let key = try keys.next() {
      let value = try count(rows, key)
      if let found = violation(of: value, number, key, snapshot.catalog) { return found }
    }
    return nil
  }

  private func violation(
    of value: Int64?, _ number: Int, _ key: [UInt8], _ catalog: Catalog
  ) -> InvariantViolation? {
    guard let value, value < lower ?? .min || value > upper ?? .max else { return nil }
    return MerganserDatabase.violation(
      self, number, key, catalog, found: "\(value)",
      needed: lower.map { "\($0) or more" } ?? "\(upper ?? .max) or less")
  }
}
