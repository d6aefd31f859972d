import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A schema with every kind of invariant, and deletions that reach far.
private struct Town: Schema {
  static let replicas = (1...3).map { ReplicaID(high: 0, low: UInt64($0)) }
  static func owner(_ number: Int) -> ReplicaID { replicas[number % 3] }

  let names = Table<Int, LWWRegister<String>>("names")
  let plates = Table<Int, LWWRegister<Int>>("plates")
  let tickets = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("tickets")
  let bookings = Table<Int, MVRegister<Int>>("bookings")
  let houses = Table<String, LWWRegister<Int>>("houses")
  let rooms = Table<Path<String, Int>, LWWRegister<Int>>("rooms")
  let beds = Table<Path<Path<String, Int>, Int>, LWWRegister<Int>>("beds")
  let desks = Table<Path<Path<String, Int>, Int>, LWWRegister<Int>>("desks")
  let parts = Table<Path<String, Int>, PNCounter>("parts")
  let totals = Table<Int, PNCounter>("totals")
  let lamps = Table<Path<String, Int>, LWWRegister<Int>>("lamps")
  let clubs = Table<String, LWWRegister<Int>>("clubs")
  let members = Table<Path<String, Int>, LWWRegister<Int>>("members")
  let savings = Table<String, PNCounter>("savings")
  let caps = Table<String, PNCounter>("caps")
  let invoices = Table<Int, LWWRegister<Int>>("invoices")
  let stock = Table<String, EscrowCounter>("stock")
  /// Which of the invariants stand that forbid houses to be deleted, each a bit.
  let strictness: Int

  var invariants: [any Invariant] {
    Unique("names", on: names) { _, name in name }
    Unique("plates", on: plates, by: .owner(Self.owner)) { _, plate in plate }
    Unique("tickets", generated: tickets)
    NoOverlap("bookings", on: bookings, by: .owner(Self.owner)) { _, hour in
      (resource: hour / 10, from: Int64(hour % 10), to: Int64(hour % 10 + 2))
    }
    ForeignKey("a room's house", from: rooms, to: houses, onDelete: .cascade)
    if strictness & 1 != 0 {
      ForeignKey("a bed's room", from: beds, to: rooms, onDelete: .restrict)
    }
    if strictness & 2 != 0 {
      ForeignKey("a desk's room", from: desks, to: rooms, onDelete: .touch)
    }
    ForeignKey("a part's house", from: parts, to: houses, onDelete: .cascade)
    if strictness & 4 != 0 {
      SumOf("parts and totals", of: parts, in: totals) { $0.child }
    }
    ForeignKey("a lamp's house", from: lamps, to: houses, onDelete: .cascade)
    if strictness & 8 != 0 {
      Custom("there is a lamp", over: [lamps]) { [lamps] in try $0.count(lamps) > 0 }
    }
    ForeignKey("a member's club", from: members, to: clubs, onDelete: .touch)
    Limit("savings", on: savings, atLeast: 0)
    Limit("caps", on: caps, atMost: 2)
    Sequential("invoices", on: invoices)
    Bounds(stock, in: 0...)
  }

  func start(_ tx: borrowing Transaction) throws {
    try tx[names, 1].set("ann")
    for house in ["a", "b"] {
      try tx[houses, house].create()
      try tx[rooms, Path(house, child: 1)].create()
      try tx[lamps, Path(house, child: 1)].create()
      try tx[clubs, house].create()
      try tx[savings, house].increment(by: 2)
      try tx[caps, house].increment()
      try tx[stock, house].increment(by: 3)
    }
    try tx[invoices, 1].create()
  }

  /// How many rows there are that go with what they refer to.
  func children(in state: Snapshot) throws -> Int {
    try state.count(rooms) + state.count(parts) + state.count(lamps)
  }

  /// One of many transactions, each of which can be half of a violation.
  func act(_ tx: borrowing Transaction, dice: inout SplitMix) throws {
    let (one, two) = (Int(dice.next() % 3), Int(dice.next() % 2) + 1)
    let house = one == 0 ? "a" : "b"
    let room = Path(house, child: two)
    switch dice.next() % 32 {
    case 0: try tx[names, one].set(["ann", "bob"][two - 1])
    case 1: try tx[names, one].delete()
    case 2: try tx[names, one].touch()
    case 3, 4: try tx[plates, one].set(two * 3 + one)
    case 5: try tx[plates, one].delete()
    case 6: try tx[plates, one].touch()
    case 7: try tx[plates, two].set(Int(dice.next() % 6))
    case 8: try tx[tickets, Path(tx.replica, child: one)].create()
    case 9: try tx[tickets, Path(Self.owner(one), child: two)].delete()
    case 10: try tx[tickets, Path(Self.owner(one), child: two)].touch()
    case 11, 12: try tx[bookings, one].set(Int(dice.next() % 30))
    case 13: try tx[bookings, one].delete()
    case 14: try tx[bookings, one].touch()
    case 15: try tx[houses, house].delete()
    case 16: try tx[houses, house].create()
    case 17: try tx[rooms, room].create()
    case 18: try tx[rooms, room].delete()
    case 19: try tx[beds, Path(room, child: one)].create()
    case 20: try tx[beds, Path(room, child: one)].delete()
    case 21:
      try tx[rooms, room].touch()
      try tx[desks, Path(room, child: one)].create()
    case 22: try tx[desks, Path(room, child: one)].delete()
    case 23:
      try tx[parts, room].increment()
      try tx[totals, two].increment()
    case 24: try tx[lamps, room].delete()
    case 25:
      try tx[clubs, house].touch()
      try tx[members, room].create()
    case 26:
      for member in 1...2 { try tx[members, Path(house, child: member)].delete() }
      try tx[clubs, house].delete()
    case 27: try tx[savings, house].decrement()
    case 28: try tx[caps, house].increment()
    case 29:
      try tx[savings, house].increment()
      try tx[caps, house].decrement()
    case 30: try tx[invoices, one].create()
    default:
      try tx[stock, house].decrement()
      if one == 1 { try tx[stock, house].delete() }
    }
  }
}

@Suite struct EverywhereTests {
  /// What may commit everywhere is decided by what it writes: no two replicas make half of a violation
  /// each, whatever closures run.
  @Test(
    .exercises([
      "a cascade": 8,
      "a reception that applied versions": 1100,
      "a row in several incarnations": 580,
      "another commit": 2600,
      "needs coordination for a bed's room": 210,
      "needs coordination for a desk's room": 70,
      "needs coordination for caps": 300,
      "needs coordination for invoices": 100,
      "needs coordination for names": 260,
      "needs coordination for parts and totals": 30,
      "needs coordination for savings": 280,
      "needs coordination for there is a lamp": 80,
      "noSuchRow": 1100,
      "ownedElsewhere": 1000,
      "violates a bed's room": 80,
      "violates a desk's room": 10,
      "violates a part's house": 10,
      "violates a room's house": 6,
      "violates bookings": 20,
      "violates invoices": 90,
      "violates names": 40,
      "violates plates": 30,
      "violates stock within 0...": 190,
      "violates tickets": 30,
    ]), arguments: 0..<96)
  func closuresBreakNothingWhenReplicasMeet(_ seed: Int) throws {
    let town = Town(strictness: seed % 16)
    let catalog = try Catalog(town)
    var dice = SplitMix(seed: UInt64(seed) + 1)
    var wall: UInt64 = 1000
    var replicas = Town.replicas.map {
      Database(catalog: catalog, replica: $0, founder: Town.replicas[0])
    }
    var logs: [[StoredVersion]] = [[], [], []]
    let genesis = try replicas[0].transact(
      scope: .localOnly, wall: HybridTime(milliseconds: wall), body: town.start
    ).version
    logs[0] += [genesis].compactMap { $0 }
    for place in 1...2 {
      logs[place] = try replicas[place].receive(logs[0], wall: HybridTime(milliseconds: wall))
        .applied
    }
    var committed = 0
    for step in 0..<240 {
      let place = Int(dice.next() % 3)
      if dice.next() % 5 == 0 {
        let other = Int(dice.next() % 3)
        let reception = try replicas[place].receive(
          logs[other], wall: HybridTime(milliseconds: wall))
        #expect(reception.refused.isEmpty)
        logs[place] += reception.applied
        if !reception.applied.isEmpty { Exercised.count("a reception that applied versions") }
      } else {
        // Clocks go wrong, too.
        wall += dice.next() % 4
        let time = HybridTime(milliseconds: wall - dice.next() % 3)
        var copy = dice
        let before = replicas[place].snapshot
        do {
          let version = try replicas[place].transact(wall: time) { try town.act($0, dice: &copy) }
            .version
          if let version {
            logs[place].append(version)
            committed += 1
            // No transaction deletes two of these itself.
            let lost = try town.children(in: before) - town.children(in: replicas[place].snapshot)
            Exercised.count(lost > 1 ? "a cascade" : "another commit")
          }
        } catch {
          Exercised.count(refusal: error)
        }
        dice = copy
      }
      let broken = try replicas[place].snapshot.violations()
      try #require(broken.isEmpty, "seed \(seed), step \(step): \(broken)")
      #if DEBUG
        if step % 10 == 0 { try replicas[place].checkInvariants() }
      #endif
    }
    #expect(committed > 30)
    for replica in replicas { try Exercised.countIncarnations(in: replica.snapshot) }
  }

  private struct Building: Schema {
    let houses = Table<String, LWWRegister<Int>>("houses")
    let rooms = Table<Path<String, Int>, LWWRegister<Int>>("rooms")
    let beds = Table<Path<Path<String, Int>, Int>, LWWRegister<Int>>("beds")

    var invariants: [any Invariant] {
      ForeignKey("a room's house", from: rooms, to: houses, onDelete: .cascade)
      ForeignKey("a bed's room", from: beds, to: rooms, onDelete: .restrict)
    }
  }

  @Test func aDeletionThatCanTakeUnseenRowsIsRefusedWithTheRemedy() throws {
    let schema = Building()
    let id = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(schema), replica: id, founder: id)
    let wall = HybridTime(milliseconds: 1)
    _ = try database.transact(wall: wall) { try $0[schema.houses, "h"].create() }
    // No room is here; another replica may have added one, and a bed in it.
    let refusal = #expect(throws: TransactionError.self) {
      try database.transact(wall: wall) { try $0[schema.houses, "h"].delete() }
    }
    #expect(
      refusal
        == .needsCoordination(
          invariant: "a bed's room", table: "houses",
          remedy:
            "declare onDelete: .cascade or .touch, or let the children be ordered (by: .order)"))
  }
}
