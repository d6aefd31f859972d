public import MerganserModel

// A schema may grow while its data stays: by tables, by invariants that are about these alone, and by invariants on
// single rows, which the rows that are there can be asked for. It loses nothing again: of two schemas, of
// which one grew from the other, it is plain which is the later.
extension SchemaDescription {
  /// The later of this schema and `other`, by which replicas under the two of them meet.
  ///
  /// Whatever `other` says of a table or an invariant that is in this schema is compared, and changes nothing: nobody
  /// knows whether a program that has the types said it. Only tables and invariants that are new come from `other`.
  ///
  /// - Throws: ``/MerganserModel/ReplicationError/otherLayout(_:)``, if they read a table's rows in different ways;
  ///   ``/MerganserModel/ReplicationError/otherSchema(ours:theirs:)``, if neither grew from the other;
  ///   ``/MerganserModel/ReplicationError/uncheckedInvariant(_:lackedBy:)``, if the rows of the earlier may break an invariant of the later;
  ///   ``/MerganserModel/ReplicationError/malformedSchema(reason:)``, if `other` is none of a schema.
  public func later(_ other: SchemaDescription) throws(ReplicationError) -> SchemaDescription {
    if other == self { return self }
    if let fault = other.fault { throw .malformedSchema(reason: fault) }
    if let difference = layoutDifference(from: other) { throw .otherLayout(difference) }
    let (earlier, later): (SchemaDescription, SchemaDescription)
    if hindrance(toGrowingFrom: other) == nil {
      (earlier, later) = (other, self)
    } else if other.hindrance(toGrowingFrom: self) == nil {
      earlier = self
      later = grown(by: other)
    } else {
      throw .otherSchema(ours: fingerprint, theirs: other.fingerprint)
    }
    if let invariant = later.invariantsToCheck(growingFrom: earlier).first {
      throw .uncheckedInvariant(invariant.name, lackedBy: nil)
    }
    return later
  }

  /// This schema with the tables and the invariants of `later` that it does not have.
  ///
  /// The invariants have the order of the program that declared the new ones, as the fingerprint counts it, if that
  /// leaves the invariants of this schema in their order.
  private func grown(by later: SchemaDescription) -> SchemaDescription {
    let known = Set(tables.map(\.name))
    let old = Set(invariants)
    let new = later.tables.filter { !known.contains($0.name) }
    let keepsOrder = later.invariants.filter(old.contains) == invariants
    return SchemaDescription(
      tables: tables + new,
      invariants: keepsOrder
        ? later.invariants : invariants + later.invariants.filter { !old.contains($0) })
  }

  /// Why no program can have declared this schema; `nil` if one can.
  private var fault: String? {
    if let excess { return excess }
    var known = Set<String>()
    for table in tables {
      guard Catalog.isTableName(table.name) else {
        return "\"\(table.name.shortened)\" is no name for a table"
      }
      guard known.insert(table.name).inserted else { return "table \(table.name) is in it twice" }
    }
    known = []
    for invariant in invariants where !known.insert(invariant.name).inserted {
      return "the invariant \"\(invariant.name)\" is in it twice"
    }
    let names = Set(tables.map(\.name))
    for invariant in invariants {
      guard invariant.isUnderstood else {
        return """
          this program does not know what the invariant "\(invariant.name.shortened)" says, \(invariant.kind.shortened) of \
          \(invariant.parameters.count) parameters; use a version that does
          """
      }
      if let table = invariant.traits.tables.first(where: { !names.contains($0) }) {
        return "the invariant \"\(invariant.name)\" is about a table \(table) that is not in it"
      }
    }
    return nil
  }

  /// Why what was written under `earlier` cannot go on under this schema; `nil` if it can.
  ///
  /// Invariants that decide what a row holds (bounds and references of tables that are there) or that
  /// compare rows of several replicas cannot be added afterwards: no replica sees by itself whether the
  /// others' rows keep them. Nor can invariants that do not stand the loss of rows, where these go with rows
  /// that who does not know the invariant may delete. And no invariant is dropped: who lacks it is the earlier.
  public func hindrance(toGrowingFrom earlier: SchemaDescription) -> String? {
    let old = Set(earlier.tables.map(\.name))
    for table in earlier.tables {
      guard let found = tables.first(where: { $0.name == table.name }) else {
        return "table \(table.name), which holds \(table.types), is missing"
      }
      if let difference = found.difference(from: table) { return "\(difference)" }
    }
    for invariant in earlier.invariants where !invariants.contains(invariant) {
      return
        "the invariant \(invariant.kind) \"\(invariant.name)\" \(invariant.parameters) is missing"
    }
    for invariant in invariants where !earlier.invariants.contains(invariant) {
      let traits = invariant.traits
      if traits.growth == .byCheckingRows || traits.governs.allSatisfy({ !old.contains($0) }) {
        continue
      }
      return """
        the invariant \(invariant.kind) \"\(invariant.name)\" \(invariant.parameters) is new, and about a table that is not
        """
    }
    let new = Set(invariants.filter { !earlier.invariants.contains($0) }.map(\.name))
    for (table, broken) in invariantsBrokenByDeletions where old.contains(table) {
      guard let invariant = broken.first(where: new.contains) else { continue }
      return """
        the invariant "\(invariant)" is new, and needs rows that go with those of table \(table), which is not
        """
    }
    return nil
  }

  /// By table: the invariants that a deletion can break by the rows that go with what is deleted.
  private var invariantsBrokenByDeletions: [(table: String, invariants: [String])] {
    let numbers = Dictionary(tables.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let hazards = CascadeHazards(invariants, numbers: numbers)
    return numbers.sorted { $0.value < $1.value }.map { ($0.key, hazards.invariants[$0.value]) }
  }

  /// The invariants that rows have to be asked for which were written under `earlier`.
  public func invariantsToCheck(growingFrom earlier: SchemaDescription) -> [Invariant] {
    let old = Set(earlier.tables.map(\.name))
    return invariants.filter { invariant in
      !earlier.invariants.contains(invariant)
        && invariant.traits.governs.contains { old.contains($0) }
    }
  }
}
