import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What was seen of one replica's states, one after the other.
///
/// What holds of rows and tables that are as they were was checked before: what is looked at again is what is different.
struct Watch {
  /// Which versions it showed last.
  private(set) var heads: [ReplicaID: Head] = [:]
  private var vector = VersionVector()
  /// The schema that it showed them under; `nil` if all is to be looked at again.
  private var schema: UInt64?
  private var succession = Succession()
  private var rows = ShownRows()
  /// What was there once and is not any more.
  private var dead: Set<Dot> = []

  /// Checks what the replica shows now, after what it showed before.
  ///
  /// - Parameters:
  ///   - snapshot: what it shows.
  ///   - witness: who knows all versions.
  ///   - states: what sets of versions have come to.
  ///   - members: all replicas that there are or were.
  ///   - checks: what else is to hold.
  /// - Throws: ``Violation``.
  mutating func check(
    _ snapshot: Snapshot, by witness: Witness, states: inout SeenStates,
    members: [ReplicaID], checks: [SimulationCheck]
  ) throws {
    guard vector.isCovered(by: snapshot.vector) else {
      throw Violation(
        guarantee: .durability,
        evidence: "\(vector) was shown before, and \(snapshot.vector) now")
    }
    let isKnown = snapshot.catalog.fingerprint == schema
    let changes = try rows.look(at: snapshot)
    let isNew = try states.note(snapshot, rows: rows.hash)
    if isKnown, snapshot.vector == vector { return }
    let now = snapshot.state.heads
    try witness.check(now, after: heads)
    heads = now
    try checkRemovals(changes)
    // A replica that is new holds no rights but by rows that are different.
    let isSettled = isKnown && snapshot.state.succession == succession
    vector = snapshot.vector
    schema = snapshot.catalog.fingerprint
    succession = snapshot.state.succession
    // What holds of a state holds of it wherever it shows; what was read back is looked at anew.
    guard isNew || !isKnown else { return }
    for bound in snapshot.catalog.invariants
    where !isSettled || !changes.tables.isDisjoint(with: bound.place.tables) {
      guard let broken = try bound.violation(in: snapshot) else { continue }
      throw Violation(guarantee: .invariants, evidence: "\(broken)")
    }
    if isSettled {
      for row in changes.rows {
        try snapshot.checkRights(of: members, in: row.table, under: row.key, row: row.row)
      }
    } else {
      try snapshot.checkRights(of: members)
    }
    for check in checks {
      do { try check.body(snapshot) } catch {
        throw Violation(guarantee: .custom, evidence: "\(check.name): \(error)")
      }
    }
  }

  /// Has all be looked at again, as it was read back from a disk.
  mutating func lookAgain() { schema = nil }

  /// Checks that no dot lives that was dead.
  private mutating func checkRemovals(_ changes: ShownRows.Changes) throws {
    if let back = changes.added.filter(dead.contains).min() {
      throw Violation(
        guarantee: .removal,
        evidence: "what \(back) wrote was removed here before, and is here again")
    }
    if !changes.removed.isEmpty { dead.formUnion(Set(changes.removed).subtracting(changes.added)) }
  }
}

extension Snapshot {
  /// Checks that the rights of all replicas together to move a counter are what its bounds leave.
  fileprivate func checkRights(of members: [ReplicaID]) throws {
    for number in catalog.tables.indices where catalog.limits(ofTable: number) != nil {
      try forEachRow(ofTable: number) { key, row in
        try checkRights(of: members, in: number, under: key, row: row)
        return true
      }
    }
  }

  /// Checks that the rights to move one counter are what its bounds leave; of a row of another table, nothing.
  fileprivate func checkRights(
    of members: [ReplicaID], in number: Int, under key: [UInt8], row: AnyRow
  ) throws {
    guard let limits = catalog.limits(ofTable: number) else { return }
    let incarnations = row.typed(as: EscrowCounter.self).incarnations
    let value = incarnations.reduce(Int128(0)) { $0 + $1.store.exactValue }
    var succession = state.succession
    succession.mintsOnce = true
    let view = EscrowView(
      incarnations, limits: limits, founder: founder, succession: succession)
    for (direction, bound) in [
      (EscrowCounter.Direction.decrement, limits.lower), (.increment, limits.upper),
    ] {
      guard let bound else { continue }
      var rights: Int128 = 0
      for replica in members {
        rights += try view.exactRights(of: replica, towards: direction) ?? 0
      }
      let left = direction == .decrement ? value - Int128(bound) : Int128(bound) - value
      guard rights == left else {
        let table = catalog.tables[number]
        throw Violation(
          guarantee: .rights,
          evidence: """
            \(table.name) \(table.text(ofKey: key)): rights to \(direction) by \(rights) are held, and the bounds \
            leave \(left)
            """)
      }
    }
  }
}
