import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What was seen of one replica's states, one after the other.
struct Watch {
  /// Which versions it showed last.
  private(set) var vector = VersionVector()
  /// The schema that it showed them under; `nil` if all is to be looked at again.
  private var schema: UInt64?
  private var living: Set<Dot> = []
  private var dead: Set<Dot> = []

  /// Checks what the replica shows now, after what it showed before.
  ///
  /// - Parameters:
  ///   - snapshot: what it shows.
  ///   - witness: who knows all versions.
  ///   - states: what sets of versions have come to.
  ///   - members: all replicas that there are or were.
  ///   - checks: what else is to hold.
  ///   - isBrief: whether a state of the same versions is not looked at again.
  /// - Throws: ``Violation``.
  mutating func check(
    _ snapshot: Snapshot, by witness: Witness, states: inout SeenStates,
    members: [ReplicaID], checks: [SimulationCheck], isBrief: Bool = false
  ) throws {
    guard vector.isCovered(by: snapshot.vector) else {
      throw Violation(
        guarantee: .durability,
        evidence: "\(vector) was shown before, and \(snapshot.vector) now")
    }
    let isSame = snapshot.vector == vector && snapshot.catalog.fingerprint == schema
    if isSame, isBrief { return }
    let isNew = try states.note(snapshot)
    if isSame { return }
    try witness.check(snapshot.vector, after: vector)
    try checkRemovals(snapshot)
    vector = snapshot.vector
    schema = snapshot.catalog.fingerprint
    // What holds of a state holds of it wherever it shows.
    guard isNew else { return }
    if let broken = try snapshot.violations().first {
      throw Violation(guarantee: .invariants, evidence: "\(broken)")
    }
    try snapshot.checkRights(of: members)
    for check in checks {
      do { try check.body(snapshot) } catch {
        throw Violation(guarantee: .custom, evidence: "\(check.name): \(error)")
      }
    }
  }

  /// Has all be looked at again, as it was read back from a disk.
  mutating func lookAgain() { schema = nil }

  /// Checks that no dot lives that was dead.
  private mutating func checkRemovals(_ snapshot: Snapshot) throws {
    let now = try snapshot.livingDots()
    if let back = now.filter(dead.contains).min() {
      throw Violation(
        guarantee: .removal,
        evidence: "what \(back) wrote was removed here before, and is here again")
    }
    for dot in living where !now.contains(dot) { dead.insert(dot) }
    living = now
  }
}

extension Snapshot {
  /// Every dot by which something is there.
  fileprivate func livingDots() throws -> Set<Dot> {
    var dots: Set<Dot> = []
    for (number, table) in catalog.tables.enumerated() {
      var rows = 0
      try forEachRow(ofTable: number) { _, row in
        rows += 1
        _ = table.operations.firstDot(row) { dot in
          dots.insert(dot)
          return true
        }
        return true
      }
      guard rows == count(ofTable: number) else {
        throw Violation(
          guarantee: .recovery,
          evidence: "\(table.name) has \(rows) rows, and counts \(count(ofTable: number))")
      }
    }
    return dots
  }

  /// Checks that the rights of all replicas together to move a counter are what its bounds leave.
  fileprivate func checkRights(of members: [ReplicaID]) throws {
    for (number, table) in catalog.tables.enumerated() {
      guard let limits = catalog.limits(ofTable: number) else { continue }
      try forEachRow(ofTable: number) { key, row in
        let incarnations = row.typed(as: EscrowCounter.self).incarnations
        let value = incarnations.reduce(Int128(0)) { $0 + $1.store.exactValue }
        let view = EscrowView(
          incarnations, limits: limits, founder: founder, succession: state.succession)
        for (direction, bound) in [
          (EscrowCounter.Direction.decrement, limits.lower), (.increment, limits.upper),
        ] {
          guard let bound else { continue }
          var rights: Int128 = 0
          for replica in members {
            rights += try view.exactRights(of: replica, towards: direction) ?? 0
          }
          let left =
            direction == .decrement ? value - Int128(bound) : Int128(bound) - value
          guard rights == left else {
            throw Violation(
              guarantee: .rights,
              evidence: """
                \(table.name) \(table.text(ofKey: key)): rights to \(direction) by \(rights) are held, and the bounds \
                leave \(left)
                """)
          }
        }
        return true
      }
    }
  }
}
