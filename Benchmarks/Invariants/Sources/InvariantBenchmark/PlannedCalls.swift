import Merganser
import MerganserConfluence

/// What a call of a declared transaction costs by the ground that its plan rests on, beside the same as a plain write.
struct PlannedCalls: TransactionSchema {
  let counters = Table<Int, PNCounter>("counters")
  let marks = Table<Int, LWWRegister<Int>>("marks")

  var invariants: [any Invariant] {
    Custom("one mark", over: [marks]) { [marks] snapshot in try snapshot.count(marks) < 2 }
  }

  var transactions: [AnyDeclaredTransaction] {
    count
    mark
  }

  var count: DeclaredTransaction<Int64> {
    DeclaredTransaction("count", over: [1]) { tx, amount in
      try tx[counters, 1].increment(by: amount)
    }
  }

  var mark: DeclaredTransaction<Int> {
    DeclaredTransaction("mark", over: [1]) { tx, number in try tx[marks, 1].set(number) }
  }

  /// The best time of a call in several rounds, in nanoseconds.
  private static func time(_ body: () async throws -> Void) async throws -> Double {
    var best = Double.infinity
    for _ in 0..<7 {
      let calls = 5000
      let begin = ContinuousClock.now
      for _ in 0..<calls { try await body() }
      let taken = ContinuousClock.now - begin
      best = min(best, Double(taken.components.attoseconds) / 1e9 / Double(calls))
    }
    return best
  }

  /// Prints what calls take in memory.
  static func run() async throws {
    let schema = PlannedCalls()
    let budget = Budget(replicas: 2)
    let plan = try Planning(Analysis(Workload(of: schema), within: budget), within: budget).plan
    let replica = try Replica(schema, running: Running(by: plan))
    print("one call in memory, in nanoseconds:        write   perform")
    let counters = schema.counters
    let marks = schema.marks
    let plainCount = try await time {
      try await replica.write { tx in try tx[counters, 1].increment() }
    }
    let plannedCount = try await time { try await replica.perform(schema.count, 1) }
    print(
      "\(plan.entries["count"].map { "\($0.basis)" } ?? ""), one counter: \(text(plainCount)) \(text(plannedCount))"
    )
    // A replica that runs by the plan lets nothing else write what rests on a search.
    let free = try Replica(PlainMarks())
    let plainMark = try await time {
      try await free.write(.localOnly) { tx in try tx[marks, 1].set(1) }
    }
    let plannedMark = try await time { try await replica.perform(schema.mark, 1) }
    print(
      "\(plan.entries["mark"].map { "\($0.basis)" } ?? ""), one register: \(text(plainMark)) \(text(plannedMark))"
    )
  }
}

/// The same table and rule, without declared transactions.
private struct PlainMarks: Schema {
  let marks = Table<Int, LWWRegister<Int>>("marks")

  var invariants: [any Invariant] {
    Custom("one mark", over: [marks]) { [marks] snapshot in try snapshot.count(marks) < 2 }
  }
}
