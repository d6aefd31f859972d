import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Groups that have at most, or at least, so many rows.
@Suite struct QuotaTests {
  private struct Ward: Schema {
    let shifts = Table<Int, LWWRegister<String>>("shifts")
    let teams = Table<String, GSet<Int>>("teams")
    let admins = Table<Path<String, String>, LWWRegister<Int>>("admins")
    let people = Table<String, GSet<Int>>("people")
    var coordination: Coordination<String> = .nobody

    var invariants: [any Invariant] {
      Quota("two shifts", atMost: 2, of: shifts, by: coordination) { _, nurse in nurse }
      Quota("an admin", atLeast: 1, of: admins, in: teams, by: coordination) { key in
        key.parent
      }
    }
  }

  private static let replicas = (1...2).map { ReplicaID(high: 0, low: $0) }
  private let wall = HybridTime(milliseconds: 1)

  private func database(_ number: Int, schema: some Schema) throws -> Database {
    Database(
      catalog: try Catalog(schema), replica: Self.replicas[number], founder: Self.replicas[0])
  }

  @discardableResult
  private func write(
    _ database: inout Database, scope: Scope = .localOnly,
    body: (borrowing Transaction) throws -> Void
  ) throws -> [StoredVersion] {
    [try database.transact(scope: scope, wall: wall, body: body).version].compactMap { $0 }
  }

  @Test func aGroupHasNoMoreThanAllowed() throws {
    let schema = Ward()
    var here = try database(0, schema: schema)
    try write(&here) { tx in
      for shift in 1...2 { try tx[schema.shifts, shift].set("ana") }
      try tx[schema.shifts, 3].set("rui")
    }
    for shift in [3, 4] {
      #expect(throws: InvariantViolation.self) {
        try write(&here) { try $0[schema.shifts, shift].set("ana") }
      }
    }
    // Who is in the group already takes no room anew, and room that is left can be taken.
    try write(&here) { try $0[schema.shifts, 1].set("ana") }
    try write(&here) { tx in
      try tx[schema.shifts, 2].set("rui")
      try tx[schema.shifts, 4].set("ana")
    }
    try write(&here) { try $0[schema.shifts, 1].delete() }
    try write(&here) { try $0[schema.shifts, 5].set("ana") }
    #expect(try here.snapshot.violations() == [])
  }

  @Test func aGroupHasNoFewerThanNeeded() throws {
    let schema = Ward()
    var here = try database(0, schema: schema)
    #expect(throws: InvariantViolation.self) {
      try write(&here) { try $0[schema.teams, "red"].create() }
    }
    try write(&here) { tx in
      try tx[schema.teams, "red"].create()
      for name in ["ana", "rui"] { try tx[schema.admins, Path("red", child: name)].set(1) }
    }
    try write(&here) { try $0[schema.admins, Path("red", child: "ana")].delete() }
    let found = #expect(throws: InvariantViolation.self) {
      try write(&here) { try $0[schema.admins, Path("red", child: "rui")].delete() }
    }
    #expect(found?.key == "red" && found?.found == "0 rows of admins")
    // Another takes the place, or the group goes as a whole.
    try write(&here) { tx in
      try tx[schema.admins, Path("red", child: "rui")].delete()
      try tx[schema.admins, Path("red", child: "eva")].set(1)
    }
    try write(&here) { tx in
      try tx[schema.teams, "red"].delete()
      try tx[schema.admins, Path("red", child: "eva")].delete()
    }
    // Of a group that is not there, nothing is needed.
    try write(&here) { try $0[schema.admins, Path("blue", child: "eva")].set(1) }
    try write(&here) { try $0[schema.admins, Path("blue", child: "eva")].delete() }
    #expect(try here.snapshot.violations() == [])
  }

  /// What two replicas each keep by themselves breaks when they meet, and is found.
  @Test func bothAreBrokenByMerging() throws {
    let schema = Ward()
    var (here, there) = (try database(0, schema: schema), try database(1, schema: schema))
    let start = try write(&here) { tx in
      try tx[schema.shifts, 1].set("ana")
      try tx[schema.teams, "red"].create()
      for name in ["ana", "rui"] { try tx[schema.admins, Path("red", child: name)].set(1) }
    }
    _ = try there.receive(start, wall: wall)
    let mine = try write(&here) { tx in
      try tx[schema.shifts, 2].set("ana")
      try tx[schema.admins, Path("red", child: "ana")].delete()
    }
    let theirs = try write(&there) { tx in
      try tx[schema.shifts, 3].set("ana")
      try tx[schema.admins, Path("red", child: "rui")].delete()
    }
    _ = try here.receive(theirs, wall: wall)
    _ = try there.receive(mine, wall: wall)
    for database in [here, there] {
      #expect(try database.snapshot.violations().map(\.invariant) == ["two shifts", "an admin"])
    }
  }

  /// Everywhere, only a group's owner may do what another replica could undo.
  @Test func onlyTheOwnerWritesEverywhere() throws {
    let (plain, owned) = (Ward(), Ward(coordination: .owner(.founder)))
    var nobody = try database(0, schema: plain)
    func needsCoordination(_ body: (borrowing Transaction) throws -> Void) -> Bool {
      do {
        _ = try nobody.transact(wall: wall, body: body)
        return false
      } catch TransactionError.needsCoordination(_, _, let remedy) {
        return remedy == "say who adds to each group (by: .owner or .order)"
      } catch { return false }
    }
    #expect(needsCoordination { try $0[plain.shifts, 1].set("ana") })
    #expect(needsCoordination { try $0[plain.admins, Path("red", child: "ana")].set(1) })
    try write(&nobody) { tx in
      try tx[plain.shifts, 1].set("ana")
      try tx[plain.admins, Path("red", child: "ana")].set(1)
      try tx[plain.admins, Path("red", child: "rui")].set(1)
    }
    #expect(needsCoordination { try $0[plain.admins, Path("red", child: "ana")].delete() })
    #expect(needsCoordination { try $0[plain.teams, "red"].create() })
    try write(&nobody, scope: .everywhere) { try $0[plain.shifts, 1].delete() }

    var (owner, other) = (try database(0, schema: owned), try database(1, schema: owned))
    let versions = try write(&owner, scope: .everywhere) { tx in
      try tx[owned.shifts, 1].set("ana")
      try tx[owned.teams, "red"].create()
      for name in ["ana", "rui"] { try tx[owned.admins, Path("red", child: name)].set(1) }
    }
    _ = try other.receive(versions, wall: wall)
    let writes: [(borrowing Transaction) throws -> Void] = [
      { try $0[owned.shifts, 2].set("ana") },
      // It can win over the owner's write by which the row left the group.
      { try $0[owned.shifts, 1].set("ana") },
      { try $0[owned.admins, Path("red", child: "eva")].set(1) },
      { try $0[owned.admins, Path("red", child: "ana")].set(2) },
      { try $0[owned.admins, Path("red", child: "ana")].delete() },
    ]
    for body in writes {
      #expect {
        _ = try other.transact(wall: wall, body: body)
      } throws: {
        if case TransactionError.ownedElsewhere(_, by: Self.replicas[0], _, _) = $0 {
          true
        } else {
          false
        }
      }
    }
  }

  /// A version by which another than the owner takes room waits, as an heir's could.
  @Test func anotherThanTheOwnerIsNotBelieved() throws {
    let owned = Ward(coordination: .owner(.founder))
    // One for its own replica only needs no owner: the check is of what is said to hold everywhere.
    var (owner, other) = (
      try database(0, schema: owned),
      try database(1, schema: Ward(coordination: .owner(.replica(Self.replicas[1]))))
    )
    let versions = try write(&other, scope: .everywhere) { try $0[owned.shifts, 1].set("ana") }
    let reception = try owner.receive(versions, wall: wall)
    #expect(reception.applied.isEmpty && reception.refused.count == 1)
    guard case .ownedElsewhere(_, _, "ana", Self.replicas[0])? = reception.refused.first else {
      Issue.record("found \(reception.refused)")
      return
    }
  }

  /// Rows that a deletion elsewhere takes with it can be the last of a group.
  @Test func aGroupCannotLoseRowsToACascade() throws {
    struct Deleting: Schema {
      let people = Table<String, GSet<Int>>("people")
      let teams = Table<String, GSet<Int>>("teams")
      let admins = Table<Path<String, String>, LWWRegister<String>>("admins")
      var isLeast = true
      var invariants: [any Invariant] {
        ForeignKey("an admin is somebody", from: admins, to: people, onDelete: .cascade)
        if isLeast {
          Quota("an admin", atLeast: 1, of: admins, in: teams) { _, team in team }
        } else {
          Quota("an admin", atMost: 1, of: admins) { _, team in team }
        }
      }
    }
    for isLeast in [true, false] {
      let schema = Deleting(isLeast: isLeast)
      var here = try database(0, schema: schema)
      try write(&here) { try $0[schema.people, "ana"].create() }
      let deletion: (borrowing Transaction) throws -> Void = {
        try $0[schema.people, "ana"].delete()
      }
      if isLeast {
        #expect(throws: TransactionError.self) {
          try write(&here, scope: .everywhere, body: deletion)
        }
      } else {
        try write(&here, scope: .everywhere, body: deletion)
      }
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    struct Odd: Schema {
      let rows = Table<String, LWWRegister<String>>("rows")
      var limit = -1
      var invariants: [any Invariant] {
        if limit < 0 {
          Quota("few", atMost: limit, of: rows) { _, row in row }
        } else {
          Quota("few", atLeast: limit, of: rows, in: rows) { _, row in row }
        }
      }
    }
    for limit in [.min, -1, 1, .max] {
      #expect(throws: SchemaError.self) { try Catalog(Odd(limit: limit)) }
    }
    struct Plain: Schema { let shifts = Table<Int, LWWRegister<String>>("shifts") }
    let grown = try Catalog(Ward()).description
    #expect(grown.hindrance(toGrowingFrom: try Catalog(Plain()).description) != nil)
  }
}
