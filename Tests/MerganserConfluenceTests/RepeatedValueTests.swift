import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What was written several times apart is kept as often, and shows once: a condition that counts it is not decided by what
/// shows.
@Suite struct RepeatedValueTests {
  private struct Notes: Schema {
    let notes = Table<Int, MVRegister<Int>>("notes")
    let limit: Int

    var invariants: [any Invariant] {
      let (notes, limit) = (notes, limit)
      Custom("few", over: [notes]) { snapshot in
        try (snapshot[notes, 1]?.values.count ?? 0) <= limit
      }
    }
  }

  @Test(arguments: [1, 2, 3, 9, 40]) func whatCountsThemIsNotLetRunAnywhere(limit: Int) throws {
    let notes = Notes(limit: limit)
    let workload = try Workload("notes", of: notes) {
      DeclaredTransaction("set", over: [1]) { tx, value in try tx[notes.notes, 1].set(value) }
    }
    let entry = try Planning(Analysis(workload)).plan.entries["set"]
    #expect(entry?.basis != .search(replicas: nil), "\(String(describing: entry))")
  }

  private struct Counted: Schema {
    let notes = Table<Int, MVRegister<Int>>("notes")
    let found = Table<Int, LWWRegister<Int>>("found")

    var invariants: [any Invariant] {
      let found = found
      Custom("one", over: [found]) { try $0.count(found) <= 1 }
    }
  }

  /// A transaction counts them as well as a condition does.
  @Test func aTransactionThatCountsThemIsNotLetRunAnywhere() throws {
    let schema = Counted()
    let workload = try Workload("counted", of: schema) {
      DeclaredTransaction("set", over: [1]) { tx, value in try tx[schema.notes, 1].set(value) }
      DeclaredTransaction("find", over: [1, 2]) { tx, key in
        let count = try tx[schema.notes, 1].value?.values.count ?? 0
        if count >= 3 {
          if try tx[schema.found, 1].exists { return }
          try tx[schema.found, key].set(1)
        } else {
          try tx[schema.found, 1].set(1)
        }
      }
    }
    let entry = try Planning(Analysis(workload)).plan.entries["find"]
    #expect(entry?.basis != .search(replicas: nil), "\(String(describing: entry))")
  }
}
