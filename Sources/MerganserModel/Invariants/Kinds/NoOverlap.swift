import MerganserTypes

/// No two rows take the same resource at the same time: bookings of rooms, and what is like them.
///
/// Booking is not I-confluent: two replicas can book the same hour (Terry et al., *Managing Update
/// Conflicts in Bayou*, SOSP 1995, section 2). It is where each resource has an owner, who alone lets it.
///
/// ```swift
/// NoOverlap("a room is let once", on: stays, by: .owner(.creator)) { key, stay in (key.parent, stay.begin, stay.end) }
/// ```
public struct NoOverlap: OrderedInvariant {
  /// The name by which a violation is reported.
  public let name: String
  package var group: String?
  private let table: any AnyTable
  private let rows: IndexedRows
  private let owners: ResourceOwners?
  private let voiding: ShownEntries?
  /// Finds what ends before it begins.
  private let order: RowCheck

  @usableFromInline
  init(
    _ name: String, on table: any AnyTable, rows: @escaping IndexedRows,
    coordinated coordination: (owners: ResourceOwners?, group: String?, voiding: ShownEntries?),
    order: RowCheck
  ) {
    self.name = name
    group = coordination.group
    self.table = table
    self.rows = rows
    owners = coordination.owners
    voiding = coordination.voiding
    self.order = order
  }

  /// Requires the half-open intervals that rows take of one resource to be apart, and to end no sooner than
  /// they begin.
  ///
  /// - Parameters:
  ///   - name: the invariant's name.
  ///   - table: the table.
  ///   - coordination: who lets resources: their owners, who then alone write again a value that takes some of one, or
  ///     one order; or nobody, and rows that take what another one has are void. Nobody if nothing is said.
  ///   - booking: what a written value takes, from the first moment to before the second. An empty interval takes
  ///     nothing. A write in which the second comes before the first is refused, from other replicas too.
  @inlinable
  public init<Key, Value: ConsistsOfWrites, Resource: TableKey>(
    _ name: String, on table: Table<Key, Value>,
    by coordination: Coordination<Resource> = .nobody,
    booking:
      @escaping @Sendable (Key, Value.Written) -> (resource: Resource, from: Int64, to: Int64)
  ) {
    let entry: @Sendable (Key, Value.Written) -> IndexEntry = { key, written in
      let (resource, lower, upper) = booking(key, written)
      return IndexEntry(resource: resource.keyEncoded(), lower: lower, upper: upper)
    }
    let order = RowCheck(of: table) { key, written in
      let (_, lower, upper) = booking(key, written)
      if lower <= upper { return nil }
      return InvariantViolation(
        invariant: name, table: table.name, key: "\(key)",
        found: "an interval from \(lower) to \(upper)",
        needed: "one that ends no sooner than it begins")
    }
    self.init(
      name, on: table, rows: IndexEntry.rows(of: table, by: entry),
      coordinated: (
        coordination.owner.map(ResourceOwners.init), coordination.group,
        coordination.isVoiding ? IndexEntry.shown(of: table, by: entry) : nil
      ), order: order)
  }

  /// The invariant as data.
  public var description: SchemaDescription.Invariant {
    let how = voiding != nil ? "void" : owners == nil ? "chosen" : "owned"
    return SchemaDescription.Invariant(kind: Self.kind, name: name, parameters: [table.name, how])
      .ordered(in: group)
  }
}

extension NoOverlap {
  package static let kind = "NoOverlap"

  package static func traits(of parameters: [String]) -> InvariantTraits? {
    guard parameters.count == 2, ["chosen", "owned", "void"].contains(parameters[1]) else {
      return nil
    }
    let isOwned = parameters[1] == "owned"
    let isVoiding = parameters[1] == "void"
    let theorems: [ConfluenceTheorem] =
      isVoiding
      ? [.yes(WriteKind.every, reference: ConfluenceTheorem.voiding)]
      : isOwned
        ? [.yes(WriteKind.every, reference: "Terry et al., Bayou, SOSP 1995; by partition")]
        : [
          .yes([.delete], reference: "removing intervals leaves the others apart"),
          .no(
            [.insert, .write], reference: "Terry et al., Bayou, SOSP 1995, section 2",
            instead: "an owner for each resource", isKeptByOrder: true),
        ]
    let table = parameters[0]
    return InvariantTraits(
      tables: [table], governs: [table], decides: [], cannotLose: [], cascades: [],
      growth: .onlyWithItsTables, storesIndex: true, isCode: true,
      summary: parameters.joined(separator: ", "),
      remedy: "say who lets each resource (by: .owner, .order or .voiding)",
      theory: ConfluenceTheory(
        theorems: theorems, closure: isVoiding ? nil : isOwned ? .owned : .apart,
        restsOnOwners: isOwned, local: nil))
  }

  package static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)? { nil }

  package func needs() -> InvariantNeeds {
    InvariantNeeds(
      tables: [table], index: rows, voids: voiding, commit: .checked, asksVersions: true)
  }

  package func check(_ footprint: Footprint, at place: InvariantPlace) throws {
    let index = try place.index(for: self)
    let number = place.tables[0]
    try order.require(
      of: footprint.rows(of: number), in: footprint.state.definition(ofTable: number))
    for row in footprint.rows(of: number) {
      let taken = footprint.taken(by: row, in: index, showing: voiding)
      let conflict = try footprint.state.conflict(inIndex: index, of: row.key, taking: taken)
      if let conflict {
        throw found(conflict, number: number, state: footprint.state)
      }
      if voiding != nil { continue }
      try footprint.requireOwnership(
        of: taken, by: row, in: index, indexed: rows, owners: owners, for: self, in: table)
    }
  }

  package func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) -> VersionObstacle? {
    order.obstacle(to: write, from: version)
      ?? version.ownedElsewhere(write, indexed: rows, owners: owners)
  }

  package func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws {
    var goesOn = true
    try order.forEachViolation(in: state, table: place.tables[0]) {
      goesOn = body($0)
      return goesOn
    }
    guard goesOn, voiding == nil,
      let conflict = try state.firstConflict(inIndex: place.index(for: self))
    else {
      return
    }
    _ = body(found(conflict, number: place.tables[0], state: state))
  }

  private func found(
    _ conflict: IndexConflict, number: Int, state: any StateView
  ) -> InvariantViolation {
    let entry = conflict.entry
    let other = state.text(ofKey: conflict.other, in: number)
    return state.violation(
      of: self, in: number, under: conflict.key,
      found: "\(entry.lower)..<\(entry.upper) overlaps row \(other), which has \(conflict.taken)",
      needed: "an interval that nobody has")
  }
}
