package import MerganserModel

extension Plan {
  /// Refuses code that is not what was searched: another start, or transactions that do something else in the
  /// first steps of a walk from it.
  ///
  /// The walk is a sample: it does not tell of code that differs later.
  ///
  /// - Parameters:
  ///   - start: what stands in a database at first.
  ///   - transactions: the schema's declared transactions.
  ///   - catalog: the schema.
  ///   - isOver: whether the walk is to end; it is asked before every step.
  /// - Throws: ``/MerganserModel/PlanError``.
  package func requireSearchedCode(
    start: (borrowing Transaction) throws -> Void, transactions: [AnyDeclaredTransaction],
    in catalog: Catalog, until isOver: () -> Bool
  ) throws(PlanError) {
    guard let searched else { return }
    let names = searchedEntries.keys
    if names.isEmpty { return }
    let begin: SearchedStart
    do { begin = try SearchedStart(catalog, start: start) } catch {
      throw .startRefused(reason: "\(error)")
    }
    guard begin.digest == searched.start else {
      throw .otherStart(expected: begin.digest, found: searched.start)
    }
    var wasStopped = false
    let sample: [UInt64]
    do {
      sample = try begin.sample(of: transactions.filter { names.contains($0.name) }) {
        wasStopped = isOver()
        return wasStopped
      }
    } catch { throw .startRefused(reason: "\(error)") }
    for (place, (mine, theirs)) in zip(sample, searched.sample).enumerated() where mine != theirs {
      throw .otherCode(step: 1 << place)
    }
    if !wasStopped, sample.count != searched.sample.count {
      throw .otherCode(step: 1 << max(sample.count, searched.sample.count))
    }
  }

  /// Whether all that another plan allows is allowed by this one, so that what ran by that can have run by this.
  ///
  /// Tables that are searched now were so before: else plain writes may have changed what the search speaks of.
  package func widens(_ other: Plan) -> Bool {
    guard let searched, let before = other.searched, searched.start == before.start,
      Set(other.searchedTables.keys).isSuperset(of: searchedTables.keys)
    else { return false }
    return other.entries.allSatisfy { name, old in
      guard let entry = entries[name] else { return false }
      return entry.way == old.way && entry.basis.widens(old.basis)
        && entry.invariants == old.invariants && entry.writes.isSuperset(of: old.writes)
        && entry.reads.isSuperset(of: old.reads) && entry.arguments.isSuperset(of: old.arguments)
    }
  }
}

extension Plan.Basis {
  /// Whether what rests on this holds wherever what rests on another does.
  fileprivate func widens(_ other: Plan.Basis) -> Bool {
    switch (self, other) {
    case (.theorems, .theorems): true
    case (.search(let replicas), .search(let before)):
      replicas.map { replicas in before.map { $0 <= replicas } ?? false } ?? true
    default: false
    }
  }
}
