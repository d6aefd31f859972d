import MerganserConfluence
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

@testable import PlanAttack

/// Every type of which it is said what a merge can show, against histories on real databases.
@Suite struct ShownTypesTests {
  private struct Rows<Value: RandomValue>: Schema {
    let rows = Table<String, Value>("rows")
    var invariants: [any Invariant] {
      Custom("anything is right", over: [rows]) { _ in true }
    }
  }

  /// Each write, and a deletion if there are any.
  private func workload<Value: RandomValue>(
    _: Value.Type, isStarted: Bool, deletes: Bool
  ) throws -> Workload {
    let schema = Rows<Value>()
    return try Workload(
      "\(Value.self)", of: schema, start: { if isStarted { try $0[schema.rows, "a"].create() } }
    ) {
      for one in Value.writes {
        DeclaredTransaction(one.name, over: 0...1) { tx, argument in
          try one.write(tx[schema.rows, "a"], argument)
        }
      }
      if deletes {
        DeclaredTransaction("delete") { tx in
          let row = try tx[schema.rows, "a"]
          if try row.exists { try row.delete() }
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
      let few = ["ResettableCounter", "PNCounter", "GCounter"]
      #expect(few.contains { workload.name.contains($0) }, "\(workload.name) \(use)")
      return
    }
    for seed in UInt64(1)...4 {
      var walk = try RandomWalk(workload, replicas: shown.replicas ?? 4, seed: seed)
      var seen = 0
      for _ in 0..<150 {
        guard let (state, broken) = try walk.step() else { continue }
        #expect(broken.isEmpty)
        #expect(try shown.contains(state), "\(workload.name) \(use), seed \(seed)")
        seen += 1
      }
      #expect(seen > 30)
    }
  }
}
