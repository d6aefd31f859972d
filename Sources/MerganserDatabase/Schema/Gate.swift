import MerganserTypes

/// What is asked of a version of another replica before it is applied, beyond its place in history.
///
/// Honest replicas that hold the same versions must come to the same answer, or they part for good. So each
/// question is of one of two kinds, and nothing else is asked:
///
/// - *pure*: it follows from the version and from what never changes; where it fails, the version is refused for
///   good.
/// - *growing*: it can be false only until something else comes; where it fails, the version waits, and is asked
///   again.
///
/// | question | kind | why |
/// | --- | --- | --- |
/// | the bytes are those of a version, of at most 16 MB | pure | bytes |
/// | keys and rows are of their tables' types | pure | bytes, and the types of one program |
/// | nobody else's counts, gifts, or later stamps are in it | pure | the delta, its origin and time |
/// | it names no later write of its own origin | pure | numbers |
/// | an end of an identity names its origin for the heir | pure | the row |
/// | a written value keeps each `Check` | pure | the value; if it was written under this schema |
/// | what it depends on is here, and every write that it names | growing | versions come |
/// | what it spends under `Bounds`, its origin holds | growing | gifts come |
/// | a name or resource that has an owner is its origin's | growing | an heir's cut comes |
///
/// All roads ask here. A store that no program has open (``Catalog/init(judging:)``) knows the types that come with
/// the package, and asks what follows from bytes and types, and whether what is named is there; of a table of
/// another type it asks for the length of keys. It keeps no rows and has no rules, so that rights, owners, checks and
/// a program's own types are asked when a replica opens the store (``Database/recover(judging:)``): of every version
/// that no checkpoint has and no own write rests on, as if it came then. What is refused there is set aside.
///
/// Not asked are uniqueness itself, sums over rows that a deletion can have taken, and whatever else hangs on what
/// this replica happens to hold. A row that is gone here is not asked either. What a version says that it was
/// written under (schema, plan, scope) it is judged by: a version written for one replica only need own nothing,
/// and one that a plan let through is not asked for owners.
struct Gate {
  let origin: DeltaOrigin
  /// The numbers of the version's writes.
  let sequences: ClosedRange<UInt64>
  let terms: VersionTerms
  let founder: ReplicaID

  /// The gate for a version that comes to a database with the given vector and founder; of one that was applied
  /// before, only whether the writes that it names are here is asked.
  init(
    _ version: Version, after vector: VersionVector, founder: ReplicaID, wasApplied: Bool = false
  ) {
    origin = DeltaOrigin(version, after: vector, wasApplied: wasApplied)
    sequences = version.sequences
    terms = version.terms
    self.founder = founder
  }
}

extension DatabaseState {
  /// What keeps writes from being applied that are decoded, and whose deltas were found to be sound.
  func obstacle(
    to writes: [LatelyRead.Write], at gate: Gate, _ catalog: Catalog
  ) throws(StorageError) -> VersionObstacle? {
    let isOfSchema = gate.terms.schema == catalog.fingerprint
    for write in writes {
      guard catalog.rules.tables[write.table].isJudged, let row = write.delta.row else { continue }
      if write.table == catalog.cuts, !gate.allows(cuts: row) {
        return .refused(
          gate.malformed("it ends an identity with another heir than its own origin"))
      }
      let key = Array(write.key)
      if let bounds = catalog.rules.tables[write.table].bounds {
        let lacking = try lackingRights(for: write, key, bounds, gate, catalog)
        if let lacking { return lacking }
      }
      guard isOfSchema else { continue }
      let read = catalog.rules.tables[write.table].key(key)
      for check in catalog.rules.tables[write.table].checks {
        guard let violation = check.violation(read, row) else { continue }
        return .refused(
          .breaksInvariant(
            origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
            invariant: violation.invariant, reason: "\(violation)"))
      }
      let creators = catalog.rules.tables[write.table].creators
      let created = createdElsewhere(write, row, key, creators, gate, catalog)
      if let created { return created }
      let owned = catalog.rules.tables[write.table].owned
      if let owned = ownedElsewhere(row, read, owned, gate, catalog) { return owned }
    }
    return nil
  }

  /// What a write spends that its origin does not hold, in a row that lives.
  private func lackingRights(
    for write: LatelyRead.Write, _ key: [UInt8], _ bounds: Bounds, _ gate: Gate,
    _ catalog: Catalog
  ) throws(StorageError) -> VersionObstacle? {
    let table = tables[write.table]
    var row = try table.row(key)
    _ = table.operations.merge(
      &row, write.delta.row, CausalContext(vector), write.delta.context)
    let written = write.delta.row?.typed(as: EscrowCounter.self) ?? Row()
    let view = EscrowView(
      row?.typed(as: EscrowCounter.self).incarnations ?? [], bounds: bounds,
      founder: gate.founder, succession: succession)
    for incarnation in view.incarnations
    where written.incarnations.contains(where: { $0.dot == incarnation.dot }) {
      let terms: EscrowTerms
      // The bounds were found to admit 0 when the schema was made.
      do { terms = try view.terms(of: incarnation.dot) } catch { continue }
      for direction in bounds.limited {
        let rights = incarnation.store.exactRights(
          of: gate.origin.replica, towards: direction, under: terms)
        guard let rights, rights < 0 else { continue }
        return .held(
          .lacksRights(
            origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
            table: catalog.tables[write.table].name,
            key: catalog.tables[write.table].text(ofKey: key),
            missing: Int64(clamping: -rights)),
          until: .row(table: write.table, key: key))
      }
    }
    return nil
  }

  /// A row that was created under a key that another replica generates.
  private func createdElsewhere(
    _ write: LatelyRead.Write, _ row: AnyRow, _ key: [UInt8],
    _ creators: [@Sendable ([UInt8]) -> ReplicaID?], _ gate: Gate, _ catalog: Catalog
  ) -> VersionObstacle? {
    if creators.isEmpty { return nil }
    let table = catalog.tables[write.table]
    let creates = table.operations.incarnations(row).contains { incarnation in
      incarnation.dot.replica == gate.origin.replica
        && gate.sequences.contains(incarnation.dot.sequence)
    }
    guard creates else { return nil }
    for creator in creators {
      guard let creator = creator(key), creator != gate.origin.replica,
        succession.holder(for: creator) != gate.origin.replica
      else { continue }
      return .held(
        .ownedElsewhere(
          origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
          name: "\(table.text(ofKey: key)) of \(table.name)", owner: creator),
        until: .cut)
    }
    return nil
  }

  /// What a write takes that another replica owns.
  private func ownedElsewhere(
    _ row: AnyRow, _ key: AnyKey, _ owned: [(index: Int, owners: ResourceOwners)], _ gate: Gate,
    _ catalog: Catalog
  ) -> VersionObstacle? {
    guard gate.terms.scope == .everywhere, gate.terms.plan == 0 else { return nil }
    for (index, owners) in owned {
      for entry in catalog.rules.indexes[index](key, nil, row).after {
        guard let owner = owners.owner(entry.resource, gate.founder), owner != gate.origin.replica,
          succession.holder(for: owner) != gate.origin.replica
        else { continue }
        return .held(
          .ownedElsewhere(
            origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
            name: owners.text(entry.resource), owner: owner),
          until: .cut)
      }
    }
    return nil
  }
}

extension Gate {
  /// Whether each end of an identity that was written names the version's origin for its heir, and the
  /// version's own write.
  fileprivate func allows(cuts row: AnyRow) -> Bool {
    row.typed(as: GSet<Cut>.self).incarnations.allSatisfy { incarnation in
      incarnation.store.elements.allSatisfy { cut in
        cut.heir == origin.replica && sequences.contains(cut.decided)
      }
    }
  }

  fileprivate func malformed(_ reason: String) -> ReplicationError {
    .malformed(origin: origin.replica, sequence: sequences.lowerBound, reason: reason)
  }
}
