extension CausalStore {
  /// The store of each live dot alone.
  ///
  /// - Complexity: of the general form here, that of O(log *n*) times ``DotStore/excluding(_:)``.
  public func parts() -> [Self] {
    var sorted: [Dot] = []
    dots.forEachRun { replica, run in sorted += run.map { Dot(replica, sequence: $0) } }
    return parts(sorted[...])
  }

  /// The parts of a store whose dots are these: those of each half, which the other is kept from.
  private func parts(_ dots: ArraySlice<Dot>) -> [Self] {
    if dots.count < 2 { return dots.isEmpty ? [] : [self] }
    let front = dots.prefix(dots.count / 2)
    let back = dots.dropFirst(dots.count / 2)
    return excluding(CausalContext(back)).parts(front) + excluding(CausalContext(front)).parts(back)
  }
}

extension DotSet: CausalStore {
  /// The set of each dot alone.
  public func parts() -> [DotSet] {
    var parts: [DotSet] = []
    forEachDot { parts.append(DotSet(CollectionOfOne($0))) }
    return parts
  }
}

extension DotFunction: DecomposableStore, CausalStore where Value: DecomposableStore {
  /// Each part of each value, under the value's dot.
  public func parts() -> [Self] {
    sortedEntries.flatMap { dot, value in
      (value.isBottom ? [value] : value.parts()).map {
        var part = Self()
        part[dot] = $0
        return part
      }
    }
  }
}

extension Written: DecomposableStore {
  /// What was written, if anything was.
  public func parts() -> [Written] { isBottom ? [] : [self] }
}

extension DotMap: DecomposableStore, CausalStore where Value: CausalStore {
  /// Each part of each store, under the store's key.
  public func parts() -> [Self] {
    keys.flatMap { key in
      (self[key]?.parts() ?? []).map {
        var part = Self()
        part[key] = $0
        return part
      }
    }
  }
}

extension Causal: Decomposable where Store: CausalStore {
  /// Whether the store can have been written by `replica`.
  public func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    store.canBeWritten(by: replica, at: time)
  }

  /// What lives, part by part, each with the dots by which it lives; and each dot that is dead.
  ///
  /// Of more than 1,024 dead dots in a row the whole run is one part: a context says in a few bytes how
  /// long a run is, without having to prove it.
  ///
  /// - Complexity: O(number of live dots, and of runs).
  public func decomposed() -> [Self] {
    var parts = store.parts().map { Causal($0, context: $0.dots) }
    context.subtracting(store.dots).forEachRun { replica, run in
      if run.upperBound - run.lowerBound >= 1024 {
        var dead = CausalContext()
        dead.append(replica, first: run.lowerBound, last: run.upperBound)
        parts.append(Causal(Store(), context: dead))
      } else {
        for sequence in run {
          parts.append(Causal(Store(), context: [Dot(replica, sequence: sequence)]))
        }
      }
    }
    return parts
  }

  /// The least state that, merged into `known`, gives the join of both.
  ///
  /// `delta(since:)` with the context of `known` gives hardly more, sooner.
  public func delta(since known: Self) -> Self {
    let lacking = self.delta(since: known.context)
    var delta = Self()
    for part in lacking.store.parts() {
      let part = Causal(part, context: part.dots)
      if !part.isCovered(by: known) { delta.merge(part) }
    }
    // A dead dot is news to one that has not seen it, or in which it lives.
    let dead = lacking.context.subtracting(lacking.store.dots)
    delta.context.merge(dead.subtracting(known.context))
    delta.context.merge(dead.intersection(known.store.dots))
    return delta
  }
}
