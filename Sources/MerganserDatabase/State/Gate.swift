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
/// | it writes to each row once | pure | bytes |
/// | nobody else's counts, gifts, answers to requests, or later stamps are in it | pure | the delta, its origin and time |
/// | it names no later write of its own origin | pure | numbers |
/// | an end of an identity names its origin for the heir, and takes none back | pure | the row |
/// | the horizon of requests is no later than the version, and is not taken back | pure | the row |
/// | a written value keeps each `Check` | pure | the value; if it was written under this schema |
/// | what it depends on is here, and every write that it names | growing | versions come |
/// | what it spends under `Bounds`, its origin holds | growing | gifts come |
/// | a name or resource that has an owner is its origin's | growing | an heir's cut comes |
/// | a request that names its home is its origin's | growing | an heir's cut comes |
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

  /// The gate for a version that comes to a database with the given founder; of one that was applied before, only
  /// whether the writes that it names are here is asked.
  init(_ version: Version, founder: ReplicaID, wasApplied: Bool = false) {
    origin = DeltaOrigin(version, wasApplied: wasApplied)
    sequences = version.sequences
    terms = version.terms
    self.founder = founder
  }
}

/// What a version of another replica is judged by: the gate, and what is here before it is applied.
struct Judgement {
  let gate: Gate
  /// What has been seen here.
  let seen: CausalContext
  let succession: Succession

  /// What keeps a write from being applied that is decoded, and whose delta was found to be sound.
  ///
  /// - Parameters:
  ///   - delta: what was written.
  ///   - number: the table's number.
  ///   - encodedKey: the row's key.
  ///   - catalog: the schema.
  ///   - row: the row as it is here; asked for only where that matters.
  /// - Returns: what keeps the write from being applied; `nil` if nothing does.
  /// - Throws: what `row` throws.
  func obstacle(
    to delta: AnyRowDelta, in number: Int, under encodedKey: UnsafeRawBufferPointer,
    _ catalog: Catalog, row: () throws(StorageError) -> AnyRow?
  ) throws(StorageError) -> VersionObstacle? {
    guard catalog.rules.tables[number].isJudged else { return nil }
    if number == catalog.cuts || number == catalog.horizons || number == catalog.requests {
      return obstacle(toSystem: delta, in: number, under: Array(encodedKey), catalog)
    }
    // Where something was removed, and nothing else, nothing was written.
    guard let written = delta.row else { return nil }
    if let limits = catalog.rules.tables[number].limits,
      let missing = missingRights(for: written, try row(), limits)
    {
      let key = Array(encodedKey)
      return .held(
        .lacksRights(
          origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
          table: catalog.tables[number].name, key: catalog.tables[number].text(ofKey: key),
          missing: missing),
        until: .row(table: number, key: key))
    }
    guard gate.terms.schema == catalog.fingerprint, catalog.rules.tables[number].asksForKey else {
      return nil
    }
    let key = Array(encodedKey)
    let read = catalog.rules.tables[number].key(key)
    for check in catalog.rules.tables[number].checks {
      guard let violation = check.violation(read, written) else { continue }
      return .refused(
        .breaksInvariant(
          origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
          invariant: violation.invariant, reason: "\(violation)"))
    }
    if let created = createdElsewhere(written, key, number, catalog) { return created }
    return ownedElsewhere(written, read, catalog.rules.tables[number].owned, catalog)
  }

  /// What keeps a write to one of the database's own tables from being applied.
  private func obstacle(
    toSystem delta: AnyRowDelta, in number: Int, under key: [UInt8], _ catalog: Catalog
  ) -> VersionObstacle? {
    if number == catalog.requests {
      // What has expired is deleted.
      guard let row = delta.row else { return nil }
      guard let home = RequestID(bytes: key)?.home,
        row.typed(as: RequestRecord.self).incarnations.contains(where: { $0.store.isProcessed }),
        !succession.isInLine(gate.origin.replica, of: home)
      else { return nil }
      return .held(
        .ownedElsewhere(
          origin: gate.origin.replica, sequence: gate.sequences.lowerBound,
          name: "request \(catalog.tables[number].text(ofKey: key))", owner: home),
        until: .cut)
    }
    let living = delta.row.map(catalog.tables[number].operations.incarnations) ?? []
    guard let row = delta.row, gate.removesNothing(delta.context, leaving: living.map(\.dot)) else {
      return .refused(
        gate.malformed("it takes back what is for good, in table \(catalog.tables[number].name)"))
    }
    if number == catalog.cuts, !gate.allows(cuts: row) {
      return .refused(
        gate.malformed("it ends an identity with another heir than its own origin"))
    }
    if number == catalog.horizons, !gate.allows(horizons: row) {
      return .refused(gate.malformed("it raises the horizon of requests beyond its own time"))
    }
    return nil
  }

  /// How much a write spends that its origin does not hold, in a row that lives; `nil` if it holds all.
  private func missingRights(
    for written: AnyRow, _ row: AnyRow?, _ limits: EscrowLimits
  ) -> Int64? {
    let here = row?.typed(as: EscrowCounter.self).incarnations ?? []
    for written in written.typed(as: EscrowCounter.self).incarnations {
      let place = here.firstIndex { $0.dot == written.dot }
      // It is gone here.
      if place == nil, seen.contains(written.dot) { continue }
      let counter = place.map { here[$0].store }
      if limits.lower != nil,
        let missing = missingRights(for: written, .decrement, beside: counter, limits)
      {
        return missing
      }
      if limits.upper != nil,
        let missing = missingRights(for: written, .increment, beside: counter, limits)
      {
        return missing
      }
    }
    return nil
  }

  /// How much a write to one incarnation spends in one direction that its origin does not hold; `nil` if it
  /// holds all.
  private func missingRights(
    for written: Row<EscrowCounter>.Incarnation, _ direction: EscrowDirection,
    beside counter: EscrowCounter?, _ limits: EscrowLimits
  ) -> Int64? {
    let origin = gate.origin.replica
    if let counter, !counter.canSpend(by: origin, towards: direction, written.store) { return nil }
    let view = EscrowView([], limits: limits, founder: gate.founder, succession: succession)
    // The bounds were found to admit 0 when the schema was made.
    guard let terms = try? view.terms(of: written.dot) else { return nil }
    let rights = (counter ?? written.store).exactRights(
      of: origin, towards: direction, under: terms, with: written.store)
    guard let rights, rights < 0 else { return nil }
    return Int64(clamping: -rights)
  }

  /// A row that was created under a key that another replica generates.
  private func createdElsewhere(
    _ row: AnyRow, _ key: [UInt8], _ number: Int, _ catalog: Catalog
  ) -> VersionObstacle? {
    let creators = catalog.rules.tables[number].creators
    if creators.isEmpty { return nil }
    let table = catalog.tables[number]
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
    _ row: AnyRow, _ key: AnyKey, _ owned: [(index: Int, owners: ResourceOwners)],
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

  /// Whether each horizon is no later than the version.
  fileprivate func allows(horizons row: AnyRow) -> Bool {
    row.typed(as: Max<HybridTime>.self).incarnations.allSatisfy { incarnation in
      incarnation.store.value.map { $0 <= origin.latestStamp } ?? true
    }
  }

  /// Whether a delta names no writes but those that it leaves and those of its own version.
  fileprivate func removesNothing(_ context: CausalContext, leaving living: [Dot]) -> Bool {
    var isNew = true
    context.subtracting(CausalContext(living)).forEachRun { replica, run in
      if replica != origin.replica || !sequences.contains(run.lowerBound) { isNew = false }
    }
    return isNew
  }

  fileprivate func malformed(_ reason: String) -> ReplicationError {
    .malformed(origin: origin.replica, sequence: sequences.lowerBound, reason: reason)
  }
}
