import MerganserTypes

/// One law for one type: looks for values in a trace that break it, and says which.
struct LawCheck<State> {
  let law: Law
  let evidence: (Trace<State>, inout Randomness) -> String?
}

extension Trace {
  /// Values to check laws on: where the replicas ended, some of what they passed through, some deltas.
  func sample(_ count: Int, using random: inout Randomness) -> [State] {
    var pool = replicas + changes.suffix(2).compactMap(\.delta)
    let earlier = visited.dropLast()
    if earlier.count <= count - pool.count {
      pool += earlier
    } else if !earlier.isEmpty {
      while pool.count < count { pool.append(earlier[random.pick(0...earlier.count - 1)]) }
    }
    return pool
  }

  /// The first evidence that `find` gives for a value.
  func first(using random: inout Randomness, find: (State) -> String?) -> String? {
    sample(10, using: &random).lazy.compactMap(find).first
  }

  /// The first evidence that `find` gives for two values.
  func firstPair(
    of count: Int = 7, using random: inout Randomness, find: (State, State) -> String?
  ) -> String? {
    let pool = sample(count, using: &random)
    for a in pool {
      for b in pool { if let evidence = find(a, b) { return evidence } }
    }
    return nil
  }

  /// The first evidence that `find` gives for three values.
  ///
  /// A small pool is searched whole, so that a short history which can show a violation does.
  func firstTriple(
    using random: inout Randomness, find: (State, State, State) -> String?
  ) -> String? {
    let pool = sample(8, using: &random)
    if pool.count <= 6 {
      for a in pool {
        for b in pool {
          for c in pool { if let evidence = find(a, b, c) { return evidence } }
        }
      }
      return nil
    }
    for _ in 0..<80 {
      let a = pool[random.pick(0...pool.count - 1)]
      let b = pool[random.pick(0...pool.count - 1)]
      let c = pool[random.pick(0...pool.count - 1)]
      if let evidence = find(a, b, c) { return evidence }
    }
    return nil
  }
}

/// Lines of evidence: a name and a value each.
func evidence(_ lines: (String, Any)...) -> String {
  lines.map { "\($0) = \(shown($1))" }.joined(separator: "\n")
}
