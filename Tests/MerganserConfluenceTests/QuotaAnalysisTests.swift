import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What the analysis says of groups that have at most, or at least, so many rows.
@Suite struct QuotaAnalysisTests {
  private struct Crew: Schema {
    let crews = Table<String, GSet<Int>>("crews")
    let people = Table<Int, LWWRegister<String>>("people")
    let isLeast: Bool
    var coordination: Coordination<String> = .nobody

    var invariants: [any Invariant] {
      if isLeast {
        Quota("crews", atLeast: 1, of: people, in: crews, by: coordination) { _, crew in crew }
      } else {
        Quota("crews", atMost: 2, of: people, by: coordination) { _, crew in crew }
      }
    }

    @Sendable func start(_ tx: borrowing Transaction) throws {
      try tx[crews, "red"].create()
      try tx[people, 1].set("red")
      try tx[people, 2].set("red")
    }

    var move: DeclaredTransaction<(Int, String)> {
      DeclaredTransaction("move", over: 1...3, over: ["red", "blue"]) { tx, person, crew in
        if try tx[people, person].value?.value != crew { try tx[people, person].set(crew) }
      }
    }

    var leave: DeclaredTransaction<Int> {
      DeclaredTransaction("leave", over: 1...2) { tx, person in try tx[people, person].delete() }
    }
  }

  @Test func takingTheLastPlaceIsSeenToGoWrong() throws {
    let crew = Crew(isLeast: false)
    #expect(try !isConfluent(crew, start: { try $0[crew.people, 1].set("red") }) { crew.move })
    // Who goes leaves room.
    #expect(try isConfluent(crew, start: crew.start) { crew.leave })
  }

  @Test func takingAwayTheLastIsSeenToGoWrong() throws {
    let crew = Crew(isLeast: true)
    #expect(try !isConfluent(crew, start: crew.start) { crew.leave })
    #expect(try !isConfluent(crew, start: crew.start) { crew.move })
    let disband = DeclaredTransaction("disband") { tx in try tx[crew.crews, "red"].delete() }
    #expect(try isConfluent(crew, start: crew.start) { disband })
  }

  /// Two owners may write one row apart, and one value shows: the other's group has lost it.
  @Test func noOwnerKeepsWhatHangsOnValues() throws {
    let crew = Crew(isLeast: true, coordination: .owner(.founder))
    #expect(throws: SchemaError.self) { try Workload("crew", of: crew) { crew.move } }
  }

  /// What no search contradicts, with the owner at one of the replicas: each write that another could make is tried.
  @Test func anOwnerKeepsIt() throws {
    let crew = Crew(isLeast: false, coordination: .owner(.founder))
    let form = DeclaredTransaction("form", over: [3, 4]) { tx, person in
      try tx[crew.crews, "blue"].create()
      try tx[crew.people, person].set("blue")
    }
    let disband = DeclaredTransaction("disband", over: ["red", "blue"]) { tx, name in
      try tx[crew.crews, name].delete()
    }
    #expect(
      try isConfluent(crew, configurations: 50_000, start: crew.start) {
        crew.move
        crew.leave
        form
        disband
      })
  }
}
