import MerganserTypes

/// The laws of ``/MerganserTypes/JoinSemilattice`` and of its bottom.
func latticeLaws<State: BoundedJoinSemilattice>(of type: State.Type) -> [LawCheck<State>] {
  [
    LawCheck(law: .mergeIsAssociative) { trace, random in
      trace.firstTriple(using: &random) { a, b, c in
        let left = a.merging(b).merging(c)
        let right = a.merging(b.merging(c))
        if left == right { return nil }
        return evidence(
          ("a", a), ("b", b), ("c", c), ("(a ⊔ b) ⊔ c", left), ("a ⊔ (b ⊔ c)", right))
      }
    },
    LawCheck(law: .mergeIsCommutative) { trace, random in
      trace.firstPair(using: &random) { a, b in
        let left = a.merging(b)
        let right = b.merging(a)
        return left == right
          ? nil : evidence(("a", a), ("b", b), ("a ⊔ b", left), ("b ⊔ a", right))
      }
    },
    LawCheck(law: .mergeIsIdempotent) { trace, random in
      trace.first(using: &random) { a in
        let twice = a.merging(a)
        return twice == a ? nil : evidence(("a", a), ("a ⊔ a", twice))
      }
    },
    LawCheck(law: .growthIsTruthful) { trace, random in
      trace.firstPair(using: &random) { a, b in
        var joined = a
        let reported = joined.merge(b)
        return reported == (joined != a)
          ? nil : evidence(("a", a), ("b", b), ("a ⊔ b", joined), ("merge returned", reported))
      }
    },
    LawCheck(law: .orderFollowsMerge) { trace, random in
      trace.firstPair(using: &random) { a, b in
        // The pairs that a trace gives seldom lie below one another; a and a ⊔ b do.
        for upper in [b, a.merging(b)] where a.isCovered(by: upper) != (upper.merging(a) == upper) {
          return evidence(
            ("a", a), ("b", upper), ("b ⊔ a", upper.merging(a)),
            ("a.isCovered(by: b)", a.isCovered(by: upper)))
        }
        return nil
      }
    },
    LawCheck(law: .bottomIsIdentity) { trace, random in
      trace.first(using: &random) { a in
        let left = State().merging(a)
        let right = a.merging(State())
        return left == a && right == a
          ? nil : evidence(("a", a), ("⊥ ⊔ a", left), ("a ⊔ ⊥", right))
      }
    },
    LawCheck(law: .bottomIsRecognized) { trace, random in
      if !State().isBottom { return evidence(("State().isBottom", false)) }
      return trace.first(using: &random) { a in
        a.isBottom == (a == State()) ? nil : evidence(("a", a), ("a.isBottom", a.isBottom))
      }
    },
  ]
}

/// The laws of updates and their deltas.
func updateLaws<State: BoundedJoinSemilattice>(of type: State.Type) -> [LawCheck<State>] {
  [
    LawCheck(law: .updatesInflate) { trace, _ in
      trace.changes.lazy.compactMap { change in
        change.after.merging(change.before) == change.after
          ? nil : evidence(("before", change.before), ("after", change.after))
      }.first
    },
    LawCheck(law: .refusalChangesNothing) { trace, _ in
      trace.changes.lazy.compactMap { change in
        !change.wasRefused || change.before == change.after
          ? nil : evidence(("before", change.before), ("after the refusal", change.after))
      }.first
    },
    LawCheck(law: .deltaMergeIsFullMerge) { trace, _ in
      trace.changes.lazy.compactMap { change in
        guard let delta = change.delta else { return nil }
        let merged = change.before.merging(delta)
        return merged == change.after
          ? nil
          : evidence(
            ("before", change.before), ("delta", delta), ("before ⊔ delta", merged),
            ("after", change.after))
      }.first
    },
  ]
}

/// The law of equality, with what a value shows to those who look at it.
func observationLaw<State: BoundedJoinSemilattice>(
  of type: State.Type, observing observe: ((State) -> AnyHashable)?
) -> LawCheck<State> {
  LawCheck(law: .equalityIsObservation) { trace, random in
    trace.firstTriple(using: &random) { a, b, c in
      for (x, y) in [(a, b), (a.merging(b), b.merging(a))] where x == y {
        if let observe, observe(x) != observe(y) {
          return evidence(("a", x), ("b", y), ("a shows", observe(x)), ("b shows", observe(y)))
        }
        if x.merging(c) != y.merging(c) {
          return evidence(
            ("a", x), ("b, equal to a", y), ("c", c), ("a ⊔ c", x.merging(c)),
            ("b ⊔ c", y.merging(c)))
        }
      }
      return nil
    }
  }
}
