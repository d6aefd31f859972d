import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Whether a workload is I-confluent, as its analysis says; what speaks against it is tried on replicas.
func isConfluent(
  _ schema: some Schema, replicas: Int = 2, configurations: Int = 20_000,
  start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
  @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
) throws -> Bool {
  let workload = try Workload("case", of: schema, start: start, transactions: transactions)
  let analysis = try Analysis(
    workload, within: Budget(replicas: replicas, configurations: configurations))
  #expect(analysis.vacuous.isEmpty)
  #expect(analysis.contradictions.isEmpty)
  for (invariant, verdict) in analysis.verdicts {
    if case .unknown(let bound) = verdict { Issue.record("\(invariant): \(bound)") }
  }
  // What is said to be confluent has no history in which it breaks.
  let refuted = analysis.verdicts.filter { $0.verdict.counterexample != nil }.map(\.invariant)
  for counterexample in analysis.counterexamples {
    #expect(refuted.contains(counterexample.violation.invariant))
    try expectShown(counterexample)
  }
  return analysis.isConfluent
}

/// Expects real replicas that exchange versions to show what a counterexample says, and to show it no
/// more if any step is left out.
func expectShown(_ counterexample: Counterexample) throws {
  #expect(try counterexample.replay() == counterexample.violation)
  for step in counterexample.steps.indices {
    #expect(try counterexample.replay(leavingOut: step) == nil, "without step \(step)")
  }
}
