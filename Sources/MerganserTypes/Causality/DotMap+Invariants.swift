#if DEBUG
  extension DotMap {
    /// Checks that no key has an empty store, as such a map would not be taken for empty, and that each dot is noted
    /// under the key that it lives under: a merge looks for it there, and nowhere else.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      try owners.checkInvariants()
      var noted = 0
      for (key, store) in entries {
        try ensure(!store.isBottom, that: "a key's store is not empty")
        var dots: [Dot] = []
        store.forEachDot { dots.append($0) }
        for dot in dots {
          try ensure(owners[dot] == key, that: "a dot is noted under the key that it lives under")
        }
        noted += dots.count
      }
      try ensure(noted == owners.count, that: "each dot that is noted lives")
    }
  }
#endif
