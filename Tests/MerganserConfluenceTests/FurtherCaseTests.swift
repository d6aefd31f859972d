import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Cases of the same kinds as those of the literature that are not among them.
@Suite struct FurtherCaseTests {
  private func isConfluent(
    _ schema: some Schema, replicas: Int = 2,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws -> Bool {
    let workload = try Workload("case", of: schema, start: start, transactions: transactions)
    let found = try Explorer.explore(
      workload, within: Budget(replicas: replicas, configurations: 20_000))
    #expect(found.vacuous.isEmpty)
    #expect(found.isProof || !found.counterexamples.isEmpty, "\(found.ending)")
    for counterexample in found.counterexamples { try expectShown(counterexample) }
    return found.isProof
  }

  private struct Shelves: Schema {
    let shelves = Table<String, ORSet<String>>("shelves")
    var invariants: [any Invariant] {
      let shelves = shelves
      Custom("a book stands on one shelf", over: [shelves]) { snapshot in
        let left = Set(try snapshot[shelves, "left"].map(Array.init) ?? [])
        return try left.isDisjoint(with: snapshot[shelves, "right"].map(Array.init) ?? [])
      }
    }
  }

  @Test func movingBetweenSets() throws {
    let shelves = Shelves().shelves
    let start: @Sendable (borrowing Transaction) throws -> Void = {
      try $0[shelves, "left"].insert("b")
    }
    let move = DeclaredTransaction("move", over: ["left", "right"]) { tx, to in
      for shelf in ["left", "right"] { try tx[shelves, shelf].remove("b") }
      try tx[shelves, to].insert("b")
    }
    #expect(try !isConfluent(Shelves(), start: start) { move })
    let takeAway = DeclaredTransaction("take away") { tx in try tx[shelves, "left"].remove("b") }
    #expect(try isConfluent(Shelves(), start: start) { takeAway })
  }

  private struct Chain: Schema {
    let houses = Table<String, LWWRegister<String>>("houses")
    let rooms = Table<Path<String, Int>, LWWRegister<String>>("rooms")
    let beds = Table<Path<Path<String, Int>, Int>, LWWRegister<String>>("beds")
    let last: ForeignKey.Deletion
    var invariants: [any Invariant] {
      ForeignKey("a room's house", from: rooms, to: houses, onDelete: .cascade)
      ForeignKey("a bed's room", from: beds, to: rooms, onDelete: last)
    }
  }

  @Test(arguments: [true, false]) func referencesOfReferences(cascades: Bool) throws {
    let schema = Chain(last: cascades ? .cascade : .restrict)
    let (houses, rooms, beds) = (schema.houses, schema.rooms, schema.beds)
    let confluent = try isConfluent(
      schema,
      start: { tx in
        try tx[houses, "h"].create()
        try tx[rooms, Path("h", child: 1)].create()
      }
    ) {
      DeclaredTransaction("add bed") { tx in
        try tx[beds, Path(Path("h", child: 1), child: 1)].create()
      }
      DeclaredTransaction("tear down") { tx in try tx[houses, "h"].delete() }
    }
    // A cascade that takes a row which a restricting key needs is as bad as a deletion.
    #expect(confluent == cascades)
  }

  private struct Parcels: Schema {
    let states = Table<String, LWWRegister<Int>>("states")
    let stamps = Table<String, GSet<Int>>("stamps")
    let isLast: Bool
    var invariants: [any Invariant] {
      let (states, stamps, isLast) = (states, stamps, isLast)
      Custom("a parcel's state is its last stamp", over: [states, stamps]) { snapshot in
        if !isLast { return true }
        return try snapshot[states, "p"]?.value == snapshot[stamps, "p"]?.max()
      }
    }
  }

  @Test func aStateMachineInARegisterGoesBack() throws {
    let schema = Parcels(isLast: true)
    #expect(
      try !isConfluent(schema) {
        DeclaredTransaction("advance") { tx in
          let next = (try tx[schema.stamps, "p"].value?.max() ?? 0) + 1
          guard next < 3 else { return }
          try tx[schema.states, "p"].set(next)
          try tx[schema.stamps, "p"].insert(next)
        }
      })
  }

  private struct Seats: Schema {
    let seats = Table<Int, MVRegister<String>>("seats")
    var invariants: [any Invariant] {
      let seats = seats
      Custom("a seat has one guest", over: [seats]) { snapshot in
        try snapshot.rows(seats).allSatisfy { $0.value.values.count <= 1 }
      }
    }
  }

  @Test func concurrentValuesShow() throws {
    let seats = Seats().seats
    let sit = DeclaredTransaction("sit", over: 1...2, over: ["ann", "bob"]) { tx, seat, guest in
      if try tx[seats, seat].exists { return }
      try tx[seats, seat].set(guest)
    }
    #expect(try !isConfluent(Seats()) { sit })
    // With an owner for each seat, nobody else sits down there.
    #expect(try isConfluent(Seats()) { sit.placed(.owned(byArgument: 0)) })
    #expect(try !isConfluent(Seats()) { sit.placed(.owned(byArgument: 1)) })
  }

  private struct Range: Schema {
    let levels = Table<String, EscrowCounter>("levels")
    var invariants: [any Invariant] { Bounds(levels, in: -1...1) }
  }

  @Test func escrowBoundsBothWays() throws {
    let levels = Range().levels
    let workload = try Workload("levels", of: Range()) {
      DeclaredTransaction("up") { tx in try tx[levels, "l"].increment() }
      DeclaredTransaction("down") { tx in try tx[levels, "l"].decrement() }
      DeclaredTransaction("give") { tx in
        try tx[levels, "l"].transfer(1, of: .increment, to: Workload.replicas[1])
      }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 3, configurations: 3000))
    #expect(analysis.counterexamples.isEmpty)
    #expect(analysis.isConfluent)
  }
}
