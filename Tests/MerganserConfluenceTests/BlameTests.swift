import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What a search breaks is broken on databases as well, or nothing is said of it: a program that is right is not blamed for
/// the times and numbers that a search gives its writes.
@Suite struct BlameTests {
  private struct Rights: Schema {
    let counters = Table<Int, EscrowCounter>("counters")
    var invariants: [any Invariant] { Bounds(counters, in: 0...7) }
  }

  /// Rights that go to replicas which take no part are still those of different replicas.
  @Test func replicasThatTakeNoPartAreToldApart() throws {
    let schema = Rights()
    let strangers = (1...3).map { ReplicaID(high: UInt64($0) << 56, low: 1) }
    let workload = try Workload("rights", of: schema) {
      DeclaredTransaction("increment") { tx in try tx[schema.counters, 1].increment(by: 3) }
      DeclaredTransaction("decrement") { tx in try tx[schema.counters, 1].decrement(by: 2) }
      DeclaredTransaction("delete") { tx in try tx[schema.counters, 1].delete() }
      DeclaredTransaction("give", over: strangers) { tx, stranger in
        try tx[schema.counters, 1].transfer(2, of: .decrement, to: stranger)
      }
    }
    let analysis = try Analysis(workload, within: Budget(replicas: 2, configurations: 2000))
    #expect(analysis.counterexamples.isEmpty)
    #expect(analysis.explorations.allSatisfy { $0.unrepeated.isEmpty })
    let plan = try Planning(analysis, within: Budget(replicas: 2, configurations: 2000)).plan
    #expect(plan.entries.values.allSatisfy { $0.way != .refused }, "\(plan)")
  }

  private struct Marks: Schema {
    let notes = Table<Int, LWWRegister<Int>>("notes")
    let marks = Table<Int, LWWRegister<Int>>("marks")
    var invariants: [any Invariant] {
      Custom("not both are marked", over: [marks]) { [marks] in
        try $0[marks, 1]?.value != 1 || $0[marks, 2]?.value != 1
      }
    }
  }

  /// Two notes are written in one order; both rows are marked where their times fulfil a condition.
  private func analysis(
    where condition: @escaping @Sendable (_ one: HybridTime, _ two: HybridTime) -> Bool
  ) throws -> Analysis {
    let schema = Marks()
    let workload = try Workload("marks", of: schema) {
      for number in [1, 2] {
        DeclaredTransaction("write \(number)") { tx in
          if try !tx[schema.notes, number].exists { try tx[schema.notes, number].set(1) }
        }
        .placed(.ordered)
      }
      DeclaredTransaction("mark", over: [1, 2]) { tx, key in
        guard let one = try tx[schema.notes, 1].value?.time,
          let two = try tx[schema.notes, 2].value?.time
        else { return }
        try tx[schema.marks, key].set(condition(one, two) ? 1 : 0)
      }
    }
    return try Analysis(workload, within: Budget(replicas: 2, configurations: 4000))
  }

  @Test func writesOfOneMillisecondAreSeenAgain() throws {
    let analysis = try analysis { $0.milliseconds == $1.milliseconds }
    let found = try #require(analysis.counterexamples.first)
    #expect(found.timings.first == "all calls are in one millisecond")
    try expectShown(found)
  }

  /// A search's times are few and near the beginning: a real clock never shows what this looks for.
  @Test func whatNoDatabaseShowsIsUnknown() throws {
    let analysis = try analysis { one, two in one.bits + two.bits < 32 }
    #expect(analysis.counterexamples.isEmpty)
    #expect(!analysis.isConfluent)
    #expect(analysis.explorations.contains { !$0.unrepeated.isEmpty })
    #expect("\(analysis.verdicts)".contains("broke as on no database"))
    #expect(try Planning(analysis).plan.entries["mark"]?.way == .ordered)
  }

  private struct Throwing: Schema {
    struct Unreadable: Error {}
    let notes = Table<Int, LWWRegister<Int>>("notes")
    var invariants: [any Invariant] {
      Custom("it can be read", over: [notes]) { _ in throw Unreadable() }
    }
  }

  @Test func aConditionThatAlwaysThrowsIsBrokenByTheStart() throws {
    let schema = Throwing()
    let workload = try Workload("throwing", of: schema) {
      DeclaredTransaction("write") { tx in try tx[schema.notes, 1].set(1) }
    }
    var check = CheckRun(title: "throwing", within: Budget(replicas: 2, configurations: 100))
    let text = try check.decide(workload).text
    #expect(text.contains("not confluent: the start, before anything runs"), "\(text)")
    #expect(text.contains("what goes wrong at the start, before anything runs:"), "\(text)")
    #expect(text.contains("Unreadable"), "\(text)")
    #expect(check.report.html.contains("broken at the start"))
  }
}
