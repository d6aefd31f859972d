import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

@Suite struct SegmentTests {
  private struct Auction: Schema {
    let bids = Table<String, GSet<Int>>("bids")
    let winners = Table<String, LWWRegister<Int>>("winners")

    var invariants: [any Invariant] {
      let (bids, winners) = (bids, winners)
      Custom("the winner is the highest bid", over: [bids, winners]) { snapshot in
        try snapshot.rows(winners).allSatisfy {
          try snapshot[bids, $0.key]?.max() == $0.value.value
        }
      }
    }

    func workload() throws -> Workload {
      try Workload("auction", of: self) {
        DeclaredTransaction("bid", over: 1...2) { tx, amount in
          if try tx[winners, "lot"].exists { return }
          try tx[bids, "lot"].insert(amount)
        }
        DeclaredTransaction("close") { tx in
          guard let highest = try tx[bids, "lot"].value?.max() else { return }
          if try tx[winners, "lot"].exists { return }
          try tx[winners, "lot"].set(highest)
        }
        DeclaredTransaction("reopen") { tx in try tx[winners, "lot"].delete() }
      }
    }

    func segment(
      _ name: String, isOpen: Bool, allowing names: [String]
    ) -> Segment {
      let winners = winners
      return Segment(name, allowing: names) { try ($0[winners, "lot"] == nil) == isOpen }
    }
  }

  @Test func anAuctionIsConfluentWhileItIsOpenAndOnceItIsClosed() throws {
    let schema = Auction()
    let workload = try schema.workload()
    #expect(try !Analysis(workload, within: Budget(replicas: 2)).isConfluent)
    let found = try SegmentedAnalysis(
      workload,
      segments: [
        schema.segment("open", isOpen: true, allowing: ["bid"]),
        schema.segment("closed", isOpen: false, allowing: []),
      ])
    #expect(found.isConfluent, "\(found)")
    // Closing coordinates, and opening again; bids do not.
    #expect(
      found.departures == [
        .init(transaction: "close", from: "open", to: "closed"),
        .init(transaction: "reopen", from: "closed", to: "open"),
      ])
  }

  @Test func aSegmentThatAllowsTooMuchIsNotConfluentAndTheHistoryIsReplayed() throws {
    let schema = Auction()
    let found = try SegmentedAnalysis(
      schema.workload(),
      segments: [
        schema.segment("open", isOpen: true, allowing: ["bid"]),
        schema.segment("closed", isOpen: false, allowing: ["reopen"]),
      ])
    // Reopening leaves the segment wherever it runs: it coordinates, though it is allowed.
    #expect(found.isConfluent)
    let closing = try SegmentedAnalysis(
      schema.workload(),
      segments: [Segment("always", allowing: ["bid", "close"]) { _ in true }])
    let counterexample = try #require(closing.verdicts[0].verdict.counterexample)
    #expect(counterexample.culprits == ["bid", "close"])
    #expect(try counterexample.replay() == counterexample.violation)
    #expect(!closing.isConfluent)
  }

  private struct Stock: Schema {
    let stock = Table<String, PNCounter>("stock")
    var invariants: [any Invariant] { Limit("never below 0", on: stock, atLeast: 0) }
  }

  @Test func aSegmentThatIsEnteredLaterIsSearchedFromThere() throws {
    let schema = Stock()
    let stock = schema.stock
    let workload = try Workload("stock", of: schema) { tx in
      try tx[stock, "s"].increment(by: 1)
    } transactions: {
      DeclaredTransaction("fill") { tx in
        let shelf = try tx[stock, "s"]
        if try shelf.value?.value ?? 0 == 1 { try shelf.increment(by: 2) }
      }
      DeclaredTransaction("take") { tx in try tx[stock, "s"].decrement() }
    }
    @Sendable func count(_ snapshot: Snapshot) throws -> Int64 {
      try snapshot[stock, "s"]?.value ?? 0
    }
    let found = try SegmentedAnalysis(
      workload,
      segments: [
        Segment("low", allowing: []) { try count($0) <= 1 },
        Segment("high", allowing: ["take"]) { try count($0) > 1 },
      ])
    // From 3, two replicas that each take one come to 1: out of the segment by a merge.
    let counterexample = try #require(found.verdicts[1].verdict.counterexample)
    #expect(counterexample.violation.invariant == "it is within high")
    #expect(counterexample.start == ["stock s = 3"])
    #expect(try counterexample.replay() == counterexample.violation)
    for step in counterexample.steps.indices {
      #expect(try counterexample.replay(leavingOut: step) == nil)
    }
    #expect(found.departures.contains(.init(transaction: "fill", from: "low", to: "high")))
  }

  @Test func whatNoSegmentCoversIsSaid() throws {
    let schema = Auction()
    let found = try SegmentedAnalysis(
      schema.workload(),
      segments: [schema.segment("open", isOpen: true, allowing: ["bid"])])
    #expect(found.uncovered == ["close"])
    #expect(!found.isConfluent)
  }

  @Test func moreThanASearchCanTellApartIsRefused() throws {
    struct Many: Schema {
      let rows = Table<Int, LWWRegister<Int>>("rows")
      var invariants: [any Invariant] {
        for number in 0..<70 { Check("check \(number)", on: rows) { _, one in one >= 0 } }
      }
    }
    let rows = Many().rows
    func workload(_ count: Int) throws -> Workload {
      try Workload("many", of: Many()) { tx in
        for row in 0..<count { try tx[rows, row].set(row) }
      } transactions: {
        DeclaredTransaction("write") { tx in try tx[rows, 1].set(1) }
      }
    }
    #expect(throws: ExplorationError.tooMany("invariants", found: 70, allowed: 0...63)) {
      try Explorer.explore(workload(1))
    }
    for replicas in [1, 5] {
      #expect(throws: ExplorationError.tooMany("replicas", found: replicas, allowed: 2...4)) {
        try Analysis(workload(1), within: Budget(replicas: replicas))
      }
    }
  }
}
