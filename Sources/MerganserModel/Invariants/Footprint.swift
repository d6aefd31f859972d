package import MerganserTypes

/// What a transaction touched, for the invariants: each row as it was and as it is now.
package struct Footprint {
  /// All rows, as they are now.
  package let state: any StateView
  /// The rows that were written, and those that went with them; each once.
  private let rows: [ReplacedRow]
  /// Who writes.
  package let author: ReplicaID
  private let clearance: Clearance

  package init(state: any StateView, rows: [ReplacedRow], author: ReplicaID, clearance: Clearance) {
    self.state = state
    self.rows = rows
    self.author = author
    self.clearance = clearance
  }

  /// The rows of a table among those that were touched.
  package func rows(of table: Int) -> some Sequence<ReplacedRow> {
    rows.lazy.filter { $0.table == table }
  }

  /// The keys of the rows of a table of which an incarnation came to be.
  package func created(in table: Int) -> Set<[UInt8]> {
    Set(rows.lazy.filter { $0.table == table && !$0.lives.created.isEmpty }.map(\.key))
  }

  /// What a row takes now by an index over its table and did not take before.
  ///
  /// A row that was created again keeps what it takes from a concurrent deletion: it takes it anew.
  package func taken(by row: ReplacedRow, in index: Int) -> [IndexEntry] {
    guard let change = row.indexed.first(where: { $0.index == index }) else { return [] }
    if row.lives.created.isEmpty, change.before == change.after { return [] }
    return row.lives.created.isEmpty
      ? change.after.without(change.before) : change.after
  }

  /// What a row takes now by an index over its table, or shows that it takes, and did not before.
  ///
  /// Of several incarnations a row may hold what it does not show. Where what shows decides which rows stand, showing it is taking it.
  package func taken(
    by row: ReplacedRow, in index: Int, showing shown: ShownEntries?
  ) -> [IndexEntry] {
    var taken = taken(by: row, in: index)
    guard let shown, let after = row.after, row.indexed.contains(where: { $0.index == index })
    else { return taken }
    let key = state.definition(ofTable: row.table).key(row.key)
    taken += shown(key, after).without(row.before.map { shown(key, $0) } ?? []).without(taken)
    taken.settle()
    return taken
  }

  /// Refuses to take for a row, everywhere, what only somebody else may give it.
  ///
  /// What a row has already and is written again is taken anew: on a merge the write can win over one
  /// by which the owner gave it to another row. What nobody owns nobody gives away.
  ///
  /// - Parameters:
  ///   - taken: what the write takes or gives up of it; what else the row has is asked where there are owners.
  ///   - row: the row.
  ///   - index: the number of the invariant's index.
  ///   - indexed: what rows take by that index.
  ///   - owners: who owns what; `nil` if nobody owns anything.
  ///   - invariant: the invariant.
  ///   - table: its table.
  /// - Throws: ``CoordinationNeed``.
  func requireOwnership(
    of taken: [IndexEntry], by row: ReplacedRow, in index: Int, indexed: IndexedRows,
    owners: ResourceOwners?, for invariant: some KeptInvariant, in table: some AnyTable
  ) throws {
    for entry in taken {
      let owner = owner(of: entry.resource, among: owners)
      if owner == author { continue }
      try requireCoordination(
        for: invariant, in: table, owned: owner.map { ($0, owners?.text(entry.resource) ?? "") })
    }
    guard let owners, let change = row.indexed.first(where: { $0.index == index }),
      change.after.count > taken.count, let written = row.written
    else { return }
    let key = state.definition(ofTable: row.table).key(row.key)
    for entry in indexed(key, nil, written).after {
      if let owner = owner(of: entry.resource, among: owners), owner != author {
        try requireCoordination(
          for: invariant, in: table, owned: (owner, owners.text(entry.resource)))
      }
    }
  }

  /// Who gives a resource out now: its owner, or the heir of an owner that has ended; `nil` if nobody owns it.
  ///
  /// An heir holds all that the ended owner wrote up to its cut, and what lies beyond the cut counts nowhere. So
  /// no two replicas give out the same resource.
  private func owner(of resource: [UInt8], among owners: ResourceOwners?) -> ReplicaID? {
    holder(for: owners?.owner(resource, state.founder))
  }

  /// Who acts in the place of a replica now: itself, or its heir if it has ended.
  package func holder(for replica: ReplicaID?) -> ReplicaID? {
    replica.map(state.succession.holder(for:))
  }

  /// Refuses a write that can break an invariant on a merge, unless it is about this replica only.
  ///
  /// What it takes may be owned by another replica, which may make it.
  func requireCoordination(
    for invariant: some KeptInvariant, in table: some AnyTable,
    owned: (by: ReplicaID, name: String)? = nil
  ) throws {
    // Whoever writes here is the one who orders.
    if invariant.group != nil { return }
    if clearance.refuses(invariant.name) {
      throw CoordinationNeed(invariant: invariant.name, table: table.name, owned: owned)
    }
  }
}

/// Why a write was refused that breaks nothing here: it can break an invariant on a merge.
package struct CoordinationNeed: Error {
  package let invariant: String
  package let table: String
  /// What the write takes of what another replica owns, and which; `nil` if nobody owns it.
  package let owned: (by: ReplicaID, name: String)?
}
