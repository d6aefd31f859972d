import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// Tables that are ordered together: what keeps every invariant on them, and what closes their group.
@Suite struct OrderedGroupTests {
  private struct Halls: TransactionSchema {
    let halls = Table<String, LWWRegister<String>>("halls")
    let bookings = Table<Path<String, Int>, LWWRegister<Int>>("bookings")
    let visitors = Table<String, PNCounter>("visitors")
    let invoices = Table<Int, LWWRegister<String>>("invoices")
    let members = Table<Int, LWWRegister<String>>("members")
    let notes = Table<String, LWWRegister<String>>("notes")

    var invariants: [any Invariant] {
      ForeignKey(
        "a booking has its hall", from: bookings, to: halls, onDelete: .restrict,
        by: .order("halls"))
      NoOverlap("a hall is booked once", on: bookings, by: .order("halls")) { key, end in
        (resource: key.parent, from: Int64(key.child), to: Int64(end))
      }
      Limit("at most 2 come", on: visitors, atMost: 2, by: .order("halls"))
      Sequential("invoices are numbered", on: invoices, by: .order("books"))
      Custom("at most 3 invoices", over: [invoices], by: .order("books")) {
        try $0.count(invoices) <= 3
      }
      Unique("a login is one member's", on: members, by: .order("members")) { _, login in login }
    }

    var transactions: [AnyDeclaredTransaction] {
      book
      cancel
      visit
      close
      invoice
      join
      stray
      rename
    }

    var book: DeclaredTransaction<(String, Int, Int)> {
      DeclaredTransaction("book", over: ["north"], over: [1, 2], over: [3]) { tx, hall, from, to in
        try tx[bookings, Path(hall, child: from)].set(to)
      }
    }

    var cancel: DeclaredTransaction<(String, Int)> {
      DeclaredTransaction("cancel", over: ["north"], over: [1]) { tx, hall, from in
        try tx[bookings, Path(hall, child: from)].delete()
      }
    }

    var visit: DeclaredTransaction<Int64> {
      DeclaredTransaction("visit", over: [1]) { tx, count in
        try tx[visitors, "north"].increment(by: count)
      }
    }

    /// Deletes a hall that nobody has booked.
    var close: DeclaredTransaction<String> {
      DeclaredTransaction("close", over: ["north", "south"]) { tx, hall in
        try tx[halls, hall].delete()
      }
    }

    var invoice: DeclaredTransaction<String> {
      DeclaredTransaction("invoice", over: ["ann"]) { tx, name in
        var number = 1
        while try tx[invoices, number].value != nil { number += 1 }
        try tx[invoices, number].set(name)
        tx.answer(Int64(number))
      }
    }

    var join: DeclaredTransaction<(Int, String)> {
      DeclaredTransaction("join", over: [1, 2], over: ["ann"]) { tx, member, login in
        try tx[members, member].set(login)
      }
    }

    /// Writes to two groups.
    var stray: DeclaredTransaction<String> {
      DeclaredTransaction("stray", over: ["nobody", "ann"]) { tx, name in
        try tx[visitors, "south"].increment()
        if name != "nobody" { try tx[members, 9].set(name) }
      }
    }

    /// Writes to what is in no group.
    var rename: DeclaredTransaction<String> {
      DeclaredTransaction("rename", over: ["The North Hall"]) { tx, name in
        try tx[halls, "north"].set(name)
      }
    }

    func start(_ tx: borrowing Transaction) throws {
      try tx[halls, "north"].set("North")
      try tx[halls, "south"].set("South")
    }
  }

  private static let made = Result { try Planning(Analysis(Workload(of: Halls()))).plan }

  private let schema = Halls()
  private let running: Running
  private let founder: Replica<Halls>

  init() throws {
    running = Running(by: try Self.made.get())
    founder = try Replica(schema, running: running)
  }

  private func joiner() async throws -> Replica<Halls> {
    let replica = try Replica(schema, joining: founder.id, running: running)
    try await founder.sync(with: replica)
    return replica
  }

  private func meet(_ other: Replica<Halls>) async throws {
    for _ in 0..<2 { try await founder.sync(with: other) }
  }

  private func isCommitted(_ receipt: Receipt) throws -> Bool {
    guard case .decided(let execution) = try receipt.state else {
      Issue.record("\(try receipt.state)")
      return false
    }
    return execution.outcome.isCommitted
  }

  @Test func whatWritesToAGroupIsPlannedOrderedByTheoremsAlone() throws {
    let plan = try Self.made.get()
    for name in ["book", "cancel", "visit", "close", "invoice", "join", "stray"] {
      #expect(plan.entries[name]?.way == .ordered, "\(name)")
      #expect(plan.entries[name]?.basis == .theorems, "\(name)")
    }
    #expect(plan.entries["rename"]?.way == .local)
    #expect(plan.searchedEntries.isEmpty)
    let analysis = try Analysis(Workload(of: schema))
    #expect(analysis.isConfluent, "\(analysis.verdicts)")
  }

  @Test func theOrderKeepsInvariantsOfEveryKind() async throws {
    let (one, other) = (try await joiner(), try await joiner())
    var receipts: [[Receipt]] = []
    for replica in [one, other] {
      receipts.append([
        try await replica.submit(schema.book, "north", replica === one ? 5 : 6, 8),
        try await replica.submit(schema.visit, 2),
        try await replica.submit(schema.invoice, "ann"),
        try await replica.submit(schema.invoice, "bo"),
        try await replica.submit(schema.join, replica === one ? 1 : 2, "ann"),
      ])
    }
    for replica in [one, other, one] { try await meet(replica) }
    // The first of two conflicting requests commits, and the other is rejected; which is first is the order's to say.
    for place in [0, 1, 4] {
      let outcomes = try receipts.map { try isCommitted($0[place]) }
      #expect(outcomes.filter { $0 }.count == 1, "\(place): \(outcomes)")
    }
    let invoices = try receipts.flatMap { $0[2...3] }.map(isCommitted)
    #expect(invoices.filter { $0 }.count == 3)
    for replica in [founder, one, other] {
      #expect(try replica.snapshot.violations().isEmpty)
      #expect(try replica.snapshot.rows(schema.invoices).map(\.key) == [1, 2, 3])
      #expect(try replica.snapshot[schema.visitors, "north"]?.value == 2)
    }
  }

  @Test func aParentIsDeletedInTheOrderOfItsChildren() async throws {
    let branch = try await joiner()
    let booked = try await branch.submit(schema.book, "north", 5, 8)
    let kept = try await branch.submit(schema.close, "north")
    let closed = try await branch.submit(schema.close, "south")
    // Parents come and change at every replica.
    try await branch.perform(schema.rename, "The Great Hall")
    try await meet(branch)
    #expect(try isCommitted(booked) && isCommitted(closed))
    #expect(try !isCommitted(kept))
    let late = try await branch.submit(schema.book, "south", 5, 8)
    try await meet(branch)
    #expect(try !isCommitted(late))
    for replica in [founder, branch] {
      #expect(try replica.snapshot.rows(schema.halls).map(\.key) == ["north"])
      #expect(try replica.snapshot.violations().isEmpty)
    }
  }

  @Test func nothingElseWritesToAGroup() async throws {
    for replica in [founder, try await joiner()] {
      for scope in [Scope.everywhere, .localOnly] {
        await #expect(throws: TransactionError.ordered(table: "members", group: "members")) {
          try await replica.write(scope) { tx in try tx[schema.members, 1].set("ann") }
        }
        await #expect(throws: TransactionError.ordered(table: "halls", group: "halls")) {
          try await replica.write(scope) { tx in try tx[schema.halls, "south"].delete() }
        }
        try await replica.write(scope) { tx in try tx[schema.halls, "east"].set("East") }
        try await replica.write(scope) { tx in try tx[schema.notes, "a"].set("b") }
      }
    }
  }

  @Test func whatIsOrderedStaysInItsGroup() async throws {
    let branch = try await joiner()
    let receipt = try await branch.submit(schema.stray, "ann")
    let next = try await branch.submit(schema.visit, 1)
    try await meet(branch)
    guard case .decided(let execution) = try receipt.state,
      case .rejected(let reason) = execution.outcome
    else {
      Issue.record("\(try receipt.state)")
      return
    }
    #expect(reason.contains("in the order of"))
    #expect(try isCommitted(next))
    #expect(try founder.snapshot.count(schema.members) == 0)
    #expect(try founder.snapshot[schema.visitors, "south"] == nil)
  }

  /// What a program writes that takes itself for the primary waits everywhere, and what it removes.
  @Test func whatAnotherWritesToAGroupWaits() throws {
    let catalog = try Catalog(schema)
    let ids = [ReplicaID.random(), ReplicaID.random()]
    var primary = Database(catalog: catalog, replica: ids[0], founder: ids[0])
    let start = try #require(
      try primary.transact(clearance: .start, wall: HybridTime(milliseconds: 1)) { tx in
        try schema.start(tx)
        try tx[schema.members, 1].set("ann")
      }.version)
    for isRemoval in [false, true] {
      var liar = Database(catalog: catalog, replica: ids[1], founder: ids[0])
      _ = try liar.receive([start], wall: HybridTime(milliseconds: 2))
      let forged = try #require(
        try liar.transact(clearance: .start, wall: HybridTime(milliseconds: 2)) { tx in
          let row = try tx[schema.members, 1]
          if isRemoval { try row.delete() } else { try row.set("bo") }
        }.version)
      var honest = primary
      let reception = try honest.receive([forged], wall: HybridTime(milliseconds: 3))
      #expect(reception.applied.isEmpty)
      #expect("\(reception.refused)".contains("the order of members"))
      #expect(try honest.snapshot[schema.members, 1]?.value == "ann")
    }
  }

  private struct Tables: Schema {
    let parents = Table<String, LWWRegister<String>>("parents")
    let children = Table<Path<String, Int>, LWWRegister<String>>("children")
    let counters = Table<String, PNCounter>("counters")
    let rights = Table<String, EscrowCounter>("rights")
    var invariants: [any Invariant] = []
  }

  /// Each schema whose group is open is refused by the name of what opens it, and says what to declare.
  @Test func aGroupIsClosed() throws {
    let tables = Tables()
    func ordered(_ group: String = "g") -> Ordered {
      Ordered("together", on: tables.children, in: group)
    }
    let cases: [(name: String, says: String, invariants: [any Invariant])] = [
      (
        "differ", "by: .order(\"g\")",
        [ordered(), Unique("differ", on: tables.children) { _, text in text }]
      ),
      (
        "differ", "by: .order(\"g\")",
        [
          ordered(),
          Unique("differ", on: tables.children, by: .owner(.founder)) { _, text in text },
        ]
      ),
      (
        "any", "by: .order(\"g\")",
        [ordered(), Custom("any", over: [tables.children, tables.counters]) { _ in true }]
      ),
      (
        "below", "onDelete: .restrict",
        [
          ordered(),
          ForeignKey("below", from: tables.children, to: tables.parents, onDelete: .cascade),
        ]
      ),
      (
        "below", "by: .order(\"g\")",
        [
          ordered(),
          ForeignKey("below", from: tables.children, to: tables.parents, onDelete: .restrict),
        ]
      ),
      (
        "rights", "Limit over a PNCounter",
        [
          Ordered("together", on: tables.rights, in: "g"),
          Bounds(tables.rights, in: 0..., name: "rights"),
        ]
      ),
      (
        "low", "let both name one group",
        [
          Ordered("together", on: tables.counters, in: "g"),
          Limit("low", on: tables.counters, atLeast: 0, by: .order("h")),
        ]
      ),
      (
        "below", "let both name one group",
        [
          Ordered("together", on: tables.parents, in: "h"),
          ForeignKey(
            "below", from: tables.children, to: tables.parents, onDelete: .restrict,
            by: .order("g")),
        ]
      ),
      ("together", "a group's name", [ordered("")]),
    ]
    for (name, says, invariants) in cases {
      let error = #expect(throws: SchemaError.self) {
        try Catalog(Tables(invariants: invariants))
      }
      guard case .invalidInvariant(let found, let reason)? = error else {
        Issue.record("\(name): \(says)")
        continue
      }
      #expect(found == name)
      #expect(reason.contains(says), "\(reason)")
    }
    // What each write keeps by itself stays as it is, and so do children outside of ordered parents.
    _ = try Catalog(
      Tables(invariants: [
        ordered(), Check("short", on: tables.children) { _, text in text.count < 9 },
      ]))
    _ = try Catalog(
      Tables(invariants: [
        Ordered("together", on: tables.parents, in: "g"),
        ForeignKey("below", from: tables.children, to: tables.parents, onDelete: .cascade),
      ]))
  }

  /// A table is ordered from its first row on.
  @Test func aTableThatIsThereIsNotOrderedLater() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    let plain = try await Replica.open(Tables(), at: path)
    try await plain.write { tx in try tx[Tables().counters, "a"].increment() }
    try await plain.close()
    let later = Tables(invariants: [Ordered("together", on: Tables().counters, in: "g")])
    await #expect(throws: (any Error).self) { _ = try await Replica.open(later, at: path) }
  }

  /// A tool that has none of the program reads from the description what is ordered.
  @Test func theDescriptionTellsWhatIsOrdered() throws {
    let catalog = try Catalog(schema)
    let description = try SchemaDescription(binaryEncoded: catalog.description.binaryEncoded())
    let tables = Dictionary(
      uniqueKeysWithValues: catalog.tables.map { ($0.name, $0 as any AnyTable) })
    for invariant in description.invariants {
      #expect(invariant.isUnderstood)
      let described = invariant.described(among: tables)
      if !invariant.traits.isCode { #expect(described?.group == invariant.group) }
      #expect(described.map { $0.description == invariant } ?? invariant.traits.isCode)
    }
    #expect(Set(description.invariants.compactMap(\.group)) == ["halls", "books", "members"])
  }
}
