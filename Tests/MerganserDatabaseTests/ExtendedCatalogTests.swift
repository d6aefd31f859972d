import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A program's catalog, extended to a schema that grew from its own; what a schema may grow by.
@Suite struct ExtendedCatalogTests {
  typealias Described = SchemaDescription.Invariant

  /// The bank's schema with tables and invariants more.
  private func grown(
    _ tables: [SchemaDescription.Table] = [], invariants: [Described] = []
  ) throws -> SchemaDescription {
    let bank = try Catalog(Bank()).description
    return SchemaDescription(tables: bank.tables + tables, invariants: invariants + bank.invariants)
  }

  private let notes = SchemaDescription.Table(
    name: "notes", key: "String", value: "LWWRegister<String>")
  private let below = Described(
    kind: "ForeignKey", name: "below", parameters: ["notes", "accounts", "cascade", "sameKey"])

  @Test func itIsOfTheSchemaThatItWasExtendedTo() throws {
    let bank = try Catalog(Bank())
    let check = Described(kind: "Check", name: "a card's name", parameters: ["cards"])
    let unique = Described(kind: "Unique", name: "notes differ", parameters: ["notes", "chosen"])
    let once = try grown([notes], invariants: [unique, below])
    var twice = try grown(
      [notes, .init(name: "tags", key: "Path<String, Int>", value: "ORSet<String>")],
      invariants: [below, check, unique])
    #expect(try bank.extended(to: once).description == once)
    #expect(try bank.extended(to: once).extended(to: twice).description == twice)
    #expect(once.hindrance(toGrowingFrom: bank.description) == nil)
    #expect(twice.hindrance(toGrowingFrom: once) == nil)
    #expect(bank.description.hindrance(toGrowingFrom: once) != nil)
    // The order of the invariants is no difference; an invariant that is missing is one.
    twice.invariants.reverse()
    #expect(try bank.extended(to: twice).description == twice)
    twice.invariants.removeAll { $0.kind == "Check" }
    #expect(twice.hindrance(toGrowingFrom: once)?.contains("an owner has a name") == true)
  }

  @Test func theLaterOfTwoSchemasIsTheSameFromBothSides() throws {
    let (bank, later) = (try Catalog(Bank()).description, try grown([notes], invariants: [below]))
    #expect(try bank.later(later) == later && later.later(bank) == later)
    #expect(try bank.later(bank) == bank)
    let check = Described(kind: "Check", name: "cards", parameters: ["cards"])
    for (one, other) in [
      (bank, try grown([], invariants: [check])), (try grown([], invariants: [check]), bank),
    ] {
      #expect(throws: ReplicationError.uncheckedInvariant("cards", lackedBy: nil)) {
        try one.later(other)
      }
    }
    let other = try grown([.init(name: "tags", key: "String", value: "GCounter")])
    #expect(throws: ReplicationError.self) { try other.later(later) }
    // Invariants that are there stay in their order, whoever brings new ones.
    var (turned, inBetween) = (later, later)
    turned.invariants.reverse()
    #expect(try bank.later(turned).invariants == bank.invariants + [below])
    inBetween.invariants = [bank.invariants[0], below] + bank.invariants.dropFirst()
    #expect(try bank.later(inBetween) == inBetween)
  }

  /// What does not stand the loss of a row is not added where those who do not know it can delete one.
  @Test(arguments: [
    Described(kind: "SumOf", name: "new", parameters: ["notes", "totals"]),
    Described(kind: "Custom", name: "new", parameters: ["totals", "notes"]),
    Described(kind: "Sequential", name: "new", parameters: ["notes"]),
    Described(kind: "Limit", name: "new", parameters: ["notes", "1", ""]),
    Described(
      kind: "ForeignKey", name: "new", parameters: ["totals", "notes", "restrict", "sameKey"]),
  ])
  func aInvariantThatNeedsRowsBelowOldOnesIsRefused(invariant: Described) throws {
    let tables = [notes, .init(name: "totals", key: "String", value: "PNCounter")]
    let bank = try Catalog(Bank()).description
    #expect(try grown(tables, invariants: [invariant]).hindrance(toGrowingFrom: bank) == nil)
    #expect(
      try grown(tables, invariants: [invariant, below]).hindrance(toGrowingFrom: bank) != nil)
  }

  @Test func aDescriptionOfNoSchemaIsAnError() throws {
    let bank = try Catalog(Bank())
    func expectError(_ tables: [SchemaDescription.Table], invariants: [Described] = []) throws {
      let schema = try grown(tables, invariants: invariants)
      #expect(throws: SchemaError.self) { try bank.extended(to: schema) }
      // Whether it grew can be asked of whatever it is.
      _ = schema.hindrance(toGrowingFrom: bank.description)
    }
    try expectError([notes, notes])
    try expectError([.init(name: "odd", key: "String", value: "LWWRegister<Colour>")])
    try expectError([.init(name: "a\u{0}b", key: "String", value: "GCounter")])
    for kind in ["ForeignKey", "Bounds"] {
      for parameters in [
        [], ["notes"], ["notes", "accounts"], ["notes", "x", "cascade", "sameKey"],
      ] {
        try expectError(
          [notes], invariants: [Described(kind: kind, name: "r", parameters: parameters)])
      }
    }
    // Only counters of escrow have bounds.
    try expectError(
      [notes], invariants: [Described(kind: "Bounds", name: "r", parameters: ["notes", "0", ""])])
    let circle = [("notes", "a"), ("a", "notes")].map { child, parent in
      Described(
        kind: "ForeignKey", name: child, parameters: [child, parent, "cascade", "sameKey"])
    }
    try expectError(
      [notes, .init(name: "a", key: "String", value: "GCounter")], invariants: circle)
  }

  /// What decides nothing that rows hold can be lacking; what is not understood may decide anything.
  @Test func anInvariantIsLackingOnlyIfItIsUnderstood() throws {
    let bank = try Catalog(Bank())
    for (kind, parameters) in [
      ("SumOf", ["notes"]), ("Custom", ["notes"]), ("Unique", ["notes", "owned"]),
      ("NoOverlap", ["notes", "chosen"]), ("Check", ["notes"]),
    ] {
      let invariant = Described(kind: kind, name: "r", parameters: parameters)
      #expect(
        try bank.extended(to: grown([notes], invariants: [invariant])).description.invariants
          .contains(
            invariant))
      if kind == "Custom" { continue }
      let other = Described(kind: kind, name: "r", parameters: ["notes", "notes", "notes"])
      #expect(throws: SchemaError.self) {
        try bank.extended(to: grown([notes], invariants: [other]))
      }
    }
    let unknown = Described(kind: "Nothing", name: "r", parameters: ["notes"])
    #expect(throws: SchemaError.self) {
      try bank.extended(to: grown([notes], invariants: [unknown]))
    }
  }

  /// Notes that differ, in a schema that began without them.
  private struct Noted: Schema {
    let lists = Table<String, GCounter>("lists")
    let notes = Table<Int, LWWRegister<String>>("notes")
    var invariants: [any Invariant] { Unique("notes differ", on: notes) { _, note in note } }
  }

  private struct Lists: Schema {
    let lists = Table<String, GCounter>("lists")
  }

  /// Indexes that an earlier program did not keep are made anew, whichever step is the last before a crash.
  @Test func indexesAreMadeAnew() throws {
    let (noted, wall) = (Noted(), HybridTime(milliseconds: 1))
    let (writer, reader) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
    let later = try Catalog(noted)
    let earlier = try Catalog(Lists()).extended(to: later.description)
    var source = Database(catalog: later, replica: writer, founder: writer)
    let storages = [MemoryStorage(checkpointInterval: 1), MemoryStorage(checkpointInterval: 1)]
    for round in 0..<2 {
      var versions: [StoredVersion] = []
      for note in 0..<30 where round == 0 || note % 3 == 0 {
        let written = try source.transact(scope: .localOnly, wall: wall) { tx in
          try tx[noted.notes, note].set("\(round) \(note)")
        }
        versions += [written.version].compactMap { $0 }
      }
      // The later program stores the first of them in both, and then the earlier one in the second.
      for (place, storage) in storages.enumerated() {
        var database = Database(
          catalog: place + round == 2 ? earlier : later, replica: reader, founder: writer)
        try database.recover(from: storage.snapshot())
        try storage.append(try database.receive(versions, wall: wall).applied)
        database.beginCheckpoint()
        while let step = try database.nextCheckpointStep(limit: 50) {
          storage.store(step)
          database.rest(on: try storage.snapshot().state)
        }
      }
    }
    let expected = try contents(of: storages[0])
    #expect(try contents(of: storages[1]) != expected)
    var count = 0
    var steps = try IndexRebuilding(of: storages[1].snapshot().state, catalog: later)
    while try steps.next(limit: 100) != nil { count += 1 }
    #expect(count > 5)
    for last in 0...count {
      let storage = try #require(try storages[1].shadow())
      for limit in [last, .max] {
        var steps = try IndexRebuilding(of: storage.snapshot().state, catalog: later)
        for _ in 0..<limit {
          if let step = try steps.next(limit: 100) { try storage.store(step) } else { break }
        }
      }
      #expect(try contents(of: storage) == expected, "stopped after \(last) steps")
    }
  }

  /// All that is stored besides rows.
  private func contents(of storage: some VersionStorage) throws -> [[StateEntry]] {
    let state = try storage.snapshot().state
    return try [Keyspace.index, .counts].map { space in
      let entries = try state.entries(from: [0], in: space)
      var all: [StateEntry] = []
      while let entry = try entries.next() { all.append(entry) }
      return all
    }
  }
}
