public import MerganserTypes

/// No two rows take the same resource at the same time: bookings of rooms, and what is like them.
///
/// Booking is not I-confluent: two replicas can book the same hour (Terry et al., *Managing Update
/// Conflicts in Bayou*, SOSP 1995, section 2). It is where each resource has an owner, who alone lets it.
public struct NoOverlap: FootprintRule {
  /// The name by which a violation is reported.
  public let name: String
  private let table: any AnyTable
  private let index: any IndexedRows
  private let owner: (@Sendable ([UInt8]) -> ReplicaID?)?

  /// Requires the half-open intervals that rows take of one resource to be apart.
  ///
  /// - Parameters:
  ///   - name: the invariant's name.
  ///   - table: the table.
  ///   - owner: who may let a resource without asking; the same on every replica, for ever.
  ///   - booking: what a written value takes. An empty interval takes nothing.
  public init<Key, Value: ConsistsOfWrites, Resource: TableKey>(
    _ name: String, on table: Table<Key, Value>,
    ownedBy owner: (@Sendable (Resource) -> ReplicaID?)? = nil,
    by booking: @escaping @Sendable (Key, Value.Written) -> (resource: Resource, Range<Int64>)
  ) {
    self.name = name
    self.table = table
    index = WrittenIndex<Key, Value> { key, written in
      let (resource, interval) = booking(key, written)
      return RuleIndex.Entry(
        resource: resource.keyEncoded(), lower: interval.lowerBound, upper: interval.upperBound)
    }
    if let owner {
      self.owner = { bytes in (try? Resource(keyEncoded: bytes)).flatMap(owner) }
    } else {
      self.owner = nil
    }
  }

  /// The rule as data.
  public var rule: SchemaDescription.Rule {
    SchemaDescription.Rule(
      kind: "NoOverlap", name: name, parameters: [table.name, owner == nil ? "chosen" : "owned"])
  }

  package func bind(to rules: inout RuleBook) throws(SchemaError) {
    try rules.add(self, over: [table], index: index)
  }

  package func check(_ footprint: Footprint) throws {
    guard let number = footprint.catalog.number(of: table.name),
      let place = footprint.catalog.rules.indexPlaces[name]
    else { return }
    for key in footprint.keys[number] ?? [] {
      let (before, entries) = try footprint.entries(of: key, in: number, by: place)
      if let conflict = try footprint.state.indexes[place].conflict(of: key, taking: entries) {
        throw found(conflict, number, footprint.catalog)
      }
      // A row that was created again keeps its place from a concurrent deletion: it takes it anew.
      let known =
        try footprint.inserted(key, in: number)
        ? [] : before
      for entry in entries where !known.contains(entry) {
        if let owner, owner(entry.resource) == footprint.author { continue }
        try footprint.requireCoordination(for: self, in: table)
      }
    }
  }

  package func violation(in snapshot: Snapshot) throws -> InvariantViolation? {
    guard let number = snapshot.catalog.number(of: table.name),
      let place = snapshot.catalog.rules.indexPlaces[name],
      let conflict = try snapshot.state.indexes[place].firstConflict()
    else { return nil }
    return found(conflict, number, snapshot.catalog)
  }

  private func found(
    _ conflict: RuleIndex.Conflict, _ number: Int, _ catalog: Catalog
  ) -> InvariantViolation {
    let (entry, other) = (conflict.entry, catalog.tables[number].text(ofKey: conflict.other))
    return MerganserDatabase.violation(
      self, number, conflict.key, catalog,
      found: "\(entry.lower)..<\(entry.upper) overlaps row \(other), which has \(conflict.taken)",
      needed: "an interval that nobody has")
  }
}
