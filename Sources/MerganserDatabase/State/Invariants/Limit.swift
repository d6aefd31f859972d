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
  private let count: RowCount

  /// Keeps counters at or above a limit.
  @inlinable
  public init<Key, Counter: Counted>(
    _ name: String, _ table: Table<Key, Counter>, atLeast limit: Int64
  ) {
    self.init(name, table, .of(Counter.self), lower: limit, upper: nil)
  }

  /// Keeps counters at or below a limit.
  @inlinable
  public init<Key, Counter: Counted>(
    _ name: String, _ table: Table<Key, Counter>, atMost limit: Int64
  ) {
    self.init(name, table, .of(Counter.self), lower: nil, upper: limit)
  }

  @usableFromInline
  init(_ name: String, _ table: any AnyTable, _ count: RowCount, lower: Int64?, upper: Int64?) {
    self.name = name
    self.table = table
    self.lower = lower
    self.upper = upper
    self.count = count
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

  package func check(_ footprint: Footprint, _ place: RulePlace) throws {
    let number = place.tables[0]
    for row in footprint.rows(of: number) {
      let (old, new) = (count(row.before), count(row.after))
      if let found = violation(of: new, number, row.key, footprint.catalog) { throw found }
      let towards = lower != nil ? new ?? 0 < old ?? 0 : new ?? 0 > old ?? 0
      let removed = !row.lives.removed.isEmpty && !(lower ?? 0 <= 0 && upper ?? 0 >= 0)
      if towards || removed { try footprint.requireCoordination(for: self, in: table) }
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name) else { return nil }
    var rows = try snapshot.state.tables[number].rows.entries()
    while let (key, row) = try rows.next() {
      if let found = violation(of: count(row), number, key, snapshot.catalog) { return found }
    }
    return nil
  }

  private func violation(
    of value: Int128?, _ number: Int, _ key: [UInt8], _ catalog: Catalog
  ) -> InvariantViolation? {
    guard let value, lower.map({ value < $0 }) ?? false || upper.map({ value > $0 }) ?? false
    else { return nil }
    return MerganserDatabase.violation(
      self, number, key, catalog, found: "\(value)",
      needed: lower.map { "\($0) or more" } ?? "\(upper ?? .max) or less")
  }
}
