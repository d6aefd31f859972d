import MerganserModel

/// Which tables of a schema are ordered together.
///
/// A group is closed: an invariant's tables lie all in one or in none; rows of a group come, change and go by its ordered
/// transactions alone, so that no cascade from outside reaches them. Of a parent outside with ordered children the
/// deletion alone is ordered.
struct TableGroups: Sendable {
  /// By table: its group.
  private var groups: [String?]
  /// By table in no group: the group in whose order its rows are deleted.
  private var deletions: [String?]
  /// Whether there are none.
  let isEmpty: Bool

  /// The groups of a schema.
  ///
  /// - Throws: ``/MerganserModel/SchemaError/invalidInvariant(_:reason:)``, if one is not closed.
  init(
    _ invariants: [SchemaDescription.Invariant], numbers: [String: Int]
  ) throws(SchemaError) {
    groups = Array(repeating: nil, count: (numbers.values.max() ?? -1) + 1)
    deletions = groups
    isEmpty = invariants.allSatisfy { $0.group == nil }
    if isEmpty { return }
    var reasons: [Int: String] = [:]
    for invariant in invariants {
      guard let group = invariant.group else { continue }
      guard Catalog.isTableName(group) else {
        throw .invalidInvariant(
          invariant.name,
          reason: "a group's name has 1 to 128 bytes of text without control characters")
      }
      for (table, number) in Self.numbered(invariant.traits.orderedTables, by: numbers) {
        if let other = groups[number], other != group {
          throw .invalidInvariant(
            invariant.name,
            reason: """
              table \(table) is ordered with the group \(other) by "\(reasons[number] ?? "")", and cannot be in \
              \(group) too; let both name one group
              """)
        }
        groups[number] = group
        reasons[number] = invariant.name
      }
    }
    for invariant in invariants {
      if let group = invariant.group {
        try orderDeletions(by: invariant, in: group, numbers: numbers)
      } else {
        try requireClosed(invariant, numbers: numbers)
      }
    }
  }

  /// The group that a table is in; `nil` if it is in none.
  func group(of table: Int) -> String? { groups[table] }

  /// The group in whose order rows of a table are deleted that is in none; `nil` if there is none.
  func groupOfDeletions(from table: Int) -> String? { deletions[table] }

  private static func numbered(
    _ tables: [String], by numbers: [String: Int]
  ) -> [(name: String, number: Int)] {
    tables.compactMap { table in numbers[table].map { (table, $0) } }
  }

  private mutating func orderDeletions(
    by invariant: SchemaDescription.Invariant, in group: String, numbers: [String: Int]
  ) throws(SchemaError) {
    for (table, number) in Self.numbered(invariant.traits.ordersDeletionsOf, by: numbers)
    where groups[number] != group {
      if let other = groups[number] ?? deletions[number], other != group {
        throw .invalidInvariant(
          invariant.name,
          reason: """
            rows of \(table) are deleted in the order of \(other), and cannot be in that of \(group) too; let both \
            name one group
            """)
      }
      deletions[number] = group
    }
  }

  /// Refuses an invariant that is kept without an order, and is about what is ordered.
  private func requireClosed(
    _ invariant: SchemaDescription.Invariant, numbers: [String: Int]
  ) throws(SchemaError) {
    // Nothing is written to what a kind is about that is not known here.
    guard invariant.isUnderstood else { return }
    let traits = invariant.traits
    let tables = Self.numbered(traits.tables, by: numbers)
    guard let first = tables.first(where: { groups[$0.number] != nil }),
      let group = groups[first.number]
    else { return }
    let isInOne = tables.allSatisfy { groups[$0.number] == group }
    if let local = traits.theory.local, local.means == .cascade {
      let children = Self.numbered(traits.cascades.map(\.child), by: numbers)
      let isFromOutside = Self.numbered(traits.cascades.map(\.parent), by: numbers).contains {
        groups[$0.number] != group
      }
      let isIntoAnother = children.contains {
        groups[$0.number].map { $0 != group } ?? false
      }
      if !isFromOutside, !isIntoAnother { return }
      throw .invalidInvariant(
        invariant.name,
        reason: """
          deleting a parent would take rows of the group \(group) with it, which change in its order alone; put both \
          tables into the group, or declare onDelete: .restrict, by: .order("\(group)")
          """)
    }
    let keepsItself = WriteKind.every.allSatisfy { kind in
      traits.theory.theorems.contains { $0.isConfluent && $0.writes.contains(kind) }
    }
    if isInOne, keepsItself, !traits.theory.restsOnOwners, traits.theory.local == nil { return }
    let how =
      traits.theory.local == nil
      ? "declare it by: .order(\"\(group)\"), with all of its tables"
      : "what replicas hold rights to is not ordered; declare Limit over a PNCounter, by: .order(\"\(group)\")"
    throw .invalidInvariant(
      invariant.name, reason: "its table \(first.name) is ordered with the group \(group); \(how)")
  }
}

extension DatabaseState {
  /// Refuses what writes to ordered tables and is not ordered, or leaves its group.
  ///
  /// - Throws: ``/MerganserModel/TransactionError/ordered(table:group:)``;
  ///   ``/MerganserModel/TransactionError/leavesGroup(_:table:)``.
  func checkOrder(
    _ written: ArraySlice<ReplacedRow>, catalog: Catalog, order: Clearance.Order
  ) throws(TransactionError) {
    let groups = catalog.groups
    if groups.isEmpty || order == .start { return }
    var entered: String?
    for row in written {
      let deletes = row.lives.removed.isEmpty ? nil : groups.groupOfDeletions(from: row.table)
      guard let group = groups.group(of: row.table) ?? deletes else { continue }
      let name = catalog.tables[row.table].name
      if order == .nothing { throw .ordered(table: name, group: group) }
      if let entered, entered != group { throw .leavesGroup(entered, table: name) }
      entered = group
    }
    guard let entered else { return }
    for row in written where groups.group(of: row.table) == nil {
      let name = catalog.tables[row.table].name
      let isDeletion = row.after == nil && groups.groupOfDeletions(from: row.table) == entered
      if isDeletion || systemTableNames.contains(name) { continue }
      throw .leavesGroup(entered, table: name)
    }
  }
}
