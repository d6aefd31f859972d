import MerganserConfluence
import MerganserModel
import MerganserTypes
import RandomPrograms
import TestSupport
import Testing

/// Every type of which it is said what a merge can show, against histories on real databases.
@Suite struct ShownTypesTests {
  private struct Rows<Value: RandomValue>: Schema {
    let rows = Table<String, Value>("rows")
    let marks = Table<String, GSet<Int>>("marks")
    var invariants: [any Invariant] {
      Custom("anything is right", over: [rows, marks]) { _ in true }
    }
  }

  /// Two writes, and a deletion if there are any.
  ///
  /// Marks tell which were made, and few are made where others were seen: so
  /// what a merge shows beside the marks shows no other way, and were an outcome left out, it would be missed.
  private func workload<Value: RandomValue>(
    _: Value.Type, isStarted: Bool, deletes: Bool
  ) throws -> Workload {
    let schema = Rows<Value>()
    return try Workload(
      "\(Value.self)", of: schema, start: { if isStarted { try $0[schema.rows, "a"].create() } }
    ) {
      for (number, one) in Value.writes.prefix(2).enumerated() {
        DeclaredTransaction(one.name, over: Value.writes.count > 1 ? [0] : [0, 1]) { tx, argument in
          let marks = try tx[schema.marks, "m"]
          let made = try marks.value?.elements ?? []
          let mark = 10 * made.count + 2 * number + argument
          // The first write is nobody's second, so that only a merge shows what came before what.
          if made.contains(mark) || made.count > number { return }
          try one.write(tx[schema.rows, "a"], argument)
          try marks.insert(mark)
        }
      }
      DeclaredTransaction("note") { tx in
        let marks = try tx[schema.marks, "m"]
        if try marks.value?.count == 1 { try marks.insert(-2) }
      }
      if deletes {
        DeclaredTransaction("delete") { tx in
          let row = try tx[schema.rows, "a"]
          let marks = try tx[schema.marks, "m"]
          let made = try marks.value?.elements ?? []
          if try !row.exists || made.count != 1 { return }
          try row.delete()
          try marks.insert(-1)
        }
      }
    }
  }

  /// A row of a type that is started or not, and deleted or not.
  @Test(
    arguments: randomValues.indices,
    [(true, false), (true, true), (false, false), (false, true)])
  func everyStateOfAHistoryWasSeen(number: Int, use: (isStarted: Bool, deletes: Bool)) throws {
    let workload = try workload(
      randomValues[number], isStarted: use.isStarted, deletes: use.deletes)
    guard var shown = try ShownStates(of: workload, replicas: 3) else {
      // What several creations show together is not known of it, or too much can be left of what they show.
      let isHard = use.deletes || workload.name.contains("Counter")
      #expect(isHard, "\(workload.name) \(use)")
      return
    }
    for seed in UInt64(1)...25 {
      var walk = try RandomWalk(workload, replicas: shown.replicas ?? 4, seed: seed)
      var seen = 0
      for _ in 0..<30 {
        guard let (state, broken) = try walk.step() else { continue }
        #expect(broken.isEmpty)
        #expect(try shown.contains(state), "\(workload.name) \(use), seed \(seed)")
        seen += 1
      }
      #expect(seen > 1)
    }
  }
}
