import MerganserModel
import MerganserTypes

extension ReceivedVersion {
  /// What keeps a write from being applied that is decoded, and whose delta was found to be sound.
  ///
  /// What refuses it for good comes before what only holds it, so that replicas which hold different versions
  /// refuse the same.
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
    catalog: Catalog, row: () throws(StorageError) -> AnyRow?
  ) throws(StorageError) -> VersionObstacle? {
    checkUnasked(delta, in: number, under: encodedKey, catalog: catalog, row: row)
    guard catalog.invariantBook.tables[number].isJudged else { return nil }
    if catalog.judgedSystemTables.contains(number) {
      return obstacle(toSystem: delta, in: number, under: Array(encodedKey), catalog: catalog)
    }
    var holding: VersionObstacle?
    if let group = catalog.groups.group(of: number), !isOrdered {
      holding = held(untilOwned: "the order of \(group)", by: gate.founder)
    }
    // Where something was removed, and nothing else, nothing was written.
    guard let written = delta.row else { return holding }
    let write = ReceivedWrite(
      number: number, table: catalog.tables[number], encodedKey: encodedKey, row: written)
    for place in catalog.invariantBook.tables[number].askedOfVersions {
      let obstacle = try catalog.invariantBook.bound[place].invariant.obstacle(
        to: write, here: row, from: self)
      if case .refused = obstacle { return obstacle }
      if holding == nil { holding = obstacle }
    }
    return holding
  }

  /// In debug builds: checks that a kind which says that versions need not ask it has no answer.
  private func checkUnasked(
    _ delta: AnyRowDelta, in number: Int, under encodedKey: UnsafeRawBufferPointer,
    catalog: Catalog, row: () throws(StorageError) -> AnyRow?
  ) {
    #if DEBUG
      guard let written = delta.row else { return }
      let write = ReceivedWrite(
        number: number, table: catalog.tables[number], encodedKey: encodedKey, row: written)
      for place in catalog.invariantBook.tables[number].unaskedOfVersions {
        let invariant = catalog.invariantBook.bound[place].invariant
        let obstacle = try? invariant.obstacle(to: write, here: row, from: self)
        assert(obstacle == nil, "\(type(of: invariant).kind) answers, and is not asked")
      }
    #endif
  }

  /// Whether it was written in the order: by the founder or its heir, or as what voters have chosen.
  private var isOrdered: Bool {
    succession.isInLine(origin, of: gate.founder)
      || OrderOrigin.ends(of: origin, founder: gate.founder) != nil
  }

  /// What keeps a row from being applied that says what voters have chosen: it is the order's to write, and where an
  /// order was ended, the heir's of that.
  private func obstacle(toOrderStateUnder key: [UInt8]) -> VersionObstacle? {
    guard let ends = try? UInt64(keyEncoded: key) else {
      return .refused(gate.malformed("it says what was chosen in an order that is none"))
    }
    let order = OrderOrigin.identity(behind: ends, founder: gate.founder)
    if origin == order { return nil }
    let before = OrderOrigin.identity(behind: ends &- 1, founder: gate.founder)
    if ends > 0, succession.isInLine(origin, of: before) { return nil }
    return held(untilOwned: "the order", by: ends > 0 ? before : order)
  }

  /// What keeps a write to one of the database's own tables from being applied.
  private func obstacle(
    toSystem delta: AnyRowDelta, in number: Int, under key: [UInt8], catalog: Catalog
  ) -> VersionObstacle? {
    if number == catalog.requests {
      // What has expired is deleted.
      guard let row = delta.row else { return nil }
      let incarnations = row.typed(as: RequestRecord.self).incarnations
      if incarnations.contains(where: { $0.store.isOrdered }), !isOrdered {
        return held(untilOwned: "the order", by: gate.founder)
      }
      guard let home = RequestID(bytes: key)?.home,
        incarnations.contains(where: { $0.store.isProcessed }),
        !succession.isInLine(origin, of: home)
      else { return nil }
      return held(
        untilOwned: "request \(catalog.tables[number].text(ofKey: key))", by: home)
    }
    if number == catalog.plans, !succession.isInLine(origin, of: gate.founder) {
      return held(untilOwned: "the plan", by: gate.founder)
    }
    if number == catalog.orders, !isOrdered {
      return held(untilOwned: "the order", by: gate.founder)
    }
    if number == catalog.votes || number == catalog.proposals {
      if (try? ReplicaID(keyEncoded: key)) == origin { return nil }
      return .refused(gate.malformed("it votes or proposes in another replica's name"))
    }
    if number == catalog.orderStates { return obstacle(toOrderStateUnder: key) }
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
