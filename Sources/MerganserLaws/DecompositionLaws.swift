import MerganserTypes

/// The laws of ``/MerganserTypes/Decomposable``.
func decompositionLaws<State: Decomposable>(of type: State.Type) -> [LawCheck<State>] {
  [
    LawCheck(law: .decompositionRejoins) { trace, random in
      trace.first(using: &random) { a in
        let joined = join(a.decomposed())
        return joined == a
          ? nil : evidence(("a", a), ("parts", a.decomposed()), ("their join", joined))
      }
    },
    LawCheck(law: .partsAreIrreducible) { trace, random in
      trace.first(using: &random) { a in
        let parts = a == State() ? [] : a.decomposed()
        // What lies behind each part, joined; what lies before is joined on the way.
        var behind = [State()]
        for part in parts.dropFirst().reversed() {
          behind.append(part.merging(behind[behind.count - 1]))
        }
        var before = State()
        for (part, rest) in zip(parts, behind.reversed()) {
          if part.decomposed() != [part] {
            return evidence(("a", a), ("part", part), ("parts of the part", part.decomposed()))
          }
          let others = before.merging(rest)
          if others.merging(part) == others {
            return evidence(("a", a), ("part", part), ("join of the other parts", others))
          }
          before.merge(part)
        }
        return nil
      }
    },
    LawCheck(law: .onlyBottomHasNoParts) { trace, random in
      if !State().decomposed().isEmpty { return evidence(("⊥ has parts", State().decomposed())) }
      return trace.first(using: &random) { a in
        a.decomposed().isEmpty && a != State() ? evidence(("has no parts", a)) : nil
      }
    },
    LawCheck(law: .deltaIsMinimal) { trace, random in
      for change in trace.changes {
        if let delta = change.delta, let known = knownPart(of: delta, in: change.before) {
          return evidence(
            ("before", change.before), ("delta of the update", delta), ("known before", known))
        }
      }
      return trace.firstPair(of: 5, using: &random) { a, known in
        let delta = a.delta(since: known)
        if known.merging(delta) != known.merging(a) {
          return evidence(
            ("a", a), ("b", known), ("a.delta(since: b)", delta),
            ("b ⊔ delta", known.merging(delta)), ("b ⊔ a", known.merging(a)))
        }
        return knownPart(of: delta, in: known).map {
          evidence(("a", a), ("b", known), ("a.delta(since: b)", delta), ("known to b", $0))
        }
      }
    },
    LawCheck(law: .deltaNamesItsWriter) { trace, _ in
      trace.changes.lazy.compactMap(mistakenWriter).first
    },
  ]
}

/// Evidence of a delta that its writer cannot have written, or another replica can, whose delta is another.
private func mistakenWriter<State: Decomposable>(of change: Trace<State>.Change) -> String? {
  guard let delta = change.delta, !delta.isBottom else { return nil }
  let writer = change.author
  guard delta.canBeWritten(by: writer.replica, at: writer.latestStamp) else {
    return evidence(("delta", delta), ("refused of its writer", writer.replica))
  }
  // Whose dots a delta names is asked of the version that it is in.
  guard State.self is any LatticeStore.Type else { return nil }
  func repeated(by replica: ReplicaID, at time: HybridTime) -> State? {
    var author = Author(replica, nextSequence: 1, time: time)
    var state = change.before
    return try? state.repeatChange(from: change.before, to: change.after, by: &author)
  }
  let other = ReplicaID(high: ~writer.replica.high, low: ~writer.replica.low)
  guard let own = repeated(by: writer.replica, at: writer.time),
    let others = repeated(by: other, at: .zero),
    own != others, delta.canBeWritten(by: other, at: .zero)
  else { return nil }
  return evidence(
    ("delta", delta), ("another replica's would be", others), ("it is taken of", other))
}

private func join<State: BoundedJoinSemilattice>(_ parts: some Sequence<State>) -> State {
  var result = State()
  for part in parts { result.merge(part) }
  return result
}

private func knownPart<State: Decomposable>(of delta: State, in known: State) -> State? {
  delta == State() ? nil : delta.decomposed().first { known.merging($0) == known }
}
