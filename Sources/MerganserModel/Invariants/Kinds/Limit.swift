/// The plain counters of a table never pass a limit.
///
/// Moving away from the limit is I-confluent, moving towards it is not (Bailis et al., VLDB 2015, Table
/// 2: counters under > and <). ``Bounds`` keeps the same limit without coordination, by escrow.
///
/// ```swift
/// Limit("no savings below 0", on: accounts, atLeast: 0)
/// Limit("a hall has 40 seats", on: seats, atMost: 40, by: .order("halls"))
/// ```
public struct Limit: OrderedInvariant {
  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let table: any AnyTable
  private let lower: Int64?
  private let upper: Int64?
  private let count: RowCount

  /// Keeps counters at or above a limit: by one order if `coordination` says so.
  @inlinable
  public init<Key, Counter: Counted>(
    _ name: String, on table: Table<Key, Counter>, atLeast limit: Int64,
    by coordination: Coordination<Never> = .nobody
  ) {
    self.init(
      name, on: table, count: .of(Counter.self), lower: limit, upper: nil, group: coordination.group
    )
  }

  /// Keeps counters at or below a limit: by one order if `coordination` says so.
  @inlinable
  public init<Key, Counter: Counted>(
    _ name: String, on table: Table<Key, Counter>, atMost limit: Int64,
    by coordination: Coordination<Never> = .nobody
  ) {
    self.init(
      name, on: table, count: .of(Counter.self), lower: nil, upper: limit, group: coordination.group
    )
  }

  @usableFromInline
  init(
    _ name: String, on table: any AnyTable, count: RowCount, lower: Int64?, upper: Int64?,
    group: String?
  ) {
    self.name = name
    self.group = group
    self.table = table
    self.lower = lower
    self.upper = upper
    self.count = count
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(
      kind: Self.kind, name: name,
      parameters: [
        table.name, lower.map(String.init) ?? "", upper.map(String.init) ?? "",
      ]
    ).ordered(in: group)
  }
}

extension Limit {
  package static let kind = "Limit"

  /// The table and the limit in a description, and whether it is a lower one.
  private static func limit(
    _ parameters: [String]
  ) -> (table: String, limit: Int64, isLower: Bool)? {
    guard parameters.count == 3, parameters[1].isEmpty != parameters[2].isEmpty,
      let limit = Int64(parameters[1].isEmpty ? parameters[2] : parameters[1])
    else { return nil }
    return (parameters[0], limit, !parameters[1].isEmpty)
  }

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard let (table, limit, isLower) = limit(parameters) else { return nil }
    let (away, towards) =
      isLower ? (WriteKind.increment, WriteKind.decrement) : (.decrement, .increment)
    let sign = isLower ? ">" : "<"
    // Without a row a counter shows 0.
    let standsLoss = isLower ? limit <= 0 : limit >= 0
    return InvariantTraits(
      tables: [table], governs: [table], decides: [], cannotLose: standsLoss ? [] : [table],
      cascades: [], growth: .onlyWithItsTables, storesIndex: false, isCode: false,
      summary: "\(table) \(isLower ? "at least" : "at most") \(limit)",
      remedy: "declare Bounds over an EscrowCounter",
      theory: ConfluenceTheory(
        theorems: [
          .yes(
            [away, .insert],
            reference: "\(ConfluenceTheorem.table2): counter \(sign), \(away.rawValue)"),
          .no(
            [towards],
            reference: "\(ConfluenceTheorem.table2): counter \(sign), \(towards.rawValue)",
            instead: "Bounds over an EscrowCounter", isKeptByOrder: true),
          // Without writes towards the limit each creation of a row lies on that side of 0, and so do those that are left.
          standsLoss
            ? .yes(
              [.delete], without: [towards],
              reference: "what is left of a row lies away from the limit")
            : nil,
          // Who alone makes the writes towards the limit, and deletions, deletes these with all that it knows: what is left
          // of others lies away from the limit, on that side of 0.
          .no(
            [.delete], reference: "what others count meanwhile goes with the row", instead: nil,
            isKeptByOrder: standsLoss),
        ].compactMap { $0 },
        closure: .counter(limit: limit, isLower: isLower), restsOnOwners: false, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? {
    guard let (table, limit, isLower) = limit(parameters), let table = tables[table],
      let counter = (table as? any TableDefinition)?.types.value as? any Counted.Type
    else { return nil }
    return Limit(
      name, on: table, count: .of(counter), lower: isLower ? limit : nil,
      upper: isLower ? nil : limit, group: nil)
  }

  package func needs() -> InvariantNeeds {
    InvariantNeeds(tables: [table], commit: .checked, asksVersions: false)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let number = place.tables[0]
    for row in footprint.rows(of: number) {
      let old = count(row.before)
      let new = count(row.after)
      if let found = violation(of: new, number: number, key: row.key, state: footprint.state) {
        throw found
      }
      let towards = lower != nil ? new ?? 0 < old ?? 0 : new ?? 0 > old ?? 0
      let removed = !row.lives.removed.isEmpty && !(lower ?? 0 <= 0 && upper ?? 0 >= 0)
      if towards || removed { try footprint.requireCoordination(for: self, in: table) }
    }
  }

  /// Nothing is asked: what counters come to together hangs on what else is here.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? { nil }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    try state.forEachRow(ofTable: place.tables[0]) { key, row in
      violation(of: count(row), number: place.tables[0], key: key, state: state).map(body) ?? true
    }
  }

  private func violation(
    of value: Int128?, number: Int, key: [UInt8], state: any StateView
  ) -> InvariantViolation? {
    guard let value, lower.map({ value < $0 }) ?? false || upper.map({ value > $0 }) ?? false
    else { return nil }
    return state.violation(
      of: self, in: number, under: key, found: "\(value)",
      needed: lower.map { "\($0) or more" } ?? "\(upper ?? .max) or less")
  }
}
