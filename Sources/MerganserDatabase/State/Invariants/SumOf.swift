/// What counters show together is what a total shows, or nothing: a materialized view, or books of
/// double entry.
///
/// Each transaction changes both sides by the same amount, in slots of its replica's own, and is
/// visible as a whole; therefore it is I-confluent (Bailis et al., VLDB 2015, Table 2, materialized
/// views, and section 6, TPC-C's consistency condition 1). Deleting a row of the table is not: what
/// others count there meanwhile goes with it, and stays in the total.
public struct SumOf: FootprintRule {
  private struct Side: Sendable {
    let table: any AnyTable
    let sign: Int128
    let group: @Sendable ([UInt8]) -> [UInt8]?
    let count: RowCount
  }

  /// The name by which a violation is reported.
  public let name: String
  private let sides: [Side]

  /// The counters of `parts` that `grouping` puts together add up to the group's counter in `totals`.
  public init<Key, Part: Counted, Group: TableKey, Total: Counted>(
    _ name: String, of parts: Table<Key, Part>, in totals: Table<Group, Total>,
    by grouping: @escaping @Sendable (Key) -> Group
  ) {
    self.name = name
    sides = [
      Side(
        table: parts, sign: 1,
        group: { (try? Key(keyEncoded: $0)).map(grouping)?.keyEncoded() },
        count: .of(Part.self)),
      Side(table: totals, sign: -1, group: { $0 }, count: .of(Total.self)),
    ]
  }

  /// The counters of `entries` add up to nothing: what one gains another loses.
  public init<Key, Entry: Counted>(_ name: String, balancing entries: Table<Key, Entry>) {
    self.name = name
    sides = [
      Side(table: entries, sign: 1, group: { _ in [] }, count: .of(Entry.self))
    ]
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(kind: "SumOf", name: name, parameters: sides.map(\.table.name))
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    try rules.add(self, over: sides.map(\.table))
  }

  package func check(_ footprint: Footprint, _ place: RulePlace) throws {
    var changes: [[UInt8]: Int128] = [:]
    for (side, number) in zip(sides, place.tables) {
      for row in footprint.rows(of: number) {
        if !row.lives.removed.isEmpty {
          try footprint.requireCoordination(for: self, in: side.table)
        }
        let (old, new) = (side.count(row.before) ?? 0, side.count(row.after) ?? 0)
        guard let group = side.group(row.key) else { continue }
        changes[group, default: 0] += side.sign * (new - old)
      }
    }
    if let off = changes.filter({ $0.value != 0 }).keys.min(by: { $0.lexicographicallyPrecedes($1) }
    ) {
      throw violation(footprint.catalog, off, by: changes[off] ?? 0)
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    var sums: [[UInt8]: Int128] = [:]
    for side in sides {
      guard let number = snapshot.catalog.number(of: side.table.name) else { continue }
      var rows = try snapshot.state.tables[number].rows.entries()
      while let (key, row) = try rows.next() {
        guard let group = side.group(key) else { continue }
        sums[group, default: 0] += side.sign * (side.count(row) ?? 0)
      }
    }
    guard
      let off = sums.filter({ $0.value != 0 }).keys.min(by: { $0.lexicographicallyPrecedes($1) })
    else { return nil }
    return violation(snapshot.catalog, off, by: sums[off] ?? 0)
  }

  private func violation(
    _ catalog: Catalog, _ group: [UInt8], by difference: Int128
  ) -> InvariantViolation {
    let table = sides[sides.count - 1].table.name
    let text = catalog.number(of: table).map { catalog.tables[$0].text(ofKey: group) } ?? ""
    return InvariantViolation(
      invariant: name, table: table, key: sides.count == 1 ? "" : text,
      found: "a sum that is off by \(difference)", needed: "both sides changed by the same amount")
  }
}
