import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Rows of which so many dots live that they are written as runs, and starts of more writes than a search has names for.
@Suite struct ManyDotsTests {
  private struct Clubs: Schema {
    let teams = Table<String, ORSet<Int>>("teams")
    let guests = Table<String, RWSet<Int>>("guests")
    let most: Int

    var invariants: [any Invariant] {
      let (teams, guests, most) = (teams, guests, most)
      Custom("at most \(most) members", over: [teams]) {
        try $0[teams, "a"]?.count ?? 0 <= most
      }
      Custom("at most \(most) guests", over: [guests]) {
        try $0[guests, "a"]?.elements.count ?? 0 <= most
      }
    }
  }

  private func workload(
    _ count: Int, @TransactionsBuilder transactions: (Clubs) -> [AnyDeclaredTransaction]
  ) throws -> Workload {
    let clubs = Clubs(most: count + 1)
    return try Workload(
      "clubs", of: clubs,
      start: { tx in
        for member in 0..<count {
          try tx[clubs.teams, "a"].insert(member)
          try tx[clubs.guests, "a"].insert(member)
        }
      }
    ) { transactions(clubs) }
  }

  @Test(arguments: [3, 7, 8, 9, 16, 30, 63, 64, 70])
  func twoCanAdmitOneEach(count: Int) throws {
    let admit = try workload(count) { clubs in
      DeclaredTransaction("admit", over: [100, 101]) { tx, member in
        try tx[clubs.teams, "a"].insert(member)
      }
      DeclaredTransaction("invite", over: [100, 101]) { tx, guest in
        try tx[clubs.guests, "a"].insert(guest)
      }
    }
    let analysis = try Analysis(admit, within: Budget(replicas: 2, configurations: 20_000))
    #expect(analysis.contradictions.isEmpty)
    for (name, verdict) in analysis.verdicts {
      let counterexample = try #require(verdict.counterexample, "\(name): \(verdict)")
      try expectShown(counterexample)
    }
  }

  @Test(arguments: [8, 70])
  func leavingIsConfluent(count: Int) throws {
    let leave = try workload(count) { clubs in
      DeclaredTransaction("leave", over: [0, 1]) { tx, member in
        try tx[clubs.teams, "a"].remove(member)
      }
      DeclaredTransaction("leave as a guest", over: [0, 1]) { tx, guest in
        try tx[clubs.guests, "a"].remove(guest)
      }
    }
    let analysis = try Analysis(leave, within: Budget(replicas: 2, configurations: 20_000))
    #expect(analysis.isConfluent, "\(analysis.verdicts)")
  }
}
