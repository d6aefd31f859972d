extension ORSet.Store: CausalStore {}

extension ORSet: Decomposable {
  /// Each insertion that stands, and each dot that is dead, on its own.
  ///
  /// - Complexity: O(number of dots ever seen), times the cost of taking one out.
  public func decomposed() -> [ORSet] { causal.decomposed().map { ORSet($0) } }

  /// The least set that, merged into `known`, gives the join of both.
  ///
  /// `delta(since:)` with the context of `known` gives hardly more, sooner.
  public func delta(since known: ORSet) -> ORSet { ORSet(causal.delta(since: known.causal)) }
}
