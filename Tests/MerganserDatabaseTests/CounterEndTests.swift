import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Counters that more than 64 bits are counted in, under every invariant that adds or compares.
@Suite struct CounterEndTests {
  private struct Ends: Schema {
    let low = Table<Int, PNCounter>("low")
    let high = Table<Int, PNCounter>("high")
    let grown = Table<Int, GCounter>("grown")
    let parts = Table<Path<Int, Int>, GCounter>("parts")
    let totals = Table<Int, PNCounter>("totals")
    let entries = Table<Int, PNCounter>("entries")
    let stock = Table<Int, EscrowCounter>("stock")
    let wide = Table<Int, EscrowCounter>("wide")
    let counted = Table<Int, PNCounter>("counted")
    let read = Table<Int, PNCounter>("read")

    var invariants: [any Invariant] {
      Limit("low", on: low, atLeast: 0)
      Limit("high", on: high, atMost: .max)
      Limit("grown", on: grown, atMost: .max)
      SumOf("parts", of: parts, in: totals) { $0.parent }
      SumOf("entries", balancing: entries)
      Bounds(stock, in: 0..., name: "stock")
      Bounds(wide, in: .min ... .max, name: "wide")
      Custom("counted", over: [counted]) { [counted] in try $0[counted, 1]?.count ?? 0 >= 0 }
      Custom("read", over: [read]) { [read] in try $0[read, 1]?.value ?? 0 >= 0 }
    }
  }

  /// One kind of row: how a replica counts all that it can, and how what was counted is deleted.
  private struct Kind: Sendable {
    let name: String
    var broken: String?
    let fill: @Sendable (Ends, borrowing Transaction) throws -> Void
    let delete: @Sendable (Ends, borrowing Transaction) throws -> Void
  }

  private static let kinds: [Kind] = [
    Kind(name: "low") {
      try $1[$0.low, 1].increment(by: .max)
    } delete: {
      try $1[$0.low, 1].delete()
    },
    Kind(name: "high", broken: "18446744073709551614") {
      try $1[$0.high, 1].increment(by: .max)
    } delete: {
      try $1[$0.high, 1].delete()
    },
    Kind(name: "grown", broken: "18446744073709551614") {
      try $1[$0.grown, 1].increment(by: .max)
    } delete: {
      try $1[$0.grown, 1].delete()
    },
    Kind(name: "parts") {
      try $1[$0.parts, Path(1, child: 1)].increment(by: .max)
      try $1[$0.totals, 1].increment(by: .max)
    } delete: {
      try $1[$0.parts, Path(1, child: 1)].delete()
      try $1[$0.totals, 1].delete()
    },
    Kind(name: "entries") {
      try $1[$0.entries, 1].increment(by: .max)
      try $1[$0.entries, 2].decrement(by: .max)
    } delete: {
      try $1[$0.entries, 1].delete()
      try $1[$0.entries, 2].delete()
    },
    Kind(name: "stock") {
      try $1[$0.stock, 1].increment(by: .max)
    } delete: {
      try $1[$0.stock, 1].delete()
    },
    Kind(name: "counted") {
      try $1[$0.counted, 1].increment(by: .max)
    } delete: {
      try $1[$0.counted, 1].delete()
    },
    Kind(name: "read", broken: "the value does not fit 64 bits, thrown on 1 = ") {
      try $1[$0.read, 1].increment(by: .max)
    } delete: {
      try $1[$0.read, 1].delete()
    },
  ]

  private static let founder = ReplicaID(high: 0, low: 1)
  private let wall = HybridTime(milliseconds: 1)

  private func database(_ replica: UInt64, schema: some Schema) throws -> Database {
    Database(
      catalog: try Catalog(schema), replica: ReplicaID(high: 0, low: replica),
      founder: Self.founder)
  }

  private func write(
    _ database: inout Database, body: (borrowing Transaction) throws -> Void
  ) throws -> [StoredVersion] {
    [try database.transact(scope: .localOnly, wall: wall, body: body).version].compactMap { $0 }
  }

  /// What both sides have counted is one row, which invariants compare and which can be deleted.
  @Test(arguments: Self.kinds.indices, [false, true])
  func aFullRowIsNotLocked(_ place: Int, isCreatedApart: Bool) throws {
    let (kind, schema) = (Self.kinds[place], Ends())
    var here = try database(1, schema: schema)
    var there = try database(3, schema: schema)
    let mine = try write(&here) { try kind.fill(schema, $0) }
    // Where the first count is seen, an invariant may refuse the second here: it comes from a program without invariants.
    var apart = try database(2, schema: Unruled(of: schema))
    if !isCreatedApart { _ = try apart.receive(mine, wall: wall) }
    let theirs = try write(&apart) { try kind.fill(schema, $0) }
    _ = try here.receive(theirs, wall: wall)
    _ = try there.receive(mine + theirs, wall: wall)
    for var database in [here, there] {
      let violations = try database.snapshot.violations()
      #expect(violations.map(\.invariant) == (kind.broken == nil ? [] : [kind.name]))
      if let broken = kind.broken {
        #expect(violations.first?.found.hasPrefix(broken) == true, "\(violations)")
      }
      // A tool finds those whose conditions are in the schema's description.
      let told = try Catalog(schema).description.invariants.filter { !$0.traits.isCode }.map(\.name)
      #expect(
        try database.snapshot.brokenInvariants()
          == violations.filter { told.contains($0.invariant) })
      let deletion = try write(&database) { try kind.delete(schema, $0) }
      #expect(deletion.count == 1)
      #expect(try database.snapshot.violations() == [])
    }
  }

  /// The same tables without invariants.
  private struct Unruled: Schema {
    let low, high, totals, entries, counted, read: Table<Int, PNCounter>
    let grown: Table<Int, GCounter>
    let parts: Table<Path<Int, Int>, GCounter>
    let stock, wide: Table<Int, EscrowCounter>

    init(of ends: Ends) {
      (low, high, totals, entries) = (ends.low, ends.high, ends.totals, ends.entries)
      (counted, read, grown, parts) = (ends.counted, ends.read, ends.grown, ends.parts)
      (stock, wide) = (ends.stock, ends.wide)
    }
  }

  /// What goes out of a full row is compared at its full width.
  @Test func fullCountersCountDown() throws {
    let schema = Ends()
    var here = try database(1, schema: schema)
    var there = try database(2, schema: schema)
    let mine = try write(&here) { tx in
      try tx[schema.low, 1].increment(by: .max)
      try tx[schema.parts, Path(1, child: 1)].increment(by: .max)
      try tx[schema.totals, 1].increment(by: .max)
    }
    let theirs = try write(&there) { tx in
      try tx[schema.low, 1].increment(by: .max)
      try tx[schema.parts, Path(1, child: 1)].increment(by: .max)
      try tx[schema.totals, 1].increment(by: .max)
    }
    _ = try here.receive(theirs, wall: wall)
    _ = try there.receive(mine, wall: wall)
    let less = try write(&here) { try $0[schema.low, 1].decrement(by: .max) }
    #expect(try here.snapshot[schema.low, 1]?.value == .max)
    _ = try there.receive(less, wall: wall)
    let rest = try write(&there) { try $0[schema.low, 1].decrement(by: .max) }
    #expect(try there.snapshot[schema.low, 1]?.value == 0)
    var third = try database(3, schema: schema)
    _ = try third.receive(mine + theirs + less + rest, wall: wall)
    let below = #expect(throws: InvariantViolation.self) {
      try write(&third) { try $0[schema.low, 1].decrement() }
    }
    #expect(below?.found == "-1")
    let violation = #expect(throws: InvariantViolation.self) {
      try write(&there) { try $0[schema.totals, 1].decrement(by: 7) }
    }
    #expect(violation?.found == "a sum that is off by 7")
  }

  /// Rights are compared at their full width: more than 64 bits of them are held, given and spent.
  @Test func rightsBeyond64BitsAreHeld() throws {
    let schema = Ends()
    var here = try database(1, schema: schema)
    var there = try database(2, schema: schema)
    for table in [schema.stock, schema.wide] {
      let mine = try write(&here) { tx in try tx[table, 1].increment(by: .max) }
      if table.name == "stock" {
        // No bound above: whoever counts up may hand on the rights to come down again.
        _ = try there.receive(mine, wall: wall)
        let theirs = try write(&there) { tx in
          try tx[table, 1].increment(by: .max)
          try tx[table, 1].transfer(.max, of: .decrement, to: Self.founder)
        }
        _ = try here.receive(theirs, wall: wall)
      }
      func rights(_ direction: EscrowCounter.Direction) throws -> Int64? {
        try here.snapshot.rights(of: Self.founder, towards: direction, in: table, key: 1)
      }
      // Twice as many as are told.
      #expect(try rights(.decrement) == .max)
      #expect(try here.snapshot.violations() == [])
      #expect(try here.snapshot.brokenInvariants() == [])
      _ = try write(&here) { try $0[table, 1].decrement(by: .max) }
      #expect(try rights(.decrement) == .max)
      _ = try write(&here) { try $0[table, 1].delete() }
    }
    #expect(try here.snapshot.count(schema.stock) == 0)
  }

  /// What one incarnation holds beyond 64 bits makes up for what is lacking in another.
  @Test func rightsOfIncarnationsAddUpAtFullWidth() throws {
    let schema = Ends()
    var here = try database(1, schema: schema)
    // A program without invariants spent what it did not have, in a row that it created apart.
    var other = try database(2, schema: Unruled(of: schema))
    var theirs = try write(&other) { try $0[schema.stock, 1].decrement(by: .max) }
    let mine = try write(&here) { tx in
      try tx[schema.stock, 1].increment(by: .max)
      try tx[schema.stock, 1].transfer(.max, of: .decrement, to: ReplicaID(high: 0, low: 2))
    }
    _ = try other.receive(mine, wall: wall)
    theirs += try write(&other) { try $0[schema.stock, 1].increment(by: .max) }
    _ = try here.receive(theirs, wall: wall)
    let told = try here.snapshot.rights(
      of: ReplicaID(high: 0, low: 2), towards: .decrement, in: schema.stock, key: 1)
    #expect(told == .max)
    #expect(try here.snapshot.brokenInvariants() == [])
  }

  /// Numbers at both ends are refused or deleted, and trap nowhere.
  @Test func numbersAtTheEnds() throws {
    struct Numbered: Schema {
      let rows = Table<Int, GCounter>("rows")
      var invariants: [any Invariant] { Sequential("numbers", on: rows) }
    }
    struct Plain: Schema { let rows = Table<Int, GCounter>("rows") }
    let (schema, ends) = (Numbered(), [Int.min, .min + 1, -1, 0, .max - 1, .max])
    var here = try database(1, schema: schema)
    _ = try write(&here) { try $0[schema.rows, 1].create() }
    for number in ends {
      #expect(throws: InvariantViolation.self) {
        try write(&here) { try $0[schema.rows, number].create() }
      }
    }
    // Another program wrote them.
    var other = try database(2, schema: Plain())
    let theirs = try write(&other) { for number in ends { try $0[Plain().rows, number].create() } }
    _ = try here.receive(theirs, wall: wall)
    #expect(try here.snapshot.violations().map(\.invariant) == ["numbers"])
    for number in ends.sorted(by: >) {
      _ = try write(&here) { try $0[schema.rows, number].delete() }
    }
    #expect(try here.snapshot.violations() == [])
  }
}
