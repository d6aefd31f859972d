import MerganserConfluence
import MerganserExamples
import Testing

@Suite struct CaseTests {
  @Test(arguments: try ConfluenceCase.all().filter { $0.number <= 35 })
  func theSearchSaysWhatTheLiteratureSays(_ one: ConfluenceCase) throws {
    let found = try Explorer.explore(
      one.workload, within: Budget(replicas: one.replicas, configurations: 3000))
    #expect(found.vacuous.isEmpty)
    switch one.verdict {
    case .closes: #expect(found.isProof)
    case .byInvariant:
      #expect(found.counterexamples.isEmpty)
      guard case .bounded = found.ending else {
        Issue.record("the states end: \(found.ending)")
        return
      }
    case .refuted:
      let counterexample = try #require(found.counterexamples.first)
      // Seen again on databases that exchange versions, and not if any step is left out.
      #expect(try counterexample.replay() == counterexample.violation)
      for step in counterexample.steps.indices {
        #expect(try counterexample.replay(leavingOut: step) == nil)
      }
    }
  }

  @Test func allCasesAreHere() throws {
    #expect(try ConfluenceCase.all().map(\.number).sorted() == Array(1...75))
  }
}
