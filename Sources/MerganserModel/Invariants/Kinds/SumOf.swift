/// What counters show together is what a total shows, or nothing: a materialized view, or books of
/// double entry.
///
/// Each transaction changes both sides by the same amount, in slots of its replica's own, and is
/// visible as a whole; therefore it is I-confluent (Bailis et al., VLDB 2015, Table 2, materialized
/// views, and section 6, TPC-C's consistency condition 1). Deleting a row of the table is not: what
/// others count there meanwhile goes with it, and stays in the total.
///
/// ```swift
/// SumOf("a total is what its parts are", of: parts, in: totals) { key in key.parent }
/// SumOf("the books balance", balancing: entries)
/// ```
public struct SumOf: OrderedInvariant {
  private struct Side: Sendable {
    let table: any AnyTable
    let sign: Int128
    let group: @Sendable ([UInt8]) -> [UInt8]?
    let count: RowCount
  }

  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let sides: [Side]

  /// The counters of `parts` that `grouping` puts together add up to the group's counter in `totals`.
  public init<Key, Part: Counted, Group: TableKey, Total: Counted>(
    _ name: String, of parts: Table<Key, Part>, in totals: Table<Group, Total>,
    by coordination: Coordination<Never> = .nobody,
    grouping: @escaping @Sendable (Key) -> Group
  ) {
    self.name = name
    group = coordination.group
    sides = [
      Side(
        table: parts, sign: 1,
        group: { (try? Key(keyEncoded: $0)).map(grouping)?.keyEncoded() },
        count: .of(Part.self)),
      Side(table: totals, sign: -1, group: { $0 }, count: .of(Total.self)),
    ]
  }

  /// The counters of `entries` add up to nothing: what one gains another loses.
  public init<Key, Entry: Counted>(
    _ name: String, balancing entries: Table<Key, Entry>,
    by coordination: Coordination<Never> = .nobody
  ) {
    self.name = name
    group = coordination.group
    sides = [
      Side(table: entries, sign: 1, group: { _ in [] }, count: .of(Entry.self))
    ]
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: sides.map(\.table.name))
      .ordered(in: group)
  }
}

extension SumOf {
  package static let kind = "SumOf"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard (1...2).contains(parameters.count) else { return nil }
    return InvariantTraits(
      tables: parameters, governs: parameters, decides: [], cannotLose: parameters, cascades: [],
      growth: .onlyWithItsTables, storesIndex: false, isCode: true,
      summary: parameters.joined(separator: ", "),
      remedy: "set the counter back instead of deleting its row",
      theory: ConfluenceTheory(
        theorems: [
          .yes(
            [.increment, .decrement, .insert, .transfer],
            reference: "\(ConfluenceTheorem.table2): materialized views, and section 6, TPC-C 1"),
          .no([.delete], reference: "what others count meanwhile stays in the total", instead: nil),
        ],
        closure: .sum, restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? { nil }

  package func needs() -> InvariantNeeds {
    InvariantNeeds(tables: sides.map(\.table), commit: .checked, asksVersions: false)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    var changes: [[UInt8]: Int128] = [:]
    for (side, number) in zip(sides, place.tables) {
      for row in footprint.rows(of: number) {
        if !row.lives.removed.isEmpty {
          try footprint.requireCoordination(for: self, in: side.table)
        }
        let old = side.count(row.before) ?? 0
        let new = side.count(row.after) ?? 0
        guard let group = side.group(row.key) else { continue }
        changes[group, default: 0] += side.sign * (new - old)
      }
    }
    if let off = changes.filter({ $0.value != 0 }).keys.min(by: { $0.lexicographicallyPrecedes($1) }
    ) {
      throw violation(in: footprint.state, at: place, group: off, by: changes[off] ?? 0)
    }
  }

  /// Nothing is asked: a sum hangs on what else is here, and a deletion can have taken rows of it.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    var sums: [[UInt8]: Int128] = [:]
    for (side, number) in zip(sides, place.tables) {
      try state.forEachRow(ofTable: number) { key, row in
        if let group = side.group(key) {
          sums[group, default: 0] += side.sign * (side.count(row) ?? 0)
        }
        return true
      }
    }
    let off = sums.filter { $0.value != 0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (group, difference) in off {
      if !body(violation(in: state, at: place, group: group, by: difference)) { return }
    }
  }

  private func violation(
    in state: any StateView, at place: InvariantPlace, group: [UInt8], by difference: Int128
  ) -> InvariantViolation {
    let last = sides.count - 1
    return InvariantViolation(
      invariant: name, table: sides[last].table.name,
      key: last == 0 ? "" : state.text(ofKey: group, in: place.tables[last]),
      found: "a sum that is off by \(difference)", needed: "both sides changed by the same amount")
  }
}
