extension ORSet.Store: CausalStore {
  /// The store of each live dot alone.
  ///
  /// - Complexity: O(*n*).
  public func parts() -> [ORSet.Store] {
    var parts: [ORSet.Store] = []
    parts.reserveCapacity(live.count)
    live.forEach { dot, element in
      var part = ORSet.Store()
      part.live.few.append(LiveDots.Entry(dot, payload: element))
      parts.append(part)
    }
    return parts
  }
}

extension ORSet: Decomposable {
  /// Each insertion that stands, and each dot that is dead, on its own; of very many dead dots in a row
  /// the run.
  public func decomposed() -> [ORSet] { causal.decomposed().map { ORSet($0) } }

  /// Whether the store can have been written by `replica`.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    causal.canBeWritten(by: replica, at: time)
  }

  /// Makes a change of the store once more; see ``DotStore/repeatChange(from:to:as:)``.
  @discardableResult
  public mutating func repeatChange(
    from before: ORSet, to after: ORSet, by author: inout Author
  ) throws(LatticeError) -> ORSet {
    let delta = try state.store.repeatChange(
      from: before.state.store, to: after.state.store, as: &author)
    state.context.merge(delta.context)
    return ORSet(delta)
  }

  /// The least set that, merged into `known`, gives the join of both.
  ///
  /// Where `delta(since:)` with a context names every dead dot, this one names those that live in
  /// `known` or are new to it.
  public func delta(since known: ORSet) -> ORSet {
    var delta = causal.delta(since: known.context)
    let settled = delta.context.intersection(known.context)
      .subtracting(known.causal.store.dots)
    if !settled.isBottom { delta.context.subtract(settled) }
    return ORSet(delta)
  }
}
