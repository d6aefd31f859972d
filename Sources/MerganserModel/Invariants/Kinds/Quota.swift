import MerganserTypes

/// A group has at most, or at least, so many rows: three shifts a nurse and week, an administrator in each team.
///
/// Neither is I-confluent: two replicas can each add the last row that a group has room for, and each take away one
/// of the last two. Both are where each group has an owner, who alone writes to its rows.
///
/// ```swift
/// Quota("a nurse works at most 3 shifts", atMost: 3, of: shifts) { _, shift in shift.nurse }
/// Quota("a team has an administrator", atLeast: 1, of: administrators, in: teams) { key in key.parent }
/// ```
public struct Quota: OrderedInvariant {
  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let table: any AnyTable
  /// The table of the groups, where each has at least so many rows.
  private let groups: (any AnyTable)?
  private let limit: Int
  private let rows: IndexedRows
  private let owners: ResourceOwners?
  private let isVoiding: Bool
  /// Whether a row's group hangs on its value, of which a merge may show another one than was written.
  private let isByValue: Bool
  private let text: @Sendable (_ group: [UInt8]) -> String

  @usableFromInline
  init(
    _ name: String, limit: Int, of table: any AnyTable, in groups: (any AnyTable)?,
    rows: @escaping IndexedRows,
    coordinated coordination: (owners: ResourceOwners?, group: String?, isVoiding: Bool),
    isByValue: Bool = true, text: @escaping @Sendable ([UInt8]) -> String
  ) {
    self.name = name
    self.isByValue = isByValue
    self.table = table
    self.groups = groups
    self.limit = limit
    self.rows = rows
    owners = coordination.owners
    group = coordination.group
    isVoiding = coordination.isVoiding
    self.text = text
  }

  /// Allows each group at most so many rows.
  ///
  /// - Parameters:
  ///   - name: the invariant's name.
  ///   - limit: how many rows.
  ///   - table: the table.
  ///   - coordination: who adds rows to a group: its owner, who then alone writes again to one that is in it, or one
  ///     order; nobody if nothing is said.
  ///   - grouping: the group of a written value.
  /// - Complexity: a commit counts up to `limit` rows of each group that gets one.
  @inlinable
  public init<Key, Value: ConsistsOfWrites, Group: TableKey>(
    _ name: String, atMost limit: Int, of table: Table<Key, Value>,
    by coordination: Coordination<Group> = .nobody,
    per grouping: @escaping @Sendable (Key, Value.Written) -> Group
  ) {
    self.init(
      name, limit: limit, of: table, in: nil, rows: Self.rows(of: table, by: grouping),
      coordinated: (
        coordination.owner.map(ResourceOwners.init), coordination.group, coordination.isVoiding
      ),
      text: Self.text(of: Group.self))
  }

  /// Requires each group that has a row in the table of the groups to have at least so many rows.
  ///
  /// - Parameters:
  ///   - name: the invariant's name.
  ///   - limit: how many rows.
  ///   - table: the table.
  ///   - groups: the groups, by their keys. One is created with its rows, in one transaction. Where a cascade takes
  ///     rows of the table with others, these are deleted in one order or with ``Scope/localOnly``, groups too:
  ///     a group that is created again meanwhile would have lost them.
  ///   - coordination: one order; nobody if nothing is said. An owner is refused: of a row that two owners write apart one
  ///     value shows, and the other's group has lost it. Let the group follow from the key.
  ///   - grouping: the group of a written value.
  /// - Complexity: a commit counts up to `limit` rows of each group that loses one, or comes to be.
  @inlinable
  public init<Key, Value: ConsistsOfWrites, Group: TableKey, GroupValue>(
    _ name: String, atLeast limit: Int, of table: Table<Key, Value>,
    in groups: Table<Group, GroupValue>, by coordination: Coordination<Group> = .nobody,
    per grouping: @escaping @Sendable (Key, Value.Written) -> Group
  ) {
    self.init(
      name, limit: limit, of: table, in: groups, rows: Self.rows(of: table, by: grouping),
      coordinated: (
        coordination.owner.map(ResourceOwners.init), coordination.group, coordination.isVoiding
      ),
      text: Self.text(of: Group.self))
  }

  /// Requires each group that has a row in the table of the groups to have at least so many rows, where the group of a row
  /// follows from its key.
  ///
  /// So a group can have an owner: what the owner counts stays in the group, whatever others write.
  ///
  /// - Parameters:
  ///   - name: the invariant's name.
  ///   - limit: how many rows.
  ///   - table: the table.
  ///   - groups: the groups, as in ``init(_:atLeast:of:in:by:per:)``.
  ///   - coordination: who creates a group, and writes to rows that are in it or come to be: its owner, or one order;
  ///     nobody if nothing is said.
  ///   - grouping: the group of a key.
  /// - Complexity: a commit counts up to `limit` rows of each group that loses one, or comes to be.
  @inlinable
  public init<Key, Value: ConsistsOfWrites, Group: TableKey, GroupValue>(
    _ name: String, atLeast limit: Int, of table: Table<Key, Value>,
    in groups: Table<Group, GroupValue>, by coordination: Coordination<Group> = .nobody,
    per grouping: @escaping @Sendable (Key) -> Group
  ) {
    self.init(
      name, limit: limit, of: table, in: groups,
      rows: Self.rows(of: table) { key, _ in grouping(key) },
      coordinated: (
        coordination.owner.map(ResourceOwners.init), coordination.group, coordination.isVoiding
      ), isByValue: false, text: Self.text(of: Group.self))
  }

  @usableFromInline
  static func rows<Key: TableKey, Value: ConsistsOfWrites, Group: TableKey>(
    of table: Table<Key, Value>, by grouping: @escaping @Sendable (Key, Value.Written) -> Group
  ) -> IndexedRows {
    IndexEntry.rows(of: table) { key, written in
      IndexEntry.unit(of: grouping(key, written).keyEncoded())
    }
  }

  @usableFromInline
  static func text<Group: TableKey>(of: Group.Type) -> @Sendable ([UInt8]) -> String {
    { bytes in (try? Group(keyEncoded: bytes)).map { "\($0)" } ?? "\(bytes)" }
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    SchemaDescription.Invariant(
      kind: Self.kind, name: name,
      parameters: [
        table.name, groups?.name ?? "", "\(limit)", owners == nil ? "chosen" : "owned",
      ]
    ).ordered(in: group)
  }
}

extension Quota {
  package static let kind = "Quota"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard parameters.count == 4, let limit = Int(parameters[2]), (0..<Int.max).contains(limit),
      ["chosen", "owned"].contains(parameters[3])
    else { return nil }
    let table = parameters[0]
    let isOwned = parameters[3] == "owned"
    let groups = parameters[1].isEmpty ? nil : parameters[1]
    let tables = [table] + (groups.map { [$0] } ?? [])
    return InvariantTraits(
      tables: tables, governs: tables, decides: [],
      // What is gone from a group that may have no fewer.
      cannotLose: groups == nil ? [] : [table], cascades: [], growth: .onlyWithItsTables,
      storesIndex: true, isCode: true,
      summary: groups.map { "at least \(limit) of \(table) for each of \($0)" }
        ?? "at most \(limit) of \(table)",
      remedy: "say who adds to each group (by: .owner or .order)",
      theory: ConfluenceTheory(
        theorems: isOwned ? owned : groups.map { atLeast(table, groups: $0) } ?? atMost,
        closure: nil,
        restsOnOwners: isOwned, local: nil))
  }

  private static let owned = [
    ConfluenceTheorem.yes(
      WriteKind.every,
      reference: "\(ConfluenceTheorem.table2): specific values, partitioned by owner")
  ]

  private static let atMost = [
    ConfluenceTheorem.yes([.delete], reference: "what is taken away leaves more room"),
    .no(
      [.insert, .write],
      reference: "\(ConfluenceTheorem.table2): counter <, increment; rows are counted",
      instead: "an owner for each group", isKeptByOrder: true),
  ]

  private static func atLeast(_ table: String, groups: String) -> [ConfluenceTheorem] {
    let reference = "\(ConfluenceTheorem.table2): counter >, decrement; rows are counted"
    return [
      .yes([.delete, .write], in: groups, reference: "a group that is gone needs no rows"),
      .no(
        [.insert], in: groups, reference: reference, instead: "an owner for each group",
        isKeptByOrder: true),
      .no(
        [.insert, .delete, .write], in: table, reference: reference,
        instead: "an owner for each group",
        isKeptByOrder: true),
    ]
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? { nil }

  package func needs() throws(SchemaError) -> InvariantNeeds {
    guard (0..<Int.max).contains(limit) else {
      throw .invalidInvariant(name, reason: "a group has 0 rows or more; found \(limit)")
    }
    if isVoiding {
      throw .invalidInvariant(
        name, reason: "rows beyond a quota are not made void; say by: .owner or by: .order")
    }
    if groups != nil, owners != nil, isByValue {
      throw .invalidInvariant(
        name,
        reason:
          "of a row that two owners write apart one value shows, and the other's group has lost it; let the "
          + "group follow from the key, or say by: .order")
    }
    guard groups?.name != table.name else {
      throw .invalidInvariant(name, reason: "the rows of a table are no groups of themselves")
    }
    return InvariantNeeds(
      tables: [table] + (groups.map { [$0] } ?? []), index: rows, commit: .checked,
      asksVersions: owners != nil)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let index = try place.index(for: self)
    let state = footprint.state
    for row in footprint.rows(of: place.tables[0]) {
      let change = row.indexed.first { $0.index == index }
      guard groups != nil else {
        let taken = footprint.taken(by: row, in: index)
        for entry in taken {
          if try state.count(inIndex: index, of: entry.resource, upTo: limit + 1) > limit {
            throw tooMany(row.key, at: place, in: state, of: text(entry.resource))
          }
        }
        try footprint.requireOwnership(
          of: taken, by: row, in: index, indexed: rows, owners: owners, for: self, in: table)
        continue
      }
      let before = change?.before ?? []
      let after = change?.after ?? []
      for entry in before.without(after) {
        try requireEnough(of: entry.resource, at: place, in: state)
      }
      // A write to a row that is in a group already can win over one that moved it to another.
      try footprint.requireOwnership(
        of: before.without(after) + after, by: row, in: index, indexed: rows, owners: owners,
        for: self, in: table)
    }
    guard let groups, place.tables.count > 1 else { return }
    for group in footprint.rows(of: place.tables[1]) where !group.lives.created.isEmpty {
      try requireEnough(of: group.key, at: place, in: state)
      try footprint.requireOwnership(
        of: [IndexEntry.unit(of: group.key)], by: group, in: index, indexed: rows, owners: owners,
        for: self, in: groups)
    }
  }

  /// What a row is in is asked.
  ///
  /// What another replica deletes or moves away is not: in which group it was hangs on
  /// what is here.
  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? {
    version.ownedElsewhere(write, indexed: rows, owners: owners)
  }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    let index = try place.index(for: self)
    guard place.tables.count > 1 else {
      return try state.forEachExcess(inIndex: index, beyond: limit) { key in
        body(tooMany(key, at: place, in: state, of: nil))
      }
    }
    try state.forEachKey(ofTable: place.tables[1]) { group in
      try tooFew(of: group, at: place, in: state).map(body) ?? true
    }
  }

  private func requireEnough(
    of group: [UInt8], at place: InvariantPlace, in state: any StateView
  ) throws {
    guard place.tables.count > 1, try state.row(group, ofTable: place.tables[1]) != nil else {
      return
    }
    if let found = try tooFew(of: group, at: place, in: state) { throw found }
  }

  private func tooFew(
    of group: [UInt8], at place: InvariantPlace, in state: any StateView
  ) throws -> InvariantViolation? {
    let index = try place.index(for: self)
    let count = try state.count(inIndex: index, of: group, upTo: limit)
    if count >= limit { return nil }
    return state.violation(
      of: self, in: place.tables[1], under: group, found: "\(count) rows of \(table.name)",
      needed: "at least \(limit)")
  }

  private func tooMany(
    _ key: [UInt8], at place: InvariantPlace, in state: any StateView, of group: String?
  ) -> InvariantViolation {
    state.violation(
      of: self, in: place.tables[0], under: key,
      found: "a row too many\(group.map { " of \($0)" } ?? "")",
      needed: "at most \(limit) in a group")
  }
}
