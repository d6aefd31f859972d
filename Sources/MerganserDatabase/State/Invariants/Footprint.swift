import MerganserTypes

/// What a transaction touched, for the rules over more than one row: each row as it was and as it is now.
package struct Footprint {
  let catalog: Catalog
  /// All rows, as they are now.
  let state: DatabaseState
  /// The rows that were written, and those that went with them; each once.
  private let rows: [ReplacedRow]
  /// Who writes.
  let author: ReplicaID
  /// Who founded the database.
  let founder: ReplicaID
  let clearance: Clearance

  init(
    catalog: Catalog, state: DatabaseState, rows: [ReplacedRow], author: ReplicaID,
    founder: ReplicaID, clearance: Clearance
  ) {
    self.catalog = catalog
    self.state = state
    self.rows = rows
    self.author = author
    self.founder = founder
    self.clearance = clearance
  }

  /// The rows of a table among those that were touched.
  func rows(of table: Int) -> some Sequence<ReplacedRow> {
    rows.lazy.filter { $0.table == table }
  }

  /// The keys of the rows of a table of which an incarnation came to be.
  func created(in table: Int) -> Set<[UInt8]> {
    Set(rows.lazy.filter { $0.table == table && !$0.lives.created.isEmpty }.map(\.key))
  }

  /// What a row takes now by an index over its table and did not take before.
  ///
  /// A row that was created again keeps what it takes from a concurrent deletion: it takes it anew.
  func taken(by row: ReplacedRow, in index: Int) -> [RuleIndex.Entry] {
    guard let change = row.indexed.first(where: { $0.index == index }) else { return [] }
    if row.lives.created.isEmpty, change.before == change.after { return [] }
    return row.lives.created.isEmpty
      ? change.after.without(change.before) : change.after
  }

  /// Refuses to take for a row, everywhere, what only somebody else may give it.
  ///
  /// What a row has already and is written again is taken anew: on a merge the write can win over one
  /// by which the owner gave it to another row. What nobody owns nobody gives away.
  func requireOwnership(
    of taken: [RuleIndex.Entry], by row: ReplacedRow, in index: Int,
    owners: ResourceOwners?, for rule: some Invariant, in table: some AnyTable
  ) throws {
    for entry in taken {
      let owner = owner(of: entry.resource, owners)
      if owner == author { continue }
      try requireCoordination(
        for: rule, in: table, owned: owner.map { ($0, owners?.text(entry.resource) ?? "") })
    }
    guard let owners, let written = row.written,
      let change = row.indexed.first(where: { $0.index == index }),
      change.after.count > taken.count
    else { return }
    let key = catalog.rules.tables[row.table].key(row.key)
    for entry in catalog.rules.indexes[index](key, nil, written).after {
      if let owner = owner(of: entry.resource, owners), owner != author {
        try requireCoordination(
          for: rule, in: table, owned: (owner, owners.text(entry.resource)))
      }
    }
  }

  /// Who gives a resource out now: its owner, or the heir of an owner that has ended; `nil` if nobody owns it.
  ///
  /// An heir holds all that the ended owner wrote up to its cut, and what lies beyond the cut counts nowhere. So
  /// no two replicas give out the same resource.
  private func owner(of resource: [UInt8], _ owners: ResourceOwners?) -> ReplicaID? {
    holder(for: owners?.owner(resource, founder))
  }

  /// Who acts in the place of a replica now: itself, or its heir if it has ended.
  func holder(for replica: ReplicaID?) -> ReplicaID? { replica.map(state.succession.holder(for:)) }

  /// Refuses a write that can break `rule` on a merge, unless it is about this replica only.
  ///
  /// What it takes may be owned by another replica, which may make it.
  func requireCoordination(
    for rule: some Invariant, in table: some AnyTable,
    owned: (by: ReplicaID, name: String)? = nil
  ) throws {
    if clearance.refuses(rule.name) {
      throw CoordinationNeed(invariant: rule.name, table: table.name, owned: owned)
    }
  }
}

/// Why a write was refused that breaks nothing here: it can break an invariant on a merge.
struct CoordinationNeed: Error {
  let invariant: String
  let table: String
  /// What the write takes of what another replica owns, and which; nothing where nobody owns it.
  let owned: (by: ReplicaID, name: String)?
}

/// A rule that is checked at commit over what the transaction touched.
package protocol FootprintRule: BindableInvariant {
  /// Checks the footprint; `place` says where in the catalog the rule's tables and its index are.
  ///
  /// - Complexity: follows the footprint, and not the tables.
  /// - Throws: ``InvariantViolation``, or what says that the write needs coordination.
  func check(_ footprint: Footprint, _ place: RulePlace) throws

  /// Who owns what its index holds; `nil` if nobody does.
  var owners: ResourceOwners? { get }
}

extension FootprintRule {
  /// Nobody.
  package var owners: ResourceOwners? { nil }
}

/// Where in a catalog what a rule is about has its numbers.
package struct RulePlace: Sendable {
  /// The tables, as the rule names them.
  let tables: [Int]
  /// The index over the first of them, if there is one.
  let index: Int?
}

/// A row that was found to break a rule.
func violation(
  _ rule: some Invariant, _ number: Int, _ key: [UInt8], _ catalog: Catalog, found: String,
  needed: String
) -> InvariantViolation {
  InvariantViolation(
    invariant: rule.name, table: catalog.tables[number].name,
    key: catalog.tables[number].text(ofKey: key), found: found, needed: needed)
}
