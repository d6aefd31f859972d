import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A schema with one invariant of each kind that looks at more than one row.
private struct Office: Schema {
  let users = Table<Int, LWWRegister<String>>("users")
  let bookings = Table<Int, LWWRegister<Int>>("bookings")
  let stock = Table<String, PNCounter>("stock")
  let parts = Table<Path<String, Int>, PNCounter>("parts")
  let totals = Table<String, PNCounter>("totals")
  let invoices = Table<Int, LWWRegister<String>>("invoices")
  let tickets = Table<Path<ReplicaID, Int>, LWWRegister<String>>("tickets")
  let orders = Table<String, LWWRegister<String>>("orders")
  let lines = Table<Path<String, Int>, LWWRegister<String>>("lines")
  var deletion = ForeignKey.Deletion.restrict
  static let owner = ReplicaID(high: 0, low: 1)

  var invariants: [any Invariant] {
    Unique("names", on: users) { _, name in name }
    NoOverlap("hours", on: bookings, by: .owner({ $0 == "north" ? Self.owner : nil })) {
      key, hour in
      (resource: key < 100 ? "north" : "south", from: Int64(hour), to: Int64(hour) + 2)
    }
    Limit("stock", on: stock, atLeast: 0)
    SumOf("totals", of: parts, in: totals) { $0.parent }
    Sequential("numbers", on: invoices)
    Unique("tickets", generated: tickets)
    ForeignKey("lines", from: lines, to: orders, onDelete: deletion)
  }
}

@Suite struct KeptInvariantTests {
  private let schema: Office
  private var database: Database

  init() throws {
    schema = Office()
    database = try Self.database(schema)
  }

  private static func database(_ schema: Office) throws -> Database {
    Database(catalog: try Catalog(schema), replica: Office.owner, founder: Office.owner)
  }

  /// Runs a transaction, and says what refused it: a violation's description, or "coordination".
  private mutating func run(
    _ scope: Scope = .everywhere, body: (borrowing Transaction) throws -> Void
  ) throws -> String? {
    do {
      _ = try database.transact(scope: scope, wall: HybridTime(milliseconds: 1), body: body)
      return nil
    } catch let violation as InvariantViolation {
      return "\(violation.invariant) \(violation.key): \(violation.found)"
    } catch TransactionError.needsCoordination {
      return "coordination"
    }
  }

  @Test mutating func namesAreUnique() throws {
    let users = schema.users
    #expect(try run { try $0[users, 1].set("ann") } == "coordination")
    #expect(try run(.localOnly) { try $0[users, 1].set("ann") } == nil)
    #expect(
      try run(.localOnly) { try $0[users, 2].set("ann") } == "names 2: row 1 has the same name")
    // A name that was let go can be taken again, by the index too.
    #expect(try run { try $0[users, 1].delete() } == nil)
    #expect(try run(.localOnly) { try $0[users, 2].set("ann") } == nil)
    #expect(try run(.localOnly) { try $0[users, 2].set("bob") } == nil)
    #expect(try run(.localOnly) { try $0[users, 1].set("ann") } == nil)
  }

  @Test mutating func bookingsAreApart() throws {
    let bookings = schema.bookings
    #expect(try run { try $0[bookings, 1].set(9) } == nil)
    #expect(
      try run { try $0[bookings, 2].set(10) } == "hours 2: 10..<12 overlaps row 1, which has 9..<11"
    )
    #expect(
      try run { try $0[bookings, 2].set(8) } == "hours 2: 8..<10 overlaps row 1, which has 9..<11")
    #expect(try run { try $0[bookings, 2].set(11) } == nil)
    // A room that nobody owns is let only where that is coordinated.
    #expect(try run { try $0[bookings, 101].set(9) } == "coordination")
    #expect(try run(.localOnly) { try $0[bookings, 101].set(9) } == nil)
  }

  @Test mutating func aPlainCounterMovesAwayFromItsLimitFreely() throws {
    let stock = schema.stock
    #expect(try run { try $0[stock, "tea"].increment(by: 3) } == nil)
    #expect(try run { try $0[stock, "tea"].decrement(by: 1) } == "coordination")
    #expect(try run(.localOnly) { try $0[stock, "tea"].decrement(by: 1) } == nil)
    #expect(try run(.localOnly) { try $0[stock, "tea"].decrement(by: 3) } == "stock tea: -1")
  }

  @Test mutating func aTotalFollowsItsParts() throws {
    let (parts, totals) = (schema.parts, schema.totals)
    #expect(
      try run { try $0[parts, Path("t", child: 1)].increment(by: 2) }
        == "totals t: a sum that is off by 2")
    #expect(
      try run { tx in
        try tx[parts, Path("t", child: 1)].increment(by: 2)
        try tx[totals, "t"].increment(by: 2)
      } == nil)
    #expect(try run { try $0[parts, Path("t", child: 1)].delete() } == "coordination")
    #expect(try database.snapshot.violations().isEmpty)
  }

  @Test mutating func idsAreSequentialOrGenerated() throws {
    let (invoices, tickets) = (schema.invoices, schema.tickets)
    #expect(try run { try $0[invoices, 1].set("a") } == "coordination")
    #expect(try run(.localOnly) { try $0[invoices, 2].set("a") } == "numbers 2: a gap")
    #expect(try run(.localOnly) { try $0[invoices, 1].set("a") } == nil)
    #expect(try run { try $0[invoices, 1].set("b") } == nil)
    #expect(try run { try $0[tickets, Path(Office.owner, child: 1)].create() } == nil)
    let other = ReplicaID(high: 7, low: 7)
    #expect(
      try run { try $0[tickets, Path(other, child: 1)].create() }?.hasSuffix(
        "a key of another replica's")
        == true)
  }

  @Test mutating func aParentStaysWhileItHasChildren() throws {
    let (orders, lines) = (schema.orders, schema.lines)
    #expect(
      try run { try $0[lines, Path("o", child: 1)].create() } == "lines o/1: no row o in orders")
    #expect(
      try run { tx in
        try tx[orders, "o"].create()
        try tx[lines, Path("o", child: 1)].create()
      } == nil)
    #expect(try run { try $0[orders, "o"].delete() } == "lines o: row o/1 of lines")
    #expect(try run { try $0[lines, Path("o", child: 1)].delete() } == nil)
    #expect(try run { try $0[orders, "o"].delete() } == "coordination")
    #expect(try run(.localOnly) { try $0[orders, "o"].delete() } == nil)
  }

  @Test mutating func aChildBringsItsParentBack() throws {
    let schema = Office(deletion: .touch)
    let (orders, lines) = (schema.orders, schema.lines)
    database = try Self.database(schema)
    let create = try database.transact(wall: HybridTime(milliseconds: 1)) { tx in
      try tx[orders, "p"].set("ink")
    }.version
    let missing = try run { try $0[lines, Path("p", child: 1)].create() }
    #expect(missing == "lines p/1: a row that does not touch its parent")
    var other = Database(
      catalog: database.catalog, replica: ReplicaID(high: 9, low: 9), founder: Office.owner)
    let wall = HybridTime(milliseconds: 1)
    _ = try other.receive([create].compactMap { $0 }, wall: wall)
    let line = try other.transact(wall: wall) { tx in
      try tx[orders, "p"].touch()
      try tx[lines, Path("p", child: 1)].create()
    }.version
    // Meanwhile the order is deleted where the line has not been heard of.
    #expect(try run { try $0[orders, "p"].delete() } == nil)
    let reception = try database.receive([line].compactMap { $0 }, wall: wall)
    #expect(reception.applied.count == 1)
    // The order lives on by the touch, with what it held.
    #expect(try database.snapshot[orders, "p"]?.value == "ink")
    #expect(try database.snapshot.count(lines) == 1)
    #expect(try database.snapshot.violations().isEmpty)
  }
}
