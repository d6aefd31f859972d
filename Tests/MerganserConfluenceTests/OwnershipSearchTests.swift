import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Which replica owns a value is the program's to say: a search tries every way.
@Suite struct OwnershipSearchTests {
  private struct Pairs: Schema {
    let marks = Table<String, GSet<Int>>("marks")
    let apart: [Int]
    var invariants: [any Invariant] {
      let (marks, apart) = (marks, apart)
      Custom("not both", over: [marks]) {
        try !Set(apart).isSubset(of: $0[marks, "a"]?.elements ?? [])
      }
    }
  }

  /// Dealt out in turn, some two values are always one replica's; another program gives them to two.
  @Test(arguments: [[0, 1], [0, 2], [0, 3], [1, 3]])
  func everyTwoValuesCanPart(apart: [Int]) throws {
    let schema = Pairs(apart: apart)
    let workload = try Workload("pairs", of: schema) {
      DeclaredTransaction("mark", over: 0..<4) { tx, value in
        let row = try tx[schema.marks, "a"]
        let others = apart.filter { $0 != value }
        let marked = try row.value?.elements ?? []
        if others.allSatisfy({ !marked.contains($0) }) { try row.insert(value) }
      }.placed(.owned(byArgument: 0))
    }
    let found = try Explorer.explore(workload, within: Budget(replicas: 3, configurations: 100_000))
    let counterexample = try #require(found.counterexamples.first)
    try expectShown(counterexample)
  }

  /// Values that are too many to be given out in every way are not taken for searched.
  @Test func whatIsNotTriedIsNotClosed() throws {
    let schema = Pairs(apart: [50, 51])
    let workload = try Workload("many", of: schema) {
      DeclaredTransaction("mark", over: 0..<8) { tx, value in
        if value == 0 { try tx[schema.marks, "a"].insert(value) }
      }.placed(.owned(byArgument: 0))
    }
    let found = try Explorer.explore(workload, within: Budget(replicas: 3))
    #expect(!found.isProof)
  }
}
