import Merganser
import MerganserConfluence
import Testing

/// Plans that rest on a search of what any number of replicas can show.
@Suite struct PlanOfAnyNumberTests {
  private struct Notice: TransactionSchema {
    let signs = Table<String, LWWRegister<Int>>("signs")
    let doors = Table<String, EnableWinsFlag>("doors")

    var invariants: [any Invariant] {
      Custom("a sign says 1 or 2", over: [signs]) { [signs] in
        (1...2).contains(try $0[signs, "gate"]?.value ?? 1)
      }
    }

    var transactions: [AnyDeclaredTransaction] { post }

    var post: DeclaredTransaction<Int> {
      DeclaredTransaction("post", over: [1, 2]) { tx, text in try tx[signs, "gate"].set(text) }
    }

    func start(_ tx: borrowing Transaction) throws { try tx[doors, "gate"].enable() }
  }

  private static let plan = Result {
    let made = try Planning(Analysis(Workload(of: Notice()))).plan
    return try Plan(parsing: made.description)
  }

  private let notice = Notice()
  private let running: Running

  init() throws { running = Running(by: try Self.plan.get()) }

  private func replica(joining founder: Replica<Notice>? = nil) throws -> Replica<Notice> {
    try Replica(notice, joining: founder?.id, running: running)
  }

  @Test func thePlanSaysSo() throws {
    let plan = try Self.plan.get()
    #expect(plan.entries["post"]?.basis == .search(replicas: nil))
    #expect(plan.entries["post"]?.way == .local)
    #expect(plan.description.contains("post\tlocal\tby search of any number of replicas\n"))
  }

  /// There are no seats; all else that the search speaks of is asked for as of any search.
  @Test func anyNumberOfReplicasRunsIt() async throws {
    let founder = try replica()
    #expect(try founder.seats == [])
    let others = try (0..<5).map { _ in try replica(joining: founder) }
    await #expect(throws: PlanError.noSeats) { try await founder.giveSeat(to: others[0].id) }
    await #expect(throws: PlanError.beforeStart("post", founder: founder.id)) {
      try await others[0].perform(notice.post, 1)
    }
    for (number, other) in others.enumerated() {
      try await founder.sync(with: other)
      try await other.perform(notice.post, 1 + number % 2)
      await #expect(throws: PlanError.unsearchedArguments("post", arguments: ["3"])) {
        try await other.perform(notice.post, 3)
      }
    }
    for other in others + others { try await founder.sync(with: other) }
    for one in others + [founder] {
      #expect(try one.snapshot.violations().isEmpty)
      let sign = try one.snapshot[notice.signs, "gate"]?.value
      #expect(try sign == founder.snapshot[notice.signs, "gate"]?.value)
    }
  }
}
