import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What has an owner by role is given out by the replica that has the role, and refused by name elsewhere.
@Suite struct OwnerRoleTests {
  enum Role: CaseIterable, Sendable { case founder, replica, each, function }

  /// Names and resources of each kind of key, owned by one role.
  struct Club: Schema {
    let badges = Table<Int, LWWRegister<String>>("badges")
    let lockers = Table<String, LWWRegister<Int>>("lockers")
    let courts = Table<Int, MVRegister<String>>("courts")
    let lanes = Table<Int, ORSet<Int>>("lanes")
    /// Keys that begin with who creates them.
    let boats = Table<Path<ReplicaID, Int>, LWWRegister<String>>("boats")
    let trips = Table<Path<Path<ReplicaID, Int>, Int>, LWWRegister<Int>>("trips")
    let role: Role

    func owner<Name>(_: Name.Type = Name.self) -> Owner<Name> {
      switch role {
      case .founder: .founder
      case .replica: .replica(OwnerRoleTests.founder)
      case .each: .each { _ in .founder }
      case .function: Owner { _ in OwnerRoleTests.founder }
      }
    }

    var invariants: [any Invariant] {
      Unique("badges", on: badges, by: .owner(owner())) { _, text in text }
      Unique("lockers", on: lockers, by: .owner(owner())) { _, number in number }
      NoOverlap("courts", on: courts, by: .owner(owner())) { key, text in
        (resource: text, from: Int64(key), to: Int64(key + 1))
      }
      NoOverlap("lanes", on: lanes, by: .owner(owner())) { _, hour in
        (resource: hour % 10, from: Int64(hour), to: Int64(hour + 1))
      }
      Unique("boats", on: boats, by: .owner(.creator)) { key, _ in key }
      NoOverlap("trips", on: trips, by: .owner(.creator)) { key, hour in
        (resource: key.parent, from: Int64(hour), to: Int64(hour + 1))
      }
    }
  }

  static let founder = ReplicaID(high: 0xF0, low: 1)
  static let member = ReplicaID(high: 0xAA, low: 2)
  private let wall = HybridTime(milliseconds: 1)

  private func replicas(_ role: Role) throws -> (Club, founder: Database, member: Database) {
    let club = Club(role: role)
    let catalog = try Catalog(club)
    return (
      club,
      Database(catalog: catalog, replica: Self.founder, founder: Self.founder),
      Database(catalog: catalog, replica: Self.member, founder: Self.founder)
    )
  }

  /// Writes to each of the tables whose names and resources the role owns, and what is taken by it.
  private func writes(
    _ club: Club
  ) -> [(name: String, invariant: String, write: (borrowing Transaction) throws -> Void)] {
    [
      ("a", "badges", { try $0[club.badges, 1].set("a") }),
      ("7", "lockers", { try $0[club.lockers, "x"].set(7) }),
      ("c", "courts", { try $0[club.courts, 1].set("c") }),
      ("3", "lanes", { try $0[club.lanes, 1].insert(13) }),
    ]
  }

  @Test(arguments: Role.allCases)
  func theRoleGivesOutAndNobodyElse(_ role: Role) throws {
    var (club, founder, member) = try replicas(role)
    for (name, invariant, write) in writes(club) {
      let refusal = #expect(throws: TransactionError.self) {
        try member.transact(wall: wall, body: write)
      }
      #expect(
        refusal
          == .ownedElsewhere(name, by: Self.founder, invariant: invariant, table: invariant))
      #expect("\(refusal.map { "\($0)" } ?? "")".contains("\(Self.founder)"))
      let version = try founder.transact(wall: wall, body: write).version
      _ = try member.receive([version].compactMap { $0 }, wall: wall)
      // What a row has is not written again by others, either.
      #expect(throws: (any Error).self) { try member.transact(wall: wall, body: write) }
    }
    #expect(try member.snapshot.digest == founder.snapshot.digest)
    #expect(try member.snapshot.violations().isEmpty)
  }

  @Test func whoCreatesOwnsWhatBearsItsId() throws {
    var (club, founder, member) = try replicas(.founder)
    let boat = Path(Self.member, child: 1)
    func write(_ tx: borrowing Transaction) throws {
      try tx[club.boats, boat].set("Ada")
      try tx[club.trips, Path(boat, child: 1)].set(9)
    }
    let refusal = #expect(throws: TransactionError.self) {
      try founder.transact(wall: wall, body: write)
    }
    #expect(
      refusal
        == .ownedElsewhere("\(boat)", by: Self.member, invariant: "boats", table: "boats"))
    let version = try member.transact(wall: wall, body: write).version
    _ = try founder.receive([version].compactMap { $0 }, wall: wall)
    // Another trip of the boat is the boat's owner's, and so is one at the same time.
    #expect(throws: TransactionError.self) {
      try founder.transact(wall: wall) { try $0[club.trips, Path(boat, child: 2)].set(10) }
    }
    #expect(throws: InvariantViolation.self) {
      try member.transact(wall: wall) { try $0[club.trips, Path(boat, child: 2)].set(9) }
    }
  }

  @Test func whatNobodyOwnsNeedsCoordination() throws {
    struct Names: Schema {
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] {
        Unique(
          "names", on: names,
          by: .owner(.each { (name: String) in name == "z" ? .nobody : .founder })
        ) { $1 }
      }
    }
    let names = Names()
    var founder = Database(
      catalog: try Catalog(names), replica: Self.founder, founder: Self.founder)
    _ = try founder.transact(wall: wall) { try $0[names.names, 1].set("a") }
    let refusal = #expect(throws: TransactionError.self) {
      try founder.transact(wall: wall) { try $0[names.names, 2].set("z") }
    }
    guard case .needsCoordination("names", "names", _)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
  }
}
